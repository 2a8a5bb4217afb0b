#!/bin/sh
# predict.sh -- glue-eval --predict.  The test sets here are dev sets without their labels, so what
# the archive answers can be scored, by awk, and must score what the run's dev set did.
. "$(dirname "$0")/../tap.sh"
G=$T/glue
cp -R tests/golden/glue "$G"

columns() { # columns FROM TO HEADER COLUMNS: a test set, numbered, of these columns of a dev set
    { printf '%b\n' "$3"; sed 's/\r$//' "$G/$1" | awk -F '\t' -v list="$4" -v head="$5" '
        BEGIN { n = split(list, column, ",") }
        NR > 1 || !head { line = count++
            for (i = 1; i <= n; i++) line = line "\t" $column[i]
            print line }'; } >"$G/$2"
}
pair="index\tsentence1\tsentence2"
columns CoLA/dev.tsv CoLA/test.tsv "index\tsentence" 4 ""
columns SST-2/dev.tsv SST-2/test.tsv "index\tsentence" 1 1
columns MRPC/dev.tsv MRPC/test.tsv "index\t#1 ID\t#2 ID\t#1 String\t#2 String" 2,3,4,5 1
# what even this model can learn, with no answer below 0 or above 5, where it would be cut
awk -F '\t' -v OFS='\t' 'NR > 1 { $10 = 1.5 + 0.4 * $10 } 1' "$G/STS-B/train.tsv" \
    >"$G/STS-B/dev.tsv"
cp "$G/STS-B/dev.tsv" "$G/STS-B/train.tsv"
columns STS-B/dev.tsv STS-B/test.tsv \
    "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2" \
    2,3,4,5,6,7,8,9 1
columns QQP/dev.tsv QQP/test.tsv "id\tquestion1\tquestion2" 4,5 1
for m in matched mismatched; do
    columns MNLI/dev_$m.tsv MNLI/test_$m.tsv "index\tpromptID\tpairID\tgenre\tb1\tb2\tp1\tp2\
\tsentence1\tsentence2" 2,3,4,5,6,7,8,9,10 1
done
for t in QNLI RTE WNLI; do columns $t/dev.tsv $t/test.tsv "$pair" 2,3 1; done

"$HELPER/tiny-checkpoint" "$T/model" tests/golden/glue/vocab.txt headless 2
grid="--data $G --model $T/model --lr 1e-3,1e-2 --seeds 2 --epochs 3 --batch 8"
ev() { glue-eval $grid "$@"; }
unpack() { # unpack ARCHIVE FOLDER
    rm -rf "$2"; mkdir "$2"
    if command -v unzip >/dev/null; then unzip -q "$1" -d "$2"
    else python3 -c 'import sys, zipfile
z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])' "$1" "$2"
    fi
}
# the best run of TASK at its best rate: by its dev score SCORE
best() {
    sed -n 's/.*"task":"'"$1"'".*"lr":\([^,]*\),.*"best":{[^}]*"'"$2"'":\([^,}]*\).*/\1 \2/p' \
        "$T/out/runs.jsonl" | awk '{ sum[$1] += $2; if ($2 > top[$1] || !($1 in top)) top[$1] = $2 }
        END { for (lr in sum) if (best == "" || sum[lr] > sum[best]) best = lr
            printf "%.3f\n", top[best] }'
}
# the answers of FILE beside the labels in COLUMN of DEV: their score
scored() { # scored FILE DEV COLUMN HEAD KIND
    sed 's/\r$//' "$G/$2" | awk -F '\t' -v column="$3" -v head="$4" -v kind="$5" '
        FILENAME == "-" { if (FNR > head) truth[n++] = $column; next }
        FNR == 1 { if ($0 != "index\tprediction") print "header: " $0; next }
        { if ($1 != FNR - 2) print "index: " $0
          x = $2; y = truth[$1]; hits += x == y
          tp += x == 1 && y == 1; tn += x == 0 && y == 0; fp += x == 1 && y == 0
          fn += x == 0 && y == 1
          sx += x; sy += y; sxx += x * x; syy += y * y; sxy += x * y }
        END { if (FNR - 1 != n) print "rows: " FNR - 1 ", not " n
            if (kind == "accuracy") value = hits / n
            if (kind == "matthews") { d = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
                value = d > 0 ? (tp * tn - fp * fn) / sqrt(d) : 0 }
            if (kind == "pearson") value = (n * sxy - sx * sy) / \
                sqrt((n * sxx - sx * sx) * (n * syy - sy * sy))
            printf "%.3f\n", value }' - "$T/zip/$1"
}

