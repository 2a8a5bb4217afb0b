#!/bin/sh
# glue-eval.sh -- fine-tuning against Hugging Face's BERT (tests/golden/glue.py), the grid and its
# record, and what glue-eval says of files that are not as they should be.
. "$(dirname "$0")/../tap.sh"
G=tests/golden/glue

tiny() { "$HELPER/tiny-checkpoint" "$T/$1" $G/vocab.txt "$2" "${3:-2}"; }
tiny two "" 2 && tiny one "" 1 && tiny three "" 3 && tiny plain headless
ev() { glue-eval -q --data "${GLUE:-$G}" "$@"; }

# "TASK EPOCH LOSS SCORE..." of every evaluation in a runs.jsonl
evaluations() {
    sed -E 's/.*"task":"([^"]*)".*"evaluations":\[([^]]*)\].*/\1,\2/' "$1" |
        awk -F'[{}]' '{ sub(/,.*/, "", $1); for (i = 2; i < NF; i += 2) {
            gsub(/"[a-z0-9_]*":/, "", $i); gsub(/,/, " ", $i); print $1, $i } }'
}
# every number of $1 within $3 of its twin in $2
near() {
    paste -d' ' "$1" "$2" | awk -v eps="$3" '{ n = NF / 2; bad += $1 != $(n + 1)
        for (i = 2; i <= n; i++) { d = $i - $(n + i); if (d < 0) d = -d;
        if (!(d <= eps * ($i > 1 ? $i : 1))) { bad++; print "# " $0 } } }
        END { exit bad > 0 || NR == 0 }' && [ "$(wc -l <"$1")" = "$(wc -l <"$2")" ]
}

# ---- the numbers ----
for device in ref cpu; do
    for run in "two CoLA,SST2,MRPC,QQP,QNLI,RTE,WNLI" "one STS-B" "three MNLI"; do
        # whole batches and no dropout: nothing is random
        ev --model "$T/${run% *}" --tasks "${run#* }" --out "$T/golden-$device" --device $device \
            --batch 64 --dropout 0 \
            --lr 1e-2 --epochs 8 --seeds 1 --warmup 0.25 >"$T/table-$device"
    done
    evaluations "$T/golden-$device/runs.jsonl" | sort >"$T/got"
    sort $G/expected.txt >"$T/want"
    ok "$device as Hugging Face's BERT: losses and scores of 9 tasks, 8 epochs, to 0.00002" \
        near "$T/got" "$T/want" 2e-5
done
is "the table has a row a score and two averages" "$(wc -l <"$T/table-cpu")" 16
is "tasks not run show a dash" "$(grep '^RTE' "$T/table-cpu" | tr -s ' ')" "RTE accuracy - - - - 0"
ok "MNLI's dev sets are both scored" grep -q '^ *accuracy_mm .* 1 of 1$' "$T/table-cpu"
is "TUPE's average counts MNLI twice" "$(grep -c 'GLUE, as TUPE .*over 2 of 9 numbers' \
    "$T/table-cpu")" 1
is "TNF's average counts it once" "$(grep -c 'GLUE, as TNF .*over 1 of 8 numbers' "$T/table-cpu")" 1
ok "table.txt is what was printed" cmp -s "$T/table-cpu" "$T/golden-cpu/table.txt"
ok "scores.json is JSON with both averages" grep \
    -q '"glue_tnf":{"mean":0.[0-9]*,"numbers":1,"of":8}' "$T/golden-cpu/scores.json"

# The same runs in bf16: the fast backend loses by it at most twice what the definition does.
early() { # the losses of epochs 1 to 3 of a runs.jsonl: later ones magnify the first difference
    evaluations "$1" | awk '$2 <= 3 && ($1 == "CoLA" || $1 == "SST-2" || $1 == "RTE") {
        print $1, $2, $3 }' | sort
}
for device in ref cpu; do
    cp -R "$T/golden-$device" "$T/narrow-$device"
    ev --model "$T/two" --tasks CoLA,SST2,RTE --out "$T/narrow-$device" --device $device \
        --precision bf16 --batch 64 --dropout 0 --lr 1e-2 --epochs 8 --seeds 1 --warmup 0.25 \
        >/dev/null
    grep bf16 "$T/narrow-$device/runs.jsonl" >"$T/narrow.jsonl"
    early "$T/narrow.jsonl" >"$T/early-$device"
