#!/bin/sh
# shard.sh -- the program from outside: nothing lost, same bytes however it is run, no half product.
. "$(dirname "$0")/../tap.sh"
tokens() { "$HELPER/mktokens" "$@"; }

tokens 4000 30000 50 1 700 >"$T/a.tok"
shard -q -o "$T/a" "$T/a.tok"; is "a stream becomes a data directory" $? 0
is "with these files" "$(cd "$T/a" && echo *)" \
    "manifest.json notes.tsv tokenizer.json train-00000.zst valid-00000.zst"

# ---- the same bytes
same() { name=$1; shift; rm -rf "$T/b"; "$@"; ok "$name" diff -r "$T/a" "$T/b"; }
same "the same bytes with one thread" shard -q -j 1 -o "$T/b" "$T/a.tok"
same "and with five" shard -q -j 5 -o "$T/b" "$T/a.tok"
pipe() { cat "$T/a.tok" | shard -q -o "$T/b"; }
same "and from a pipe" pipe
slow() { dd if="$T/a.tok" bs=977 2>"$T/dd" | shard -q -o "$T/b" -; }
same "and from a pipe in small pieces" slow
turkish() { LC_ALL=tr_TR.UTF-8 TZ=Asia/Tokyo shard -q -o "$T/b" "$T/a.tok"; }
same "and in another locale and time zone" turkish
mkdir "$T/tmp"
little() { TMPDIR=$T/tmp shard -q -M 16M -o "$T/b" "$T/a.tok"; }
same "and with little memory" little
tokens 16000 30000 50 1 700 >"$T/big.tok"
shard -q -o "$T/c" "$T/big.tok"; TMPDIR=$T/tmp shard -q -M 16M -j 2 -o "$T/d" "$T/big.tok"
ok "also where the memory is too small and a file is used" diff -r "$T/c" "$T/d"
is "which is gone" "$(ls -A "$T/tmp")" ""

# ---- nothing lost: the sentences of the stream are those of the samples
sentences() { show --cat "$1" | sed 's/^\[CLS\] //; s/ \[SEP\] *$//' | sed 's/ \[SEP\] /\n/g' |
    grep -v '^$'; }
tokens 3000 5000 0 2 >"$T/short.tok"
show --cat "$T/short.tok" | grep -v '^$' | sort >"$T/want"
shard -q -o "$T/short" --valid 0.1 "$T/short.tok"
sentences "$T/short" | sort >"$T/got"
ok "every sentence is there once ($(wc -l <"$T/want"))" cmp "$T/want" "$T/got"
words() { tr ' ' '\n' | grep -vE '^(\[CLS\]|\[SEP\]|)$' | sort | uniq -c; }
show --cat "$T/a.tok" | words >"$T/want"
show --cat "$T/a" | words >"$T/got"
ok "and every token where sentences are too long" cmp "$T/want" "$T/got"

# ---- packing, done again by another program
pack() { awk -v max="$1" -v keep="$2" '
    function flush() { if (n) print line; n = 0 }
    $0 == "" { if (keep) flush(); next }
    { if (n && n + NF + 1 > max) flush()
      if (!n) { line = "[CLS]"; n = 1 }
      line = line " " $0 " [SEP]"; n += NF + 1 }
    END { flush() }'; }
show --cat "$T/short.tok" | pack 128 0 >"$T/want"
shard -q -o "$T/order" --no-shuffle --valid 0 --seq-len 128 "$T/short.tok"
show --cat "$T/order" >"$T/got"
ok "sentences are packed whole, in order, as many as fit" cmp "$T/want" "$T/got"
show --cat "$T/short.tok" | pack 512 1 >"$T/want"
shard -q -o "$T/keep" --no-shuffle --valid 0 --documents keep "$T/short.tok"
show --cat "$T/keep" >"$T/got"
ok "with --documents keep each document begins a sample" cmp "$T/want" "$T/got"
shard -q -o "$T/tiny" --seq-len 8 "$T/a.tok"
is "no sample is longer than it may be" "$(show --cat "$T/tiny" |
    awk 'NF > 8 || $1 != "[CLS]" || $NF != "[SEP]"')" ""

# ---- shuffling
shard -q -o "$T/mix" --valid 0 --seq-len 128 "$T/short.tok"
show --cat "$T/mix" >"$T/mixed"
show --cat "$T/order" >"$T/ordered"
ok "shuffled are the same samples" sh -c 'sort "$1" >"$1.s"; sort "$2" | cmp - "$1.s"' - \
    "$T/mixed" "$T/ordered"
near=$(awk 'NR == FNR { at[$0] = NR; next } { d = at[$0] - last; if (d > -20 && d < 20) n++;
    last = at[$0] } END { print n + 0 }' "$T/ordered" "$T/mixed")
