# mkvocab.sh -- vocabularies learned from real text are the ones that Hugging Face tokenizers gave
# these ids with (tests/golden/mkvocab.py), and tokenize gives the same.
. "$(dirname "$0")/../tap.sh"
G=$PWD/tests/golden/mkvocab.tsv
for need in wiki/mini text/enwiki-2015-a.txt.zst; do
    [ -e "$CLOZE_DATA/$need" ] || { skip "$CLOZE_DATA/$need is absent"; done_testing; }
done
command -v zstd >/dev/null && command -v bzcat >/dev/null ||
    { skip "zstd or bzcat is absent"; done_testing; }
zstd -dcq "$CLOZE_DATA/text/enwiki-2015-a.txt.zst" 2>/dev/null | head -c 10000000 >"$T/en"
find "$CLOZE_DATA/wiki/mini" -name '*.bz2' | sort | xargs bzcat 2>/dev/null |
    head -c 6000000 >"$T/wiki"
tab=$(printf '\t')
while IFS="$tab" read -r options text json ids; do
    case $options in *--no-lowercase*) normalizer=bert-cased ;; *) normalizer=bert-uncased ;; esac
    # shellcheck disable=SC2086
    tokenize -q --words --normalizer $normalizer --sentences none "$T/$text" | freqstat |
        mkvocab -q $options -o "$T/tokenizer.json"
    got=$(sha256sum <"$T/tokenizer.json"); is "mkvocab $options on $text" "${got%% *}" "$json"
    got=$(tokenize -q -m "$T/tokenizer.json" --sentences none --format ids "$T/$text" | sha256sum)
    is "... and the ids of Hugging Face" "${got%% *}" "$ids"
done <"$G"
done_testing
