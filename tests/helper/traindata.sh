# traindata.sh -- sourced by the tests of train: a small corpus, its vocabulary and a
# data directory.
#
#     train_text SENTENCES SEED        text on standard output: made-up words with some grammar
#     train_data DIR SEQ_LEN SEED      DIR, a data directory; DIR.json is its tokenizer
#     numbers RUN                      log.jsonl without what depends on the clock
#     same_model A B                   the same bits in all that a checkpoint keeps of a model
#     until_done COMMAND ...           run it again as long as it exits with 75

train_text() {
    awk -v n="$1" -v seed="$2" '
        function below(k) { seed = (seed * 1103515 + 12345) % 2147483648;
        return int(seed / 2147483648 * k) }
        BEGIN {
            for (i = 0; i < 120; i++) word[i] = substr("bdfgklmnprstvz", 1 + i % 14, 1) \
                substr("aeiou", 1 + i % 5, 1) substr("lnrstmk", 1 + i % 7, 1) substr("aeiouy",
                1 + i % 6, 1)
            for (i = 1; i <= n; i++) {
                topic = below(10) * 12
                s = "the " word[topic + below(4)] " " word[topic + 4 \
                    + below(4)] " the " word[topic + 8 + below(4)]
                if (below(2)) s = s " and the " word[topic + below(4)]
                print s "."
                if (i % 6 == 0) print ""
            }
        }'
}

train_data() {
    train_text "${4:-1800}" "$3" >"$1.txt"
    tokenize --words "$1.txt" | freqstat | mkvocab --size 300 -o "$1.json" 2>"$1.err" || return 1
    tokenize -q -m "$1.json" "$1.txt" | shard -q --seq-len "$2" --valid 0.05 -o "$1" 2>"$1.err"
}

numbers() { sed 's/,"tokens_per_s".*/}/' "$1/log.jsonl"; }

same_model() {
    for file in config.json model.safetensors optimizer.safetensors tokenizer.json trainer.json; do
        cmp "$1/$file" "$2/$file" || return 1
    done
    for file in generator.safetensors notes.safetensors; do
        [ ! -e "$1/$file" ] || cmp "$1/$file" "$2/$file" || return 1
    done
}

until_done() {
    while :; do
        "$@"; status=$?
        [ $status = 75 ] || return $status
    done
}