total=$(wc -l <"$T/mixed")
# by chance two neighbours are that near with probability 39 / total: 39 expected, 5
# sigma above is 71
ok "in another order: $near of $total neighbours were near each other before" test "$near" -lt 75
# where each sample was and is, in tenths: a table of 10 x 10, 81 degrees of freedom; exceeded once
# in a million at scipy.stats.chi2.isf(1e-6, 81) = 156.7
chi=$(awk 'NR == FNR { at[$0] = NR; n = NR; next } {
    cell[int((at[$0] - 1) * 10 / n), int((FNR - 1) * 10 / n)]++ }
    END { for (i = 0; i < 10; i++) for (j = 0; j < 10; j++) { d = cell[i, j] - n / 100;
    chi += d * d / (n / 100) } printf "%.1f", chi }' \
    "$T/ordered" "$T/mixed")
ok "from anywhere to anywhere: chi-square $chi of $total samples" awk -v c="$chi" \
    'BEGIN { exit !(c < 156.7) }'
shard -q -o "$T/mix2" -s 2 --valid 0 --seq-len 128 "$T/short.tok"
ok "another seed gives another order" sh -c '! cmp -s "$1" "$2"' - "$T/mix/train-00000.zst" \
    "$T/mix2/train-00000.zst"

# ---- repeated sentences
firsts() { show --cat "$1" | grep -v '^$' | awk '!seen[$0]++'; }
tokens 3000 60 20 7 >"$T/often.tok"
shard -o "$T/once" --dedup --valid 0 --no-shuffle "$T/often.tok" 2>"$T/said"
firsts "$T/often.tok" >"$T/want"; sentences "$T/once" >"$T/got"
ok "--dedup keeps the first of equal sentences, in order ($(wc -l <"$T/got"))" cmp "$T/want" \
    "$T/got"
all=$(show --cat "$T/often.tok" | grep -vc '^$') words=$(show --cat "$T/often.tok" | wc -w)
left=$((all - $(wc -l <"$T/want"))) less=$((words - $(wc -w <"$T/want")))
ok "and says how many it leaves out: $left" grep \
    -q "$left repeated sentences with $less tokens left out" "$T/said"
is "as the manifest does" "$(tr -d ' \n' <"$T/once/manifest.json" |
    sed 's/.*"repeated":{"documents":[0-9]*,\([^}]*\)}.*/\1/')" \
    "\"sentences\":$left,\"tokens\":$less"
is "and show" "$(show --json "$T/once" |
    sed 's/.*"left_out_as_repeated":{"documents":[0-9]*,\([^}]*\)}.*/\1/')" \
    "\"sentences\":$left,\"tokens\":$less"
is "which says nothing of it where nothing was looked for" \
    "$(show "$T/a" | grep -c left_out) $(show "$T/once" | grep -c left_out)" "0 1"
tokens 30 4000 20 7 >"$T/few.tok"
shard -q -o "$T/few" --valid 0.3 "$T/few.tok"
shard -q -o "$T/few.once" --dedup --valid 0.3 "$T/few.tok"
ok "where nothing repeats, nothing changes" diff -r -x manifest.json "$T/few" "$T/few.once"
shard -q -o "$T/c.once" --dedup "$T/big.tok"
TMPDIR=$T/tmp shard -q -o "$T/d.once" --dedup -M 16M -j 1 "$T/big.tok"
ok "the same bytes with little memory, through files" diff -r "$T/c.once" "$T/d.once"
is "which are gone" "$(ls -A "$T/tmp")" ""
sentences "$T/c.once" | sort | uniq -d >"$T/got"
is "no sentence of at most a sample is twice in training and validation together" \
    "$(awk 'NF < 510' "$T/got")" ""
exits 1 "truncated at byte 30000" sh -c 'head -c 30000 "$1" | shard --dedup -o "$2"' - \
    "$T/big.tok" "$T/x.once"

# ---- validation
tokens 500 5000 0 2 >"$T/half.tok"   # its documents are the first of short.tok
for c in half short; do
    shard -q -o "$T/v-$c" --no-shuffle --documents keep --valid 0.2 "$T/$c.tok"
    show --cat "$T/v-$c/valid-00000.zst" | sort >"$T/$c.valid"
    show --cat "$T/v-$c/train-00000.zst" | sort >"$T/$c.train"
done
is "a document for validation is so in a larger corpus too" \
    "$(comm -23 "$T/half.valid" "$T/short.valid")" ""
is "and one for training likewise" "$(comm -23 "$T/half.train" "$T/short.train")" ""
share=$(show --json "$T/v-short" | sed 's/.*"valid":{"documents":\([0-9]*\).*/\1/')
documents=$(show --cat "$T/short.tok" | awk 'BEGIN { RS = "" } END { print NR }')
ok "a fifth is about a fifth: $share of $documents" test "$share" -gt $((documents / 6)) \
    -a "$share" -lt $((documents / 4))

