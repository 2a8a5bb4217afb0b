#!/bin/sh
# table.sh -- what a demo folder holds, as one table: table.sh FOLDER.  Figures come from the
# programs' own reports (show --json, log.jsonl, scores.json), found by key.
d=$1
key() { sed -n 's/.*"'"$1"'": *"\{0,1\}\([^,"}]*\).*/\1/p' | "${2:-head}" -1; }
data() { "$BIN/show" --json "$d/data" | tr ',' '\n' | key "$1"; }
row() { printf '  %-34s %s\n' "$1" "$2"; }
echo "corpus"
row "pages seen"        "$(tr ',' '\n' <"$d/report.json" | key pages_seen)"
row "articles kept"     "$(tr ',' '\n' <"$d/report.json" | key pages_kept)"
row "words"             "$(awk -F'\t' '{ n += $2 } END { printf "%d\n", n }' "$d/words.tsv")"
row "distinct words"    "$(wc -l <"$d/words.tsv" | tr -d ' ')"
row "vocabulary"        "$(data vocab_size)"
row "tokens"            "$(data tokens)"
row "samples"           "$(data samples)"
row "shards"            "$(find "$d/data" -name '*.zst' | wc -l | tr -d ' ')"
echo "pre-training"
row "steps"             "$(key step tail <"$d/run/log.jsonl")"
row "validation loss (nats)"        "$(grep valid_loss "$d/run/log.jsonl" | key valid_loss tail)"
row "unigram entropy (nats)"        "$(data unigram_entropy)"
row "validation accuracy"           "$(grep valid_loss "$d/run/log.jsonl" |
    key valid_accuracy tail)"
echo "GLUE, one run a task"
cat "$d/glue/table.txt" 2>/dev/null
