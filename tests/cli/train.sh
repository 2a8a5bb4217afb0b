#!/bin/sh
# train.sh -- what train promises besides learning: options, files, schedule, resuming in the same
# bits, and what it does when something goes wrong.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/traindata.sh"

# One layer of 32, 12 steps of 8 sequences: a run takes a blink.
small="--layers 1 --hidden 32 --heads 2 --ffn 64 --batch 8 --lr 1e-3 --warmup 4 --steps 12"
small="$small --log-every 1 --save-every 4 --eval-every 6 -q -j 1"

# ---- called wrongly ----
exits 2 "unknown option --colour" train --colour
exits 2 "--data DIR is missing" train --out "$T/run"
exits 2 "--out RUN is missing" train --data "$T/data"
exits 2 "there are no operands" train --data "$T/data" --out "$T/run" corpus
exits 2 "is not a value of --position" train --data "$T/data" --out "$T/run" --position none
exits 2 "is not a value of --dropout" train --data "$T/data" --out "$T/run" --dropout 1
exits 2 "--warmup 9 is more than --steps 8" train --data "$T/data" --out "$T/run" --warmup 9 \
    --steps 8
exits 2 "say how many --heads" train --data "$T/data" --out "$T/run" --hidden 100
exits 2 "no multiple of --heads" train --data "$T/data" --out "$T/run" --hidden 64 --heads 3
exits 2 '--decay-exclude: "norms" is no group' train --data "$T/data" --out "$T/run" \
    --decay-exclude bias,norms
for option in "--candidates 12" --candidates-distinct "--controller-divider 2"; do
    exits 2 "${option%% *} goes with --objective mc, not with electra" \
        train --data "$T/data" --out "$T/run" --objective electra $option
done
exits 2 "--choice-weight goes with --objective electra or mc, not with mlm" \
    train --data "$T/data" --out "$T/run" --choice-weight 20
for option in "--notes-weight 0.25" "--notes-decay 0.2" "--notes-window 8" "--notes-scale match"; do
    exits 2 "${option%% *} goes with --notes" train --data "$T/data" --out "$T/run" $option
done
exits 2 "is not a value of --steps" train --data "$T/data" --out "$T/run" --steps 2147483648
exits 2 "is not a value of --candidates" train --data "$T/data" --out "$T/run" --objective mc \
    --candidates 1
exits 1 "$T/none" train --data "$T/none" --out "$T/run" $small
ok "a run directory is not made for data that is not there" test ! -e "$T/run"

train_data "$T/data" 32 1 || { ok "the data directory is made" false; cat "$T/data.err"
    done_testing; }
train_data "$T/other" 32 2

# ---- the plan ----
# Parameters by hand: words, positions, two types, a layer norm; a layer has four products of C x C,
# two of C x F, their biases and two layer norms; the head has one of C x C, a layer norm, a bias.
train --data "$T/data" --out "$T/plan" $small --position absolute --dry-run >"$T/plan.txt"
vocab=$(sed -n 's/^model .* inner [0-9]*, \([0-9]*\) tokens.*/\1/p' "$T/plan.txt")
C=32 F=64 P=32
want=$((vocab * C + P * C + 2 * C + 2 * C + 4 * (C * C + C) + 2 * C * F + F + C
    + 4 * C + C * C + C + 2 * C + vocab))
is "--dry-run counts the parameters" "$(sed -n 's/^parameters *//p' "$T/plan.txt")" "$want"
ok "--dry-run touches nothing" test ! -e "$T/plan"
ok "it prints the resolved options" grep -qx 'micro-batch = 8' "$T/plan.txt"
exits 1 "standard output" sh -c 'exec train --data "$1" --dry-run >/dev/full' sh "$T/data"

# More positions than the data has: the rest of the table, and nothing else.
train --data "$T/data" $small --position absolute --positions 64 --dry-run >"$T/plan.txt"
is "--positions are parameters" "$(sed -n 's/^parameters *//p' "$T/plan.txt")" $((want + 32 * C))
exits 1 "has sequences of 32 tokens, more than --positions 31" train --data "$T/data" \
    --positions 31 --dry-run