# ---- files
shard -q -o "$T/many" --shard-size 64K --seq-len 64 "$T/short.tok"
ok "files are divided by --shard-size: $(ls "$T/many" | grep -c train)" test \
    "$(ls "$T/many" | grep -c train)" -gt 3
verify() { show --verify "$@" >"$T/report"; }
ok "each verifies" verify "$T/many" "$T/many/"*.zst
is "zstd opens a shard" "$(zstd -dc "$T/many/train-00002.zst" | head -1 | cut -d' ' -f1-4)" \
    "cloze/3 samples u16 vocab=5000"
ok "and finds it whole" zstd -qt "$T/many/train-00002.zst"
# documents longer than a file, and samples longer than one
tokens 20 30000 0 5 70000 >"$T/vast.tok"
show --cat "$T/vast.tok" | words >"$T/want"
for how in "--documents pack" "--documents keep" "--seq-len 65536"; do
    rm -rf "$T/vast"
    shard -q -o "$T/vast" $how --shard-size 64K --valid 0 "$T/vast.tok"
    ok "documents longer than a file, $how: in $(ls "$T/vast" | grep -c train) files" \
        test "$(ls "$T/vast" | grep -c train)" -gt 5
    ok "each verifies, and holds samples" verify "$T/vast" "$T/vast/"*.zst
    show --cat "$T/vast" | words >"$T/got"
    ok "and every token is there" cmp "$T/want" "$T/got"
done
tokens 300 70000 3 1 | shard -q -o "$T/wide"; is "ids of 32 bits" $? 0
ok "verify" verify "$T/wide"

# ---- which tokens stand around sentences
sequence='{"type":"Sequence","processors":[{"type":"ByteLevel","add_prefix_space":false,
    "trim_offsets":true},{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>",
    "type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],
    "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":0}}],
    "special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]},
    "</s>":{"id":"</s>","ids":[2],"tokens":["</s>"]}}}]}'
cat >"$T/sequence.json" <<END
{"version":"1.0","pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":$sequence,
 "model":{"type":"WordPiece","unk_token":"?","continuing_subword_prefix":"##",
 "max_input_chars_per_word":9,"vocab":{"?":0,"<s>":1,"</s>":2,"a":3}}}
END
echo 'a b' | tokenize -m "$T/sequence.json" | shard -q --valid 0 -o "$T/sequence"
is "those of a post-processor in a Sequence" "$(show --cat "$T/sequence")" '<s> a ? </s>'

# ---- refusals
exits 2 "-o DIR is missing" shard "$T/a.tok"
exits 2 "--frobnicate" shard --frobnicate -o "$T/x" "$T/a.tok"
exits 2 "seq-len" shard --seq-len 7 -o "$T/x" "$T/a.tok"
exits 2 "one too many" shard -o "$T/x" "$T/a.tok" "$T/a.tok"
exits 1 "is there already" shard -o "$T/a" "$T/a.tok"
exits 1 "not a cloze stream" shard -o "$T/x" "$T/want"
exits 1 "cannot open" shard -o "$T/x" "$T/nothing"
tokens 0 100 0 1 >"$T/empty.tok"
exits 1 "no token for training: 0 documents" shard -o "$T/x" "$T/empty.tok"
head -c 300000 "$T/a.tok" >"$T/cut.tok"
exits 1 "truncated at byte 300000" shard -o "$T/x" "$T/cut.tok"
is "a failed run leaves no product" "$(ls "$T/x" | grep -v lock)" ""
cp "$T/a.tok" "$T/cut.tok"
printf 'x' | dd of="$T/cut.tok" bs=1 seek=2000000 conv=notrunc 2>/dev/null
exits 1 "a frame is damaged" shard -o "$T/x" "$T/cut.tok"
if command -v flock >/dev/null; then
    exits 1 "in use by another process" flock "$T/x/lock" shard -o "$T/x" "$T/a.tok"
else
    skip "flock is not installed"
fi
full() { (ulimit -f 64; trap '' XFSZ; exec shard -q -o "$T/full" "$T/a.tok"); }
full 2>"$T/err"; is "a write that fails is a failure" $? 1
ok "which says so: $(head -1 "$T/err")" grep -q "cannot write at byte" "$T/err"
is "and leaves no product" "$(ls "$T/full" | grep -v lock)" ""
(shard -q -o "$T/killed" --shard-size 64K "$T/big.tok" & pid=$!; sleep 0.2; kill -9 $pid
wait $pid) 2>/dev/null
rm -f "$T/killed/manifest.json" # had it been faster
shard -q -o "$T/killed" --shard-size 64K --valid 0 "$T/short.tok"
shard -q -o "$T/fresh" --shard-size 64K --valid 0 "$T/short.tok"
ok "what a killed run has left is taken away" diff -r "$T/killed" "$T/fresh"
exits 1 "is there already" shard -o "$T/a" "$T/a.tok"
is "a refused call leaves a finished directory as it was" "$(ls "$T/a" | grep -c lock)" 0
done_testing
