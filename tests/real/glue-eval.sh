#!/bin/sh
# glue-eval.sh -- the real files of GLUE are read whole: the official numbers of rows where the
# files are complete, and the columns where the papers say they are.
. "$(dirname "$0")/../tap.sh"
if [ ! -f "$CLOZE_DATA/glue.tar.zst" ]; then skip "$CLOZE_DATA/glue.tar.zst is not there"
    done_testing; fi
zstd -dcq "$CLOZE_DATA/glue.tar.zst" | tar xf - -C "$T" || exit 2
[ -d "$T/glue" ] && GLUE=$T/glue || GLUE=$T
"$HELPER/tiny-checkpoint" "$T/model" tests/golden/glue/vocab.txt headless

glue-eval --dry-run --model "$T/model" --data "$GLUE" >"$T/out" 2>"$T/err"
is "all nine tasks are read" "$?" 0
is "rows of the complete files" "$(awk '{ print $1, $2, $3 }' "$T/out" |
    grep -E '^(CoLA|SST-2|MRPC|STS-B|RTE|WNLI|QNLI/dev|MNLI/dev_m)' | grep -v mismatched)" \
    "$(cat <<'END'
CoLA/train.tsv 8551 0
CoLA/dev.tsv 1043 0
SST-2/train.tsv 67349 0
SST-2/dev.tsv 872 0
MRPC/train.tsv 3668 0
MRPC/dev.tsv 408 0
STS-B/train.tsv 5749 0
STS-B/dev.tsv 1500 0
MNLI/dev_matched.tsv 9815 0
QNLI/dev.tsv 5463 0
RTE/train.tsv 2490 0
RTE/dev.tsv 277 0
WNLI/train.tsv 635 0
WNLI/dev.tsv 71 0
END
)"
is "and no word of them" "$(grep -cE 'CoLA|SST-2|MRPC|STS-B|RTE|WNLI|QNLI/dev|dev_matched' \
    "$T/err")" 0
is "stand-ins are told" "$(grep -c 'the official file has' "$T/err")" 5
glue-eval -q --model "$T/model" --data "$GLUE" --tasks WNLI,RTE --quick --epochs 1 \
    --out "$T/scores" >"$T/table"
is "WNLI and RTE train" "$? $(wc -l <"$T/scores/runs.jsonl")" "0 2"
done_testing