for position in absolute tupe-r; do
    for positions in 0 64; do
        train --data "$T/data" --out "$T/p$positions-$position" $small --position $position \
            --positions $positions --dropout 0 --stop-at 4
    done
    is "$position: they change no loss" "$(numbers "$T/p64-$position")" \
        "$(numbers "$T/p0-$position")"
done
exits 1 "was trained with --positions 64, not 32" train --data "$T/data" \
    --out "$T/p64-absolute" $small --position absolute --dropout 0
train_data "$T/longer" 64 1
cp "$T/p64-absolute/latest/tokenizer.json" "$T/longer.json"
tokenize -q -m "$T/longer.json" "$T/longer.txt" | shard -q --seq-len 64 --valid 0.05 -o "$T/long"
train --data "$T/long" --out "$T/phase" $small --position absolute --stop-at 1 \
    --init "$T/p64-absolute/latest"
is "longer sequences begin with what shorter ones have left" $? 75

# A vocabulary without [NOTA] gets one word more for mc: that is the one whose size counts.
awk 'BEGIN { print "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]";
    for (i = 5; i < 32767; i++) print "w" i }' >"$T/words.txt"
head -50 "$T/data.txt" | tokenize -q -m "$T/words.txt" | shard -q --seq-len 32 -o "$T/words"
set -- --data "$T/words" --out "$T/words-run" --layers 1 --hidden 65536 --heads 1 --ffn 1 -q
ok "32767 words of 65536 are a model" sh -c \
    'train "$@" --dry-run | grep -q "65536, 1 heads, inner 1, 32767 tokens"' sh "$@"
exits 1 "a vocabulary of 32768 by a hidden size of 65536 is more than 2^31 - 1 parameters (of the \
vocabulary 32767 are in $T/words, and one is [NOTA], for --objective mc)" train "$@" --objective mc
ok "of one more no run is made" test ! -e "$T/words-run"

exits 1 "--out: a value with a line end in it cannot be kept in a configuration" \
    train --data "$T/data" --out "$T/a
lr = 5" $small

# ---- a run ----
train --data "$T/data" --out "$T/a" $small --position tupe-r 2>"$T/a.err"
is "a run ends with 0" "$?" 0
is "--quiet says nothing" "$(cat "$T/a.err")" ""
is "the last step is the newest checkpoint" "$(readlink "$T/a/latest")" step-00000012
is "three checkpoints are kept" "$(cd "$T/a" && echo step-*)" \
    "step-00000004 step-00000008 step-00000012"
is "a line a step" "$(grep -c '"loss"' "$T/a/log.jsonl")" 12
is "an evaluation every 6" "$(sed \
    -n 's/^{"step":\([0-9]*\),.*"valid_loss".*"valid_accuracy".*/\1/p' "$T/a/log.jsonl" |
    tr '\n' ' ')" "6 12 "
is "the keys of a line" "$(sed -n '3s/:[^,}]*//gp' "$T/a/log.jsonl")" \
    '{"step","epoch","tokens","loss","lr","grad_norm",'\
'"tokens_per_s","flop_utilisation","data_stall"}'
is "up in 4 steps, down in 8" "$(sed -n 's/.*"lr":\([^,]*\),.*/\1/p' "$T/a/log.jsonl" |
    tr '\n' ' ')" \
    "0.00025 0.0005 0.00075 0.001 0.000875 0.00075 0.000625 0.0005 0.000375 0.00025 0.000125 0 "
is "one events file" "$(ls "$T"/a/events.out.tfevents.* | wc -l | tr -d ' ')" 1
ok "RUN/config holds the options" grep -qx 'position = tupe-r' "$T/a/config"

train --config "$T/a/config" --out "$T/b" -j 2 -q
ok "from RUN/config, with two threads for one: the same bits" same_model "$T/a/latest" "$T/b/latest"
is "and the same log" "$(numbers "$T/b")" "$(numbers "$T/a")"
train --config "$T/a/config" --out "$T/s" --seed 2 -q
ok "another seed gives other bits" sh -c \
    '! cmp -s "$1/a/latest/model.safetensors" "$1/s/latest/model.safetensors"' sh "$T"
train --config "$T/a/config" --out "$T/m" --micro-batch 3 -q
is "in pieces of 3 sequences: the same losses to 5 digits" \
    "$(sed -n 's/.*"loss":\([0-9]*\.[0-9]\{4\}\).*/\1/p' "$T/m/log.jsonl")" \
    "$(sed -n 's/.*"loss":\([0-9]*\.[0-9]\{4\}\).*/\1/p' "$T/a/log.jsonl")"