done
is "runs in bf16 are other runs" "$(grep -c '"eps":1e-06,"precision":"bf16","rows"' \
    "$T/narrow-cpu/runs.jsonl") $(wc -l <"$T/narrow-cpu/runs.jsonl")" "3 12"
early "$T/golden-cpu/runs.jsonl" | paste -d' ' - "$T/early-cpu" "$T/early-ref" >"$T/early"
is "bf16 loses on cpu at most twice what it does on ref, in the mean of 9 losses" \
    "$(awk 'function off(x) { return x < $3 ? $3 - x : x - $3 }
        { cpu += off($6); ref += off($9); n += $1 == $4 && $1 == $7 && $2 == $5 && $2 == $8 }
        END { print n, (ref > 0 && cpu > 0 && cpu <= 2 * ref) }' "$T/early")" "9 1"

# ---- the grid and its record ----
grid() { ev --model "$T/plain" --tasks CoLA,STS-B --lr 1e-3,1e-2 --seeds 2 --epochs 2 --batch 8 \
    "$@"; }
timeless() { sed 's/,"time":.*//' "$1" | sort; }
grid --out "$T/a" -j 1 >"$T/a.table"
is "a line a run" "$(wc -l <"$T/a/runs.jsonl")" 8
grid --out "$T/b" -j 2 --part 1/2 >/dev/null & first=$!
grid --out "$T/b" -j 2 --part 2/2 >/dev/null; second=$?
wait $first
is "two processes share a folder" "$? $second" "0 0"
is "two parts, 2 threads: the same lines" "$(timeless "$T/b/runs.jsonl")" \
    "$(timeless "$T/a/runs.jsonl")"
grid --output "$T/b" >"$T/b.table"
is "what is there is not run again" "$(wc -l <"$T/b/runs.jsonl")" 8
ok "and the table is the same" cmp -s "$T/a.table" "$T/b.table"
ok "seeds differ" test "$(sed 's/.*"evaluations"/"evaluations"/; s/,"time".*//' "$T/a/runs.jsonl" |
    sort -u | wc -l)" = 8
grid --out "$T/b" --evaluation last >"$T/b.last"
is "--evaluation needs no run" "$(wc -l <"$T/b/runs.jsonl")" 8
# medians by hand: the best lr of CoLA is the one with the higher mean of its two runs
best=$(sed -n 's/.*"task":"STS-B".*"lr":\([^,]*\),.*"last":{"pearson":\([^,]*\),.*/\1 \2/p' \
    "$T/b/runs.jsonl" |
    awk '{ sum[$1] += $2 } END { for (lr in sum) if (best == "" || sum[lr] > sum[best]) best = lr;
        printf "%.2f\n", 50 * sum[best] }')
is "the median at the best lr" "$(awk '$1 == "STS-B" { print $3 }' "$T/b.last")" "$best"
printf '{"run":"torn' >>"$T/b/runs.jsonl"
exits 0 "1 lines are not whole" glue-eval --data $G --model "$T/plain" --tasks CoLA --lr 1e-3 \
    --seeds 1 --epochs 1 --out "$T/b"
is "a torn line spoils only itself" "$(grep -c '^{"run":"[^"]*",.*}}$' "$T/b/runs.jsonl")" 9
ev --model "$T/plain" --tasks rte --lr 1e-3 --seeds 1 --epochs 1 --batch 40 --out "$T/one" \
    >/dev/null
ev --model "$T/plain" --tasks rte --lr 1e-3 --seeds 1 --epochs 1 --batch 40 --dropout 0.2 \
    --out "$T/one" >/dev/null
is "another dropout is another run" "$(wc -l <"$T/one/runs.jsonl")" 2
ev --quick --model "$T/plain" --tasks RTE --out "$T/quick" >/dev/null
ok "--quick is one run: lr 5e-5, 2 epochs" grep -q '"epochs":2,.*"lr":5e-05' "$T/quick/runs.jsonl"
is "a constant guess scores 0 with a warning" "$(glue-eval --data $G --model "$T/one" \
    --tasks STS-B --quick --lr 1e-9 --epochs 1 --dropout 0 --out "$T/x" 2>&1 >/dev/null |
    grep -c 'warning.*0/0')" 0

