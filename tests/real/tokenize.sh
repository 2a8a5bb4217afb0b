# tokenize: BERT's vocabularies on real text give the ids of Hugging Face tokenizers, kept as hashes
# (tests/golden/tokenize.py real)
. "$(dirname "$0")/../tap.sh"
G=$PWD/tests/golden/tokenize
for need in vocab.tar.zst wiki text/enwiki-2015-a.txt.zst; do
    [ -e "$CLOZE_DATA/$need" ] || { skip "$CLOZE_DATA/$need is absent"; done_testing; }
done
command -v zstd >/dev/null && command -v bzcat >/dev/null || { skip "zstd or bzcat is absent"; done_testing; }
zstd -dcq "$CLOZE_DATA/vocab.tar.zst" | tar -xf - -C "$T"
# the dumps as they are: markup and all, in many scripts, one of them UTF-16
(cd "$CLOZE_DATA" && find wiki -maxdepth 2 -name '*.bz2' | LC_ALL=C sort | xargs bzcat) >"$T/wiki"
zstd -dcq "$CLOZE_DATA/text/enwiki-2015-a.txt.zst" >"$T/enwiki-2015-a"
"$HELPER/codepoints" >"$T/codepoints"
"$HELPER/adversary" 100000 >"$T/adversary"
while read -r vocab text sum; do
    got=$(tokenize -q -m "$T/vocab/$vocab/tokenizer.json" --sentences none --format ids "$T/$text" | sha256sum)
    is "$vocab on $text" "${got%% *}" "$sum"
done <"$G/real.tsv"
while read -r vocab text sum; do
    got=$(tokenize -q --compat google -m "$T/vocab/$vocab/tokenizer.json" --sentences none --format ids "$T/$text" | sha256sum)
    is "google: $vocab on $text" "${got%% *}" "$sum"
done <"$G/google-real.tsv"
tokenize -q -m "$T/vocab/bert-base-uncased/tokenizer.json" --sentences none --format ids "$T/wiki" | sha256sum >"$T/json"
tokenize -q -m "$T/vocab/bert-base-uncased/vocab.txt" --sentences none --format ids "$T/wiki" | sha256sum >"$T/txt"
ok "vocab.txt gives what tokenizer.json gives" cmp -s "$T/json" "$T/txt"
for vocab in cased multilingual-cased chinese; do
    ok "bert-base-$vocab/vocab.txt is read" tokenize -q -m "$T/vocab/bert-base-$vocab/vocab.txt" \
        --normalizer bert-cased --format ids -o "$T/ids" "$T/vocab/bert-base-$vocab/vocab.txt"
done
done_testing
