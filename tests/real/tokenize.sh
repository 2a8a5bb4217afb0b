# tokenize: the vocabularies of BERT and GPT-2 give the ids of their libraries, kept as hashes, on
# pages in 25 languages and on awkward text (tests/golden/tokenize.py real); on more text,
# tests/slow/tokenize.sh
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/realtexts.sh"
G=$PWD/tests/golden/tokenize
real_unpack
real_golden "$G/real.tsv" "mini codepoints adversary"
real_golden "$G/google-real.tsv" "codepoints adversary" --compat google
tokenize -q -m "$T/vocab/bert-base-uncased/tokenizer.json" --sentences none --format ids "$T/mini" |
    sha256sum >"$T/json"
tokenize -q -m "$T/vocab/bert-base-uncased/vocab.txt" --sentences none --format ids "$T/mini" |
    sha256sum >"$T/txt"
ok "vocab.txt gives what tokenizer.json gives" cmp -s "$T/json" "$T/txt"
for vocab in cased multilingual-cased chinese; do
    ok "bert-base-$vocab/vocab.txt is read" tokenize -q -m "$T/vocab/bert-base-$vocab/vocab.txt" \
        --normalizer bert-cased --format ids -o "$T/ids" "$T/vocab/bert-base-$vocab/vocab.txt"
done
done_testing