# ---- several processes share the grid ----
unset RANK WORLD_SIZE MASTER_ADDR MASTER_PORT OMPI_COMM_WORLD_SIZE PMI_SIZE PMIX_RANK
ranked() { # ranked RANK COMMAND...: as one of two that torchrun has started
    rank=$1; shift
    RANK=$rank WORLD_SIZE=2 MASTER_ADDR=localhost MASTER_PORT=$((15000 + $$ % 4000)) "$@"
}
(ranked 1 grid --out "$T/r") >"$T/r.other" & other=$!
ranked 0 grid --out "$T/r" --no-quiet >"$T/r.table" 2>"$T/r.err"; first=$?
wait $other
is "two processes end with 0" "$first $?" "0 0"
ok "and say that they share" grep -q '2 processes (WORLD_SIZE) share the runs' "$T/r.err"
is "each run is made once" "$(wc -l <"$T/r/runs.jsonl")" 8
is "with the lines of one process" "$(timeless "$T/r/runs.jsonl")" "$(timeless "$T/a/runs.jsonl")"
ok "rank 0 prints the table" cmp -s "$T/a.table" "$T/r.table"
is "rank 1 nothing" "$(wc -c <"$T/r.other")" 0
(ranked 1 grid --out "$T/r2" --part 2/3) >/dev/null & other=$!
ranked 0 grid --out "$T/r2" --part 2/3 >/dev/null; wait $other
grid --out "$T/r3" --part 2/3 >/dev/null
is "of a part they make that part" "$(timeless "$T/r2/runs.jsonl")" "$(timeless "$T/r3/runs.jsonl")"
is "which is 3 of 8" "$(wc -l <"$T/r2/runs.jsonl")" 3
long="--model $T/plain --data $G --tasks CoLA --lr 1e-3 --seeds 4 --epochs 60 --batch 8"
RANK=1 WORLD_SIZE=2 MASTER_ADDR=localhost MASTER_PORT=$((15000 + $$ % 4000)) "$BIN/glue-eval" \
    -q $long --out "$T/died" 2>/dev/null & other=$!
(ranked 0 glue-eval $long --out "$T/died") >/dev/null 2>"$T/died.err" & first=$!
for _ in $(seq 600); do [ -s "$T/died/runs.jsonl" ] && break; sleep 0.1; done
kill -9 $other; wait $first
is "rank 1 is killed: rank 0 fails" $? 1
ok "and names it" grep -q "rank 1 on $(uname -n) is gone" "$T/died.err"

# ---- stopping ----
for signal in TERM USR1 USR2 URG XCPU; do
    rm -rf "$T/stop"
    glue-eval --data $G --model "$T/plain" --tasks CoLA --lr 1e-3 --seeds 3 --epochs 60 --batch 8 \
        --out "$T/stop" >/dev/null 2>"$T/stop.err" &
    pid=$!
    for _ in $(seq 600); do [ -s "$T/stop/runs.jsonl" ] && break; sleep 0.1; done
    kill -$signal $pid; wait $pid
    is "SIG$signal: exit status 75" $? 75
    ok "and says why, and how far it is" grep -q \
        "stopped (SIG$signal): [12] of 3 runs are recorded" "$T/stop.err"
    is "nothing half is recorded" "$(grep -vc '}}$' "$T/stop/runs.jsonl")" 0
done

# ---- what changes while it runs ----
mkdir "$T/glue"; cp -R $G/. "$T/glue"; cp -R "$T/plain" "$T/moving"
begin() { # begin LINES: a grid of six runs, up to so many lines of its record
    glue-eval --data "$T/glue" --model "$T/moving" --tasks CoLA,RTE --lr 1e-3 --seeds 3 \
        --epochs 60 --batch 8 -q --out "$T/changed" >/dev/null 2>"$T/changed.err" &
    pid=$!
    for _ in $(seq 600); do
        [ -e "$T/changed/runs.jsonl" ] && [ "$(wc -l <"$T/changed/runs.jsonl")" = "$1" ] && break
        sleep 0.05
    done
}
begin 1; tail -1 $G/RTE/train.tsv >>"$T/glue/RTE/train.tsv"; wait $pid
is "a file that changes before its turn is told" \
    "$? $(cat "$T/changed.err") $(wc -l <"$T/changed/runs.jsonl")" \
    "1 glue-eval: $T/glue/RTE/train.tsv: has changed since it was checked 3"