tokenize -q -m "$T/data.json" "$T/data.txt" | shard -q --seq-len 32 --valid 0 -o "$T/all"
exits 0 "no validation split" train --data "$T/all" --out "$T/v" $small --no-quiet
is "which is said once" "$(grep -c evaluation "$T/.err")" 1
is "without a validation split: no evaluation" "$(grep -c valid_loss "$T/v/log.jsonl")" 0

# One sequence a step and one token of a thousand: steps without a word to predict.
for objective in mlm electra; do
    train --data "$T/data" --out "$T/few" $small --objective $objective --batch 1 --mask 0.001 \
        --no-quiet 2>"$T/few.err"
    is "$objective: no word to predict, no loss" "$? $(sed 's/:[^,}]*//g' "$T/few/log.jsonl" |
        sort | uniq -c | tr -d ' ')" '0 12{"step","epoch","tokens","lr","grad_norm",'\
'"tokens_per_s","flop_utilisation","data_stall"}'
    is "$objective: nor in the events" "$(grep -c loss "$T"/few/events.out.tfevents.*)" 0
    ok "$objective: nor an evaluation" grep -q 'step 6 of 12: no evaluation: in the valid' \
        "$T/few.err"
    is "$objective: show shows such a run" "$(show "$T/few" | grep -c grad_norm)" 1
    rm -rf "$T/few"
done

# ---- stopped and continued ----
train --data "$T/data" --out "$T/whole" $small
train --data "$T/data" --out "$T/parts" $small --stop-at 5
is "--stop-at saves there" "$? $(readlink "$T/parts/latest")" "75 step-00000005"
train --data "$T/data" --out "$T/parts" $small --stop-at 6
train --data "$T/data" --out "$T/parts" $small
ok "stopped twice, the same bits" same_model "$T/whole/latest" "$T/parts/latest"
is "and the same log" "$(numbers "$T/parts")" "$(numbers "$T/whole")"
rm -rf "$T/parts" "$T/whole"
train --data "$T/data" --out "$T/electra-relative" $small --position relative --objective electra
exits 1 "generator.safetensors: damaged" sh -c 'cp -R "$1" "$2"; printf X |
    dd of="$2/step-00000012/generator.safetensors" bs=1 seek=5000 conv=notrunc 2>/dev/null
    rm -rf "$2"/step-0000000*; train --config "$1/config" --out "$2"' sh "$T/electra-relative" \
        "$T/damaged"
exits 0 "has no generator: new" train --data "$T/data" --out "$T/from-mlm" $small \
    --objective electra --no-quiet \
    --position tupe-r --init "$T/a/latest"
train --data "$T/data" --out "$T/a" $small --position tupe-r
is "a run that is done is done" "$?" 0
train --data "$T/data" --out "$T/p" $small --position tupe-r --resume "$T/a/step-00000004"
ok "from a checkpoint of another run: the same bits" same_model "$T/a/latest" "$T/p/latest"
exits 0 "was trained with --device cpu; with ref" train --data "$T/data" --out "$T/r" $small \
    --position tupe-r \
    --resume "$T/a/step-00000008" --device ref --no-quiet

# ---- other ways to learn ----
train --data "$T/data" --out "$T/lamb" $small --optimizer lamb --mask-whole-words --stop-at 5
is "LAMB and whole words: stopped" "$?" 75
train --data "$T/data" --out "$T/lamb" $small --optimizer lamb --mask-whole-words -j 2
train --data "$T/data" --out "$T/lamb2" $small --optimizer lamb --mask-whole-words
ok "and continued with two threads: the same bits" same_model "$T/lamb/latest" "$T/lamb2/latest"
exits 1 "--optimizer lamb, not adamw" train --data "$T/data" --out "$T/lamb" $small \
    --mask-whole-words
exits 1 "--mask-whole-words yes, not no" train --data "$T/data" --out "$T/lamb" $small \
    --optimizer lamb

# ---- what must not differ ----
exits 1 "--lr 0.001, not 0.002" train --data "$T/data" --out "$T/a" $small --position tupe-r \
    --lr 2e-3
