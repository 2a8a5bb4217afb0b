#!/bin/sh
# show.sh -- every kind is recognised, damage is named, and JSON is JSON.
. "$(dirname "$0")/../tap.sh"
tokens() { "$HELPER/mktokens" "$@"; }
says() { # says NAME TEXT COMMAND...: the output holds the line
    name=$1 text=$2; shift 2
    "$@" >"$T/out" 2>&1
    if grep -qE -- "$text" "$T/out"; then result 0 "$name"; else result 1 "$name"
        sed 's/^/# /' "$T/out" | head -20; fi
}

# ---- token streams
tokens 400 3000 5 1 >"$T/a.tok"
says "a token stream" "kind +token stream" show "$T/a.tok"
says "its documents" "documents +400$" show "$T/a.tok"
sentences=$(sed 's/.*"sentences":\([0-9]*\).*/\1/' <<X
$(show --json "$T/a.tok")
X
)
ok "its sentences: $sentences" test "$sentences" -gt 2000
cat "$T/a.tok" | show >"$T/piped"
says "and on standard input" "documents +400$" cat "$T/piped"
cat "$T/a.tok" | show - >"$T/piped"
says "by name" "documents +400$" cat "$T/piped"
tokens=$(show --cat "$T/a.tok" | wc -w)
says "as many words as tokens: $tokens" "tokens +$tokens$" show "$T/a.tok"
is "--limit" "$(show --cat --limit 3 "$T/a.tok" | grep -c .)" 3
head -c 20000 "$T/a.tok" >"$T/cut.tok"
exits 1 "cut.tok: truncated at byte 20000" show "$T/cut.tok"
{ head -c 20000 "$T/a.tok"; printf x; tail -c +20002 "$T/a.tok"; } >"$T/bad.tok"
exits 1 "bad.tok: " show "$T/bad.tok"

{ head -c -2000 "$T/a.tok"; printf xxx; tail -c 1997 "$T/a.tok"; } >"$T/last.tok"
is "--cat with --limit reads no further" "$(show --cat --limit 3 "$T/last.tok" | grep -c .)" 3
exits 1 "last.tok: " show --cat --limit 3 --verify "$T/last.tok"
is "but with --verify, and prints no more" "$(show --cat --limit 3 --verify "$T/a.tok" |
    sed 's/^$/empty/' | wc -l)" "$(show --cat --limit 3 "$T/a.tok" | wc -l)"
cp "$T/a.tok" "$T/$(printf 'n\377me')"
is "a name that is not UTF-8 is in the JSON" "$(cd "$T" && show --json "$(printf 'n\377me')" |
    grep -c '"path":"n\xEF\xBF\xBDme"' -P)" 1

# ---- data directories
shard -q -o "$T/data" --valid 0.1 --shard-size 64K "$T/a.tok"
says "a data directory" "kind +data directory" show "$T/data"
says "its validation entropy" "unigram_entropy +7\." show "$T/data"
says "it verifies" "verified +every file" show --verify "$T/data"
entropy() { # of the words of standard input, in nats
    awk '{ for (i = 1; i <= NF; i++) if ($i != "[CLS]" && $i != "[SEP]") { n[$i]++; all++ } }
         END { for (w in n) h -= n[w] / all * log(n[w] / all); printf "%.6g\n", h }'
}
show --cat "$T/data/valid-00000.zst" >"$T/valid.txt"
want=$(entropy <"$T/valid.txt")
is "the entropy is that of the words of the samples" \
    "$(show "$T/data" | awk '/^  valid/ { v = 1 } v && /unigram_entropy / { print $2 }')" "$want"
says "a shard" "kind +shard" show "$T/data/train-00001.zst"
says "it verifies alone" "verified +every frame" show --verify "$T/data/train-00001.zst"
is "samples as text begin and end as they should" \
    "$(show --cat "$T/data" | grep -vcE '^\[CLS\] .* \[SEP\]$')" 0