begin 4; printf X | dd of="$T/moving/model.safetensors" bs=1 seek=9999 conv=notrunc 2>/dev/null
wait $pid
is "so is a checkpoint, and no run is recorded that may be of it" \
    "$? $(cat "$T/changed.err") $(wc -l <"$T/changed/runs.jsonl")" \
    "1 glue-eval: $T/moving: has changed since it was checked: the run at hand is not recorded 4"

# ---- faults of the tasks ----
fault() { # fault TASK FILE: a copy of the tasks whose FILE comes from standard input
    rm -rf "$T/glue"; mkdir "$T/glue"; cp -R $G/. "$T/glue"; cat >"$T/glue/$1"
}
refuses() { exits 1 "$1" glue-eval --data "$T/glue" --model "$T/plain" --tasks "$2" --dry-run; }
sed '3s/\t[^\t]*$//' $G/RTE/train.tsv | fault RTE/train.tsv
refuses "RTE/train.tsv:3: the row has 3 fields, not 4" RTE
sed '4s/\t/\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t/' $G/CoLA/dev.tsv |
    fault CoLA/dev.tsv; refuses "CoLA/dev.tsv:4: the row has at least 17 fields, not 4" CoLA
sed '7s/entailment/maybe/' $G/MNLI/train.tsv | tr -d '\r' | sed '7s/\t[^\t]*$/\tmaybe/' |
    fault MNLI/train.tsv
refuses 'MNLI/train.tsv:7: the label "maybe" is none of contradiction, entailment, neutral' MNLI
sed '2s/[^\t]*$/5.5/' $G/STS-B/dev.tsv | fault STS-B/dev.tsv
refuses 'STS-B/dev.tsv:2: the label "5.5" is not a number from 0 to 5' STS-B
sed '2s/[^\t]*$/nan/' $G/STS-B/dev.tsv | fault STS-B/dev.tsv
refuses 'the label "nan" is not a number' STS-B
cat $G/STS-B/train.tsv | fault QQP/train.tsv
refuses "QQP/train.tsv:1: the header has 10 columns, not 6" QQP
cat $G/RTE/train.tsv | sed '1s/label/lable/' | fault RTE/train.tsv
refuses 'RTE/train.tsv:1: column 4 of the header is not "label"' RTE
printf '' | fault SST-2/dev.tsv;                                    refuses \
    "SST-2/dev.tsv: the file is empty" SST-2
printf 'sentence\tlabel\n' | fault SST-2/dev.tsv
refuses "SST-2/dev.tsv: no rows" SST-2
printf 'sentence\tlabel\na\000cat\t1\n' | fault SST-2/dev.tsv
refuses "SST-2/dev.tsv: byte 16 is NUL" SST-2
rm "$T/glue/SST-2/dev.tsv";                                         refuses "SST-2/dev.tsv" SST-2
{ cat $G/SST-2/train.tsv; head -c 1000000 /dev/zero | tr '\0' c; printf ' cat\t1\n\n\n'; } |
    fault SST-2/train.tsv
is "a line of 1 MB is one example, empty lines at the end are none" \
    "$(GLUE=$T/glue ev --dry-run --model "$T/plain" --tasks SST-2 |
    awk '$1 == "SST-2/train.tsv" { print $2, $3 }')" "41 0"
printf 'sentence\tlabel\nthe \377 cat\t1\n\377\t0\n' | fault SST-2/dev.tsv
exits 0 "SST-2/dev.tsv: 2 ill-formed UTF-8 sequences" glue-eval --data "$T/glue" \
    --model "$T/plain" --tasks SST-2 --quick --epochs 1 --out "$T/x"
exits 0 "QQP/train.tsv: 1 rows lack fields and are left out, the first in line 7" glue-eval \
    --dry-run --data $G --model "$T/plain" --tasks QQP