exits 1 "--decay-exclude none, not norm,bias" train --data "$T/data" --out "$T/a" $small \
    --position tupe-r --decay-exclude bias,norm
exits 1 "--seed 1, not 7" train --data "$T/data" --out "$T/a" $small --position tupe-r --seed 7
exits 1 "--position tupe-r, not absolute" train --data "$T/data" --out "$T/a" $small \
    --position absolute
exits 1 "with another data" train --data "$T/other" --out "$T/a" $small --position tupe-r
exits 1 "--resume no does not overwrite" train --data "$T/data" --out "$T/a" $small --resume no
exits 1 "its tokenizer.json is not that of" train --data "$T/other" --out "$T/n" $small \
    --position tupe-r --init "$T/a/latest"
exits 1 "$T/a: is a run, not a checkpoint; its newest is --init $T/a/latest" \
    train --data "$T/data" --out "$T/n" $small --position tupe-r --init "$T/a"
exits 1 "$T/a: is a run, not a checkpoint; its newest is --resume $T/a/latest" \
    train --data "$T/data" --out "$T/a" $small --position tupe-r --resume "$T/a"
exits 1 "--init: the name of the checkpoint is empty" \
    train --data "$T/data" --out "$T/n" $small --position tupe-r --init ''
cp -RL "$T/a/latest" "$T/meant"
meant() { # meant SCRIPT: the checkpoint with another config.json
    sed "$1" "$T/a/latest/config.json" >"$T/meant/config.json"
}
meant '/heads/s/2/4/'
exits 1 "$T/meant: has 4 attention heads, not 2" \
    train --data "$T/data" --out "$T/n" $small --position tupe-r --init "$T/meant"
meant '/hidden_act/s/gelu/gelu_new/'
exits 1 '"hidden_act" is "gelu_new"' \
    train --data "$T/data" --out "$T/n" $small --position tupe-r --init "$T/meant"
meant '/layer_norm_eps/s/: .*/: 1e-12,/'
exits 75 "warning: $T/meant: has layer_norm_eps 1e-12, this model 1e-05" \
    train --data "$T/data" --out "$T/n" $small --position tupe-r --init "$T/meant" --stop-at 1 \
    --no-quiet
ok "stopped by --stop-at it says how to go on" \
    grep -q '(--stop-at); call it again without it to go on' "$T/.err"
is "refusing changes nothing" "$(numbers "$T/a")" "$(numbers "$T/b")"

# ---- damage ----
cp -r "$T/a" "$T/d"
printf X | dd of="$T/d/step-00000012/model.safetensors" bs=1 seek=5000 conv=notrunc 2>/dev/null
exits 0 "step-00000012" train --config "$T/a/config" --out "$T/d" --no-quiet
ok "the newest is damaged: the one before is used, the same bits" same_model "$T/a/latest" \
    "$T/d/latest"
is "and the same log" "$(numbers "$T/d")" "$(numbers "$T/a")"

# The log: 14 lines, of steps 1 to 12 and evaluations behind steps 6 and 12, which are 7 and 14.
edit() { # edit NAME SCRIPT: a copy of the run that stands at step 8, its log edited
    rm -rf "${T:?}/$1"; cp -R "$T/a" "$T/$1"; rm -rf "$T/$1/step-00000012"
    sed "$2" "$T/a/log.jsonl" >"$T/$1/log.jsonl"
}
edited() { numbers "$T/a" | sed "$1"; }
edit j '3s/.*/{"step":3,"ep/; 5s/"step":5/"step":75/'
truncate -s -9 "$T/j/log.jsonl"
train --config "$T/a/config" --out "$T/j" --no-quiet 2>"$T/j.err"
is "damaged lines of the log stay, and no other is lost" "$? $(numbers "$T/j")" \
    "0 $(edited '3s/.*/{"step":3,"ep/; 5s/"step":5/"step":75/')"
is "they are told with file and line" "$(grep -F log.jsonl "$T/j.err")" \
    "train: warning: $T/j/log.jsonl:14: the line has no end: cut off
train: warning: $T/j/log.jsonl:3: cannot be read, or is of a later step than lines behind it, and \
so are others; left as it is"
edit j '11s/.*/half a line/; 12,14d'; printf '{"step":11,"ep' >>"$T/j/log.jsonl"
exits 0 "log.jsonl:12: the line has no end: cut off" \
    train --config "$T/a/config" --out "$T/j" --no-quiet