# ---- all tasks ----
ev --predict --out "$T/out" >"$T/table" 2>"$T/err"
is "--predict ends with 0" $? 0
ok "and says what it wrote" grep -qF "$T/out/submission.zip is written" "$T/err"
is "every run came out the same the second time" "$(grep -c 'made again it scores' "$T/err")" 0
ok "another program unpacks the archive" unpack "$T/out/submission.zip" "$T/zip"
is "it has the eleven files" "$(ls "$T/zip" | tr '\n' ' ')" "AX.tsv CoLA.tsv MNLI-m.tsv \
MNLI-mm.tsv MRPC.tsv QNLI.tsv QQP.tsv RTE.tsv SST-2.tsv STS-B.tsv WNLI.tsv "
while read -r task file dev column head kind score; do
    is "$file's answers score what its dev set did" "$(scored "$file.tsv" "$dev" "$column" "$head" \
        "$kind")" "$(best "$task" "$score")"
done <<END
CoLA CoLA CoLA/dev.tsv 2 0 matthews matthews
SST-2 SST-2 SST-2/dev.tsv 2 1 accuracy accuracy
MRPC MRPC MRPC/dev.tsv 1 1 accuracy accuracy
QQP QQP QQP/dev.tsv 6 1 accuracy accuracy
MNLI MNLI-m MNLI/dev_matched.tsv 16 1 accuracy accuracy_m
QNLI QNLI QNLI/dev.tsv 4 1 accuracy accuracy
RTE RTE RTE/dev.tsv 4 1 accuracy accuracy
WNLI WNLI WNLI/dev.tsv 4 1 accuracy accuracy
END
ev -q --tasks STS-B --lr 3e-3 --seeds 1 --epochs 60 --dropout 0 --evaluation last --predict \
    --out "$T/longer" >/dev/null && unpack "$T/longer/submission.zip" "$T/long"
mv "$T/long/STS-B.tsv" "$T/zip"
is "STS-B's answers score what its dev set did" "$(scored STS-B.tsv STS-B/dev.tsv 10 1 pearson)" \
    "$(sed 's/.*"last":{"pearson":\([^,]*\),.*/\1/' "$T/longer/runs.jsonl" | xargs printf %.3f)"
is "STS-B has three places, from 0 to 5" "$(sed 1d "$T/zip/STS-B.tsv" | cut -f2 |
    grep -vcE '^[0-4]\.[0-9]{3}$|^5\.000$')" 0
is "MNLI, AX, QNLI and RTE are answered in words" "$(sed -s 1d "$T/zip/MNLI-m.tsv" \
    "$T/zip/MNLI-mm.tsv" "$T/zip/AX.tsv" "$T/zip/QNLI.tsv" "$T/zip/RTE.tsv" | cut -f2 |
    grep -vcE '^(contradiction|entailment|neutral|not_entailment)$')" 0
is "the rows of AX are those of the diagnostic set" "$(wc -l <"$T/zip/AX.tsv")" \
    "$(wc -l <"$G/AX/diagnostic.tsv")"