is "--limit over the files of a directory" "$(show --cat --limit 60 "$T/data" | wc -l)" 60
damage() { # damage FILE AT: one byte becomes another
    old=$(dd if="$1" bs=1 skip="$2" count=1 2>/dev/null | od -An -tu1)
    printf "\\$(printf %o $(((old + 1) % 256)))" |
        dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
for file in train-00001.zst valid-00000.zst manifest.json tokenizer.json notes.tsv; do
    rm -rf "$T/bad"; cp -r "$T/data" "$T/bad"
    damage "$T/bad/$file" 40
    exits 1 "$T/bad/$file" show --verify "$T/bad"
    rm -rf "$T/bad"; cp -r "$T/data" "$T/bad"
    head -c 40 "$T/data/$file" >"$T/bad/$file"
    exits 1 "$T/bad/$file" show "$T/bad"
    rm "$T/bad/$file"
    exits 1 "$T/bad" show "$T/bad"
done
rm -rf "$T/bad"; cp -r "$T/data" "$T/bad"; damage "$T/bad/train-00001.zst" 9000
exits 1 "train-00001.zst: frame " show --verify "$T/bad/train-00001.zst"
tokens 400 3001 5 1 | shard -q -o "$T/other" --valid 0.1 --shard-size 64K
rm -rf "$T/bad"; cp -r "$T/data" "$T/bad"; cp "$T/other/train-00001.zst" "$T/bad"
exits 1 "made with vocabulary" show "$T/bad"

# ---- safetensors, checkpoints, runs
# by hand: 8 + 64 bytes of header, two floats
mkdir -p "$T/run/step-00000002"; cd "$T/run/step-00000002" || exit 2
printf '\100\0\0\0\0\0\0\0' >model.safetensors
printf '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}          \0\0\0\0\0\0\200\077' \
    >>model.safetensors
says "a safetensors file" "kind +safetensors" show model.safetensors
says "its tensors" "w +F32 2$" show model.safetensors
says "its values" "values +2$" show model.safetensors
printf '{"model_type":"bert","hidden_size":2}' >config.json
says "a model directory" "kind +model directory" show .
says "its configuration" "hidden_size +2$" show .
# hashes by xxhsum -H2: of the two files above, and of the object without its own hash, compact and
# in order of keys
printf '{"step":2,"xxh3_128":"%s","files":{"config.json":{"bytes":37,"xxh3_128":"%s"},'\
'"model.safetensors":{"bytes":80,"xxh3_128":"%s"}}}' \
    2532cb37545de2a725b3b0b7d6605617 \
    db3a3efc4d74d61e15cdd106dc89f22d fe1854ff563f1c2b052d2074fa190c62 >trainer.json
says "a checkpoint" "kind +checkpoint" show .
says "its files verify" "verified +2 files" show --verify .
says "its step" "step +2$" show .
cd ..
ln -s step-00000002 latest
printf '{"step":1,"loss":3.5}\n{"step":2,"loss":3.25,"valid_loss":3.375}\n{"step":3,"loss":3}\n' \
    >log.jsonl
says "a run" "kind +run" show .
says "its newest checkpoint" "latest +step-00000002" show .
says "its last evaluation" "valid_loss +3.375" show .
says "and verifies" "verified +2 files" show --verify .
sed 's/"step":2/"step":3/' latest/trainer.json >"$T/trainer.json"
cp latest/trainer.json "$T/right.json"; cp "$T/trainer.json" latest/trainer.json
exits 1 "latest/trainer.json: damaged" show --verify .
cp "$T/right.json" latest/trainer.json
damage latest/model.safetensors 75
exits 1 "latest/model.safetensors: damaged" show --verify .
damage latest/model.safetensors 9
exits 1 "model.safetensors" show .

# ---- text
says "a tokenizer" "vocab_size +3000" show "$T/data/tokenizer.json"
printf 'the\t12\nof\t7\nfox\t1\n' >"$T/words.tsv"
says "a table of words" "occurrences +20$" show "$T/words.tsv"
says "its words" "fox +1$" show "$T/words.tsv"
printf 'the\t12\nof\tseven\n' >"$T/words.tsv"
exits 1 "words.tsv:2: the count is not a number" show "$T/words.tsv"
printf 'b\t2\na\t1' >"$T/words.tsv"
says "its last row need not end" "occurrences +3$" show "$T/words.tsv"
printf 'a\t1\nb\t2\n' >"$T/words.tsv"
exits 1 "words.tsv:2: the rows are not in order" show "$T/words.tsv"
printf 'a b\t1\n' >"$T/words.tsv"
exits 1 "words.tsv:1: white space within the word" show "$T/words.tsv"
printf '\377\t9\na\000b\t1\n' >"$T/words.tsv"
is "words that are not UTF-8" "$(show --json "$T/words.tsv" | sed 's/.*"head"://')" \
    "$(printf '{"\357\277\275":9,"a\357\277\275b":1}}')"
printf 'a\t18446744073709551615\n' >"$T/words.tsv"
says "a count beyond 2^63" "occurrences +1.84467e\+19$" show "$T/words.tsv"
printf 'a\t18446744073709551615\nb\t1\n' >"$T/words.tsv"
exits 1 "words.tsv:2: the total passes 2^64 - 1" show "$T/words.tsv"
printf 'x\n' >"$T/two"
exits 1 "it begins with the bytes 78 0a" show "$T/two"
exits 1 "the name of a file to read is empty" show ""

# ---- JSON, and what is refused
for it in "$T/a.tok" "$T/data" "$T/data/train-00000.zst" "$T/data/tokenizer.json" \
    "$T/data/notes.tsv"; do
    is "one line of JSON for $(basename "$it")" "$(show --json "$it" | grep -c '^{"path":.*}$')" 1
done
is "a line for each operand" "$(show --json "$T/a.tok" "$T/data" | wc -l)" 2
echo "a line of text" >"$T/text"
exits 1 "none of the kinds" show "$T/text"
exits 1 "not a cloze stream" show /dev/null
: >"$T/nothing"; exits 1 "is empty" show "$T/nothing"
exits 1 "cannot open" show "$T/absent"
exits 1 "a directory with no manifest.json" show "$T"
exits 1 "holds no tokens" show --cat "$T/words.tsv"
exits 2 "one of them" show --cat --json "$T/a.tok"
exits 2 "limit" show --limit -1 "$T/a.tok"
(show --cat "$T/data"; echo $? >"$T/rc") 2>"$T/err" | head -1 >/dev/null
is "a closed pipe ends it quietly" "$(cat "$T/err")" ""
if [ -w /dev/full ]; then exits 1 "cannot write" sh -c 'exec show "$1" >/dev/full' - "$T/a.tok"; fi

# ---- where it prints
show -o "$T/report" -j 2 -s 3 "$T/a.tok"; show "$T/a.tok" >"$T/printed"
ok "-o: the same into a file" cmp "$T/report" "$T/printed"
show --cat -o "$T/report" "$T/a.tok"; show --cat "$T/a.tok" >"$T/printed"
ok "--cat too" cmp "$T/report" "$T/printed"
rm "$T/report"; exits 1 "cut.tok" show --cat -o "$T/report" "$T/cut.tok"
is "which is not there if it is not whole" "$(ls "$T" | grep '^report')" ""
exits 1 "No space left" sh -c 'exec show "$1" >/dev/full' - "$T/a.tok"
show "$T/a.tok" "$T/absent" >"$T/out" 2>"$T/err"
is "what stands before a fault is printed" "$? $(grep -c 'documents' "$T/out")" "1 1"

# ---- no validation data: no entropy, rather than one of 0
shard -q -o "$T/novalid" --valid 0 "$T/a.tok"
is "a split without tokens has no entropy" \
    "$(show --json "$T/novalid" | grep -o '"unigram_entropy":null' | wc -l)" 2
done_testing