is "what is behind the step gone on from is cut, damaged or not" "$(numbers "$T/j")" \
    "$(numbers "$T/a")"
edit j '9q'; truncate -s -1 "$T/j/log.jsonl"
train --config "$T/a/config" --out "$T/j" --no-quiet 2>"$T/j.err"
is "a last line that lacks its end alone is whole" "$(grep -c log.jsonl "$T/j.err") \
$(numbers "$T/j")" "0 $(numbers "$T/a")"
edit j ''; events=$(ls "$T"/j/events.out.tfevents.*)
printf X | dd of="$events" bs=1 seek=300 conv=notrunc 2>/dev/null
exits 0 "warning: $events: damaged at byte" train --config "$T/a/config" --out "$T/j" --no-quiet
is "a damaged events file costs the log nothing" "$(numbers "$T/j")" "$(numbers "$T/a")"

rm -rf "$T"/j/step-* "$T/j/latest"
exits 75 "$T/j/log.jsonl: begun anew: there is no checkpoint of the steps that its 14 lines tell" \
    train --config "$T/a/config" --out "$T/j" --stop-at 1 --no-quiet

cp -RL "$T/a" "$T/copied"
exits 1 "$T/copied/latest: is a directory, not a link to a checkpoint beside it" \
    train --config "$T/a/config" --out "$T/copied"

cp -R "$T/a" "$T/e"
rm "$T/e/latest"; train --config "$T/a/config" --out "$T/e"
is "a link that is lost is made anew" "$(readlink "$T/e/latest")" step-00000012
cp -R "$T/a" "$T/e8"; printf X | dd of="$T/e8/step-00000012/trainer.json" bs=1 seek=50 \
    conv=notrunc 2>/dev/null
train --config "$T/a/config" --out "$T/e8" --resume auto --stop-at 8
is "the newest is damaged and no other is written: the link names the one before" \
    "$? $(readlink "$T/e8/latest")" "75 step-00000008"

# A file may not grow above 16 KB: what a full disk does, without one.
train --data "$T/data" --out "$T/full" $small --position tupe-r --stop-at 4
exits 1 "$T/full/step-00000012" sh -c 'ulimit -f 32; exec train "$@"' sh \
    --config "$T/full/config" --stop-at 0 --out "$T/full"
is "no room for a checkpoint: the old one stays" "$(readlink "$T/full/latest")" step-00000004
is "and one line is said" "$(wc -l <"$T/.err" | tr -d ' ')" 1
exits 1 "warning: step 5: no checkpoint: $T/full/step-00000005" \
    sh -c 'ulimit -f 32; exec train "$@"' sh --config "$T/full/config" --stop-at 0 \
    --save-every 1 --out "$T/full" --no-quiet
is "three in a row end the run" "$(tail -1 "$T/.err" | grep -c "$T/full/step-00000007")" 1
is "the log has what was learned since" "$(tail -1 "$T/full/log.jsonl" | cut -c1-9)" '{"step":7'
train --config "$T/full/config" --save-every 4 --out "$T/full" -q
ok "with room again: the same bits" same_model "$T/a/latest" "$T/full/latest"

# Weights that are not numbers: the last bytes of the file are those of some tensor.
mkdir "$T/nan"
cp -L "$T/a/latest/config.json" "$T/a/latest/tokenizer.json" "$T/a/latest/model.safetensors" \
    "$T/nan"
bytes=$(wc -c <"$T/nan/model.safetensors")
printf '\000\000\300\177' | dd of="$T/nan/model.safetensors" bs=1 seek=$((bytes - 4)) conv=notrunc \
    2>/dev/null
exits 1 "step 1:" train --data "$T/data" --out "$T/x" $small --position tupe-r --init "$T/nan"
ok "of what is not a number no checkpoint is written" test ! -e "$T/x/latest"