exits 0 "RTE/dev.tsv: 23 rows; the official file has 277" glue-eval --dry-run --data $G \
    --model "$T/plain" --tasks RTE
is "quotes, a byte order mark, CR LF: rows, tokens, longest and truncated are Hugging Face's" \
    "$(ev --dry-run --model "$T/plain" | sed 1d | tr -s ' ' |
    sed 's/QQP.train.tsv 40 1/QQP\/train.tsv 40 0/')" "$(cat $G/sizes.txt)"
sed '1s/$/\tlabel/; 2,$s/$/\tneutral/; 3s/neutral/entailment/' $G/AX/diagnostic.tsv |
    fault AX/diagnostic.tsv
GLUE=$T/glue ev --model "$T/three" --tasks MNLI --quick --out "$T/ax" >"$T/ax.table"
ok "the diagnostic set is scored where its labels are" grep -q '^ *matthews_ax ' "$T/ax.table"

# ---- faults of the checkpoint ----
model() { exits 1 "$1" glue-eval --data $G --tasks RTE --quick --out "$T/x" --model "$T/$2"; }
mkdir "$T/empty";                       model "not a checkpoint" empty
model "no-such-folder" no-such-folder
mkdir "$T/run"; cp -R "$T/plain" "$T/run/step-00000003"; model "run/step-00000003/trainer.json" run
tiny missing missing;                   model "bert.encoder.layer.1.output.LayerNorm.bias" missing
tiny shape shape;                       model "bert.encoder.layer.0.attention.self.query.weight" \
    shape
tiny vocab vocab;                       model "do not belong together" vocab
model "classifier.weight" three
mkdir "$T/short"; cp "$T/plain/model.safetensors" "$T/plain/tokenizer.json" "$T/short"
sed 's/\("max_position_embeddings":\) *[0-9]*/\1 2/' "$T/plain/config.json" >"$T/short/config.json"
model "an input of 2 tokens is too short" short
tiny broken nan
exits 0 "broke at step 1" glue-eval --data $G --tasks RTE --quick --out "$T/broken.out" \
    --model "$T/broken"
ok "a run that breaks is recorded with 0" grep \
    -q '"best":{"accuracy":0},"last":{"accuracy":0},"undefined":true,"broke_at_step":1' \
    "$T/broken.out/runs.jsonl"
cp -R "$T/plain" "$T/cut"; truncate -s -5 "$T/cut/model.safetensors"; model "model.safetensors" cut

mkdir -p "$T/closed/runs.jsonl"
exits 1 "$T/closed/runs.jsonl" glue-eval --data $G --tasks RTE --lr 1e-3 --epochs 1000 \
    --model "$T/plain" --out "$T/closed"
is "a folder that cannot be written to is told before the first run" \
    "$(grep -c 'epoch 1 of' "$T/.err")" 0

# ---- wrong calls ----
wrong() { exits 2 "$@"; }
wrong "--model is missing" glue-eval --data $G --out "$T/x"
wrong "--data is missing" glue-eval --model "$T/plain" --out "$T/x"
wrong "--model is missing" glue-eval --model '' --data $G --out "$T/x"
wrong "--data is missing" glue-eval --model "$T/plain" --data '' --out "$T/x"
wrong "--out is missing" glue-eval --model "$T/plain" --data $G
wrong '"SNLI" is not a value of --tasks' glue-eval --model "$T/plain" --data $G --out "$T/x" \
    --tasks RTE,SNLI
wrong '"2e-5," is not a value of --lr' glue-eval --model "$T/plain" --data $G --out "$T/x" \
    --lr 2e-5,
wrong '"9/8" is not a value of --part' glue-eval --model "$T/plain" --data $G --out "$T/x" \
    --part 9/8
wrong '"extra" is not an option' glue-eval --model "$T/plain" --data $G --out "$T/x" extra
ev --model "$T/plain" --tasks rte --lr 1e-3 --seeds 1 --epochs 1 --batch 40 --out "$T/one" \
    >/dev/full 2>"$T/full"
is "a full disk is a failure" "$? $(grep -c 'glue-eval: .*No space' "$T/full")" "1 1"
done_testing
