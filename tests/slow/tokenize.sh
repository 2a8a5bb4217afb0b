# tokenize: the ids of the libraries on all the real text, kept as hashes; what Hugging Face
# tokenizers says today, where $PYTHON has it, on text from wikiextract and of random tokenizers;
# very long lines
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/realtexts.sh"
G=$PWD/tests/golden/tokenize
PYTHON=${PYTHON:-python3}

# ---- a line of 1 GB; a word of a million characters, and of four ----
# by files: on a busy machine a pipe waits for its turn at every 64 KiB, longer than the work takes
yes 'The quick brown fox, who jumps over 1996 lazy dogs.' | tr '\n' ' ' | head -c 1000000 >"$T/one"
i=0; while [ $i -lt 1000 ]; do cat "$T/one"; i=$((i + 1)); done >"$T/wide"
J=$G/wordpiece-uncased.json
wide() { # wide OUT [OPTION ...]
    out=$1; shift
    "$HELPER/peak" "$T/peak" tokenize -q -j1 -m "$J" --sentences none --format ids "$@" <"$T/wide" \
        >"$out"
}
wide "$T/out" 2>"$T/err"
is "a line of 1 GB: exit status, bytes written" "$? $(wc -c <"$T/out")" "1 0"
is "one sentence with its place" "$(cat "$T/err")" \
    'tokenize: standard input: the line at byte 0 is longer than 67108864 bytes (--max-line)'
ok "in $(cat "$T/peak") KiB" test "$(cat "$T/peak")" -le 110000
wide "$T/out" --max-line 1G
is "--max-line 1G: one line" "$(wc -l <"$T/out")" 1
rm "$T/wide"
ok "in $(cat "$T/peak") KiB: less than 6 bytes a byte" test "$(cat "$T/peak")" -le 5859375
ids() { tokenize -q -j1 -m "$1" --sentences none --format ids "$2"; }
cpu() { (ids "$@" >"$T/out"; times) | awk 'END { split($1, t, /[ms]/);
    print int(1000 * (60 * t[1] + t[2])) }'; }
for name in wordpiece-uncased bpe-bytes bpe-metaspace bpe-suffix; do
    for kind in a '!' "$(printf '\303\251\344\270\255')" "$(printf '\314\201\314\243')" 'a '; do
        # the last character may be a part of one
        yes "$kind" | tr -d '\n' | head -c 1000000 >"$T/one"
        cat "$T/one" "$T/one" "$T/one" "$T/one" >"$T/four"
        one=$(cpu "$G/$name.json" "$T/one") four=$(cpu "$G/$name.json" "$T/four")
        ok "$name, a line of \"$kind\": $one ms for 1 MB, $four ms for 4 MB" test "$four" \
            -le $((8 * one + 300))
        is "... is one line" "$(wc -l <"$T/out")" 1
    done
done
rm "$T/one" "$T/four" "$T/out"

# ---- random tokenizers ----
library() { "$PYTHON" -c 'import tokenizers' 2>/dev/null ||
    { skip "$PYTHON has no tokenizers: $1"; false; }; }
export PYTHONDONTWRITEBYTECODE=1 TOKENIZERS_PARALLELISM=false
for script in components mutants; do
    for seed in 1 2 3; do
        library "$script, seed $seed" || continue
        "$PYTHON" tests/golden/$script.py "$BIN" "$HELPER" $seed 100 >"$T/random" 2>&1
        result $? "$script, seed $seed: $(tail -1 "$T/random")"
        grep -A 3 -e '^DIFFERS' -e '^FAILED' -e '^BAD' -e '^TAKEN' "$T/random" | head -20 |
            sed 's/^/# /'
    done
done

# ---- real text ----
real_unpack
real_golden "$G/real.tsv" "wiki enwiki-2015-a"
real_golden "$G/google-real.tsv" "wiki" --compat google
rm -f "$T/enwiki-2015-a" "$T/wiki"
for f in "$CLOZE_DATA"/wiki/*.bz2 "$CLOZE_DATA"/wiki/mini/*.bz2; do
    wikiextract -q "$f" 2>/dev/null # some are cut
done >"$T/extract"
ok "wikiextract gave text" test "$(wc -c <"$T/extract")" -gt 10000000
for vocab in bert-base-uncased bert-base-cased bert-base-multilingual-cased bert-base-chinese gpt2
do
    library "$vocab on the text of all dumps" || continue
    model=$T/vocab/$vocab/tokenizer.json
    [ -e "$model" ] || model=$T/vocab/$vocab
    tokenize -q -m "$(real_model "$vocab")" --sentences none --format ids -o "$T/ours" "$T/extract"
    # may need a GB
    TOKENIZERS_PARALLELISM=true "$PYTHON" tests/golden/tokenize.py "$HELPER" ids "$model" \
        "$T/extract" >"$T/theirs"
    ok "$vocab on the text of all dumps: $(wc -l <"$T/ours") lines" cmp -s "$T/ours" "$T/theirs"
done
done_testing