# ---- two at a time, and signals ----
long="--layers 1 --hidden 32 --heads 2 --ffn 64 --batch 512 --lr 1e-3 --warmup 0"
long="$long --steps 4000 -q -j 1"
train --data "$T/data" --out "$T/l" $long & pid=$!
while [ ! -s "$T/l/log.jsonl" ] && kill -0 $pid 2>/dev/null; do sleep 0.1; done
exits 1 "in use by another process" train --data "$T/data" --out "$T/l" $long
# No thread that computes may be interrupted: inside a product of oneDNN its stack pointer points
# into the heap.  Bits 9, 11, 14, 22 and 23 are USR1, USR2, TERM, URG and XCPU.
if [ -r /proc/$pid/task/$pid/status ]; then
    is "signals interrupt no thread but the one that waits for them" \
        "$(sed -n 's/^SigBlk:.*\(.\{6\}\)$/\1/p' /proc/$pid/status /proc/$pid/task/*/status |
            while read -r mask; do echo $((0x$mask & 0xc04a00)); done | sort -n | tr '\n' ' ')" \
            "0 12601856 12601856 12601856 "
else
    skip "signals interrupt no thread but the one that waits for them: no /proc"
fi
kill -TERM $pid; wait $pid
is "SIGTERM: a checkpoint and 75" "$?" 75
ok "it is whole" test -s "$T/l/latest/trainer.json"
was=$(readlink "$T/l/latest")
train --data "$T/data" --out "$T/l" $long --batch 512 & pid=$!
sleep 1; kill -USR1 $pid; kill -USR2 $pid; wait $pid
status=$?
ok "a second signal ends it at once (status $status)" test $status -gt 128 -o $status = 75
ok "the old checkpoint is there" test -s "$T/l/$was/trainer.json"
for signal in TERM USR1 USR2 URG XCPU; do
    train --data "$T/data" --out "$T/$signal" $small --steps 1000000 --save-every 1000000 \
        --eval-every 1000000 --no-quiet 2>"$T/signal.err" & pid=$!
    while [ ! -s "$T/$signal/log.jsonl" ] && kill -0 $pid 2>/dev/null; do sleep 0.1; done
    kill -$signal $pid; wait $pid
    is "SIG$signal: a checkpoint and 75, told" \
        "$? $(ls "$T/$signal/latest/trainer.json") $(tail -1 "$T/signal.err" |
            sed 's/[0-9][0-9]*/N/g')" "75 $T/$signal/latest/trainer.json train: step N of N: saved \
and stopping (SIG$(echo $signal | sed 's/[0-9]/N/')); call it again to go on"
    rm -rf "$T/$signal"
done
train --data "$T/data" --out "$T/moved" $small --steps 1000000 --save-every 1000000 \
    --eval-every 1000000 --no-quiet 2>"$T/moved.err" & pid=$!
while [ ! -s "$T/moved/log.jsonl" ] && kill -0 $pid 2>/dev/null; do sleep 0.1; done
echo '{"step":0}' >"$T/edited" && mv "$T/edited" "$T/moved/log.jsonl"
for _ in $(seq 100); do [ "$(wc -l <"$T/moved/log.jsonl")" -gt 3 ] && break; sleep 0.1; done
is "a log that is replaced is written on" \
    "$(sed -n 's/:[^,}]*,.*//; 1p; 3p' "$T/moved/log.jsonl" | tr '\n' ' ')" '{"step":0} {"step" '
ok "and that is told" grep -q 'log.jsonl: another file has taken its place' "$T/moved.err"
mv "$T/moved" "$T/away"; wait $pid
is "a run whose directory is gone ends" "$? $(tail -1 "$T/moved.err")" \
    "1 train: $T/moved/log.jsonl: cannot open for writing: No such file or directory"
train --data "$T/data" --out "$T/t" $long --time-limit 5s
is "--time-limit: 75" "$?" 75

# kill -9 at random instants of a run that mostly saves
many="$small --position tupe-r --save-every 1 --stop-at 0"
for delay in 0.11 0.16 0.23 0.31; do
    train --data "$T/data" --out "$T/k" $many & pid=$!
    sleep $delay; kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null
done
until_done train --data "$T/data" --out "$T/k" $many
ok "killed four times: the same bits" same_model "$T/a/latest" "$T/k/latest"
is "and the same log" "$(numbers "$T/k")" "$(numbers "$T/a")"
is "nothing unfinished is left" "$(ls -d "$T"/k/*.tmp 2>/dev/null)" ""
done_testing