# ---- once more, with several processes, and interrupted ----
cp "$T/out/submission.zip" "$T/first.zip"
ev --predict --out "$T/out" 2>"$T/err" >/dev/null
is "answers that are there are not computed again" "$(grep -c 'made again\|epoch' "$T/err")" 0
ok "and the archive has the same bytes" cmp -s "$T/first.zip" "$T/out/submission.zip"
rm -r "$T/out/predictions" "$T/out/submission.zip"
unset RANK WORLD_SIZE MASTER_ADDR MASTER_PORT OMPI_COMM_WORLD_SIZE PMI_SIZE PMIX_RANK
export WORLD_SIZE=2 MASTER_ADDR=localhost MASTER_PORT=$((19000 + $$ % 4000))
RANK=1 ev -q --predict --out "$T/out" >/dev/null & other=$!
RANK=0 ev -q --predict --out "$T/out" >/dev/null; first=$?
wait $other
is "two processes share the tasks" "$first $?" "0 0"
unset WORLD_SIZE MASTER_ADDR MASTER_PORT
ok "and make the same archive" cmp -s "$T/first.zip" "$T/out/submission.zip"
rm -r "$T/out/predictions"
"$BIN/glue-eval" $grid -q --predict --out "$T/out" >/dev/null & pid=$!
for _ in $(seq 600); do [ -e "$T/out/predictions/CoLA"* ] && break; sleep 0.02; done 2>/dev/null
kill -TERM $pid; wait $pid
is "a signal stops it with 75" $? 75
ev -q --predict --out "$T/out" >/dev/null
ok "and it goes on to the same archive" cmp -s "$T/first.zip" "$T/out/submission.zip"

# ---- some tasks, other epochs, faults ----
ev --predict --tasks rte,CoLA --evaluation last --out "$T/out" 2>"$T/err" >/dev/null
unpack "$T/out/submission.zip" "$T/zip"
ok "sets that were not asked for are named" grep -q \
    'warning: .* as there are no answers, in SST-2, MRPC, STS-B, .*, WNLI$' "$T/err"
is "and have the official number of rows, of the first class" "$(sed 1d "$T/zip/QNLI.tsv" |
    cut -f2 | sort | uniq -c | tr -s ' ')" " 5463 entailment"
for pick in best last; do # of a run whose best epoch is not its last
    ev --predict --tasks WNLI --lr 1e-2 --seeds 1 --evaluation $pick --out "$T/pick" 2>"$T/$pick" \
        >/dev/null
done
epoch=$(sed 's/.*"best_epoch":\([0-9]*\).*/\1/' "$T/pick/runs.jsonl")
ok "--evaluation best is answered by that epoch" grep -q "test set by epoch $epoch\$" "$T/best"
ok "--evaluation last by the last" grep -q "test set by epoch 3\$" "$T/last"
is "which are two" "$([ "$epoch" != 3 ] && ls "$T/pick/predictions" | wc -l)" 2
rm "$G/RTE/test.tsv"
exits 1 "RTE/test.tsv" glue-eval --predict --data "$G" --model "$T/model" --tasks RTE --quick \
    --out "$T/none"
ok "a test set that is missing is told before the first run" test ! -s "$T/none/runs.jsonl"
sed '3s/$/\tmore/' "$G/SST-2/test.tsv" >"$T/x" && mv "$T/x" "$G/SST-2/test.tsv"
exits 1 "SST-2/test.tsv:3: the row has 3 fields, not 2" glue-eval --predict --data "$G" \
    --model "$T/model" --tasks SST-2 --dry-run
sed '1s/$/\tlabel/; 2,$s/$/\t-1/' "$G/CoLA/test.tsv" >"$T/x" && mv "$T/x" "$G/CoLA/test.tsv"
is "a column of labels that say nothing is passed over" "$(glue-eval -q --predict --data "$G" \
    --model "$T/model" --tasks CoLA --dry-run | awk '$1 == "CoLA/test.tsv" { print $2 }')" \
    "$(($(wc -l <"$G/CoLA/test.tsv") - 1))"
exits 2 "--predict answers by the best runs of the whole grid" glue-eval --predict --part 1/2 \
    --data "$G" --model "$T/model" --out "$T/none"
sed 's/"accuracy":0\.[0-9]*/"accuracy":0.0123/g' "$T/out/runs.jsonl" >"$T/x" &&
    mv "$T/x" "$T/out/runs.jsonl"
rm -r "$T/out/predictions"
exits 0 "made again it scores" glue-eval $grid --predict --tasks WNLI --out "$T/out"
done_testing
