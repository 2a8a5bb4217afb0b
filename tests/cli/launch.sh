#!/bin/sh
# launch.sh -- several processes without MPI: known by torchrun's variables, or srun's, and joined
# by TCP.  The launchers are played here: what they leave in the environment is all that is
# asked of them.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/traindata.sh"

unset RANK WORLD_SIZE MASTER_ADDR MASTER_PORT OMPI_COMM_WORLD_SIZE PMI_SIZE PMIX_RANK
export LSAN_OPTIONS=detect_leaks=0
port=$((15000 + $$ % 4000))
team=$HELPER/../ops/team_test
by_torchrun() { rank=$1; shift; RANK=$rank WORLD_SIZE=$ranks MASTER_ADDR=localhost \
    MASTER_PORT=$port exec "$@"; }
by_elastic() { TORCHELASTIC_USE_AGENT_STORE=True TORCHELASTIC_RUN_ID=$$ by_torchrun "$@"; }
by_srun() {
    rank=$1; shift
    SLURM_PROCID=$rank SLURM_STEP_NUM_TASKS=$ranks SLURM_STEP_NODELIST='localhost,gpu[01-04]' \
        SLURM_JOB_ID=$$ SLURM_STEP_ID=$port exec "$@"
}
start() { # start HOW COMMAND...: all ranks in the background, the last first; $T/pid.RANK
    how=$1; shift
    rank=$ranks
    while [ $rank -gt 0 ]; do
        rank=$((rank - 1))
        (by_$how $rank "$@") >"$T/out.$rank" 2>"$T/err.$rank" & echo $! >"$T/pid.$rank"
    done
}
finish() { # wait for all: $statuses, 0 first
    statuses=
    rank=0
    while [ $rank -lt $ranks ]; do
        wait "$(cat "$T/pid.$rank")"; statuses="$statuses $?"
        rank=$((rank + 1))
    done
}

# ---- sums, and a rank that is late: the same program as under mpirun ----
for how in torchrun elastic srun; do
    ranks=3
    start $how timeout 60 "$team"
    wait "$(cat "$T/pid.0")"
    kill "$(cat "$T/pid.2")"
    finish
    is "$how: what is promised of a team holds over TCP" "1..$(grep -c '^ok' "$T/out.0")" \
        "$(tail -n 1 "$T/out.0")"
done

# ---- training ----
train_data "$T/data" 32 1 || { ok "the data directory is made" false; done_testing; }
small="--data $T/data --layers 1 --hidden 32 --heads 2 --ffn 64 --batch 8 --lr 1e-3 --warmup 4"
small="$small --steps 8"
small="$small --log-every 1 --save-every 4 --eval-every 4 -q -j 1 --comm-timeout 20s"
small="$small --check-every 1"
rounded() {
    sed -n 's/,"tokens_per_s".*//;
        s/\(loss":[0-9]*\.[0-9]\{4\}\)[0-9]*/\1/g;
        s/\(norm":[0-9]*\.[0-9]\{3\}\)[0-9]*/\1/; p' "$1/log.jsonl"
}
ranks=2
train $small --out "$T/one"
start torchrun train $small --out "$T/two"; finish
is "two processes end with 0" "$statuses" " 0 0"
is "and have the log of one, to rounding" "$(rounded "$T/two")" "$(rounded "$T/one")"
start srun train $small --bucket 4K --out "$T/again"; finish
ok "the same bits by another launcher, and in many small sums" same_model "$T/two/latest" \
    "$T/again/latest"

# ---- a port that is taken: by one who says nothing, and by another job ----
port=$((port + 1))
"$HELPER/listen" $port & listener=$!
start torchrun train $small --out "$T/taken"; finish
ok "another listens at the port" kill $listener
is "and is passed over" "$statuses" " 0 0"
start torchrun train $small --out "$T/job1"
for rank in 0 1; do mv "$T/pid.$rank" "$T/first.$rank"; done
(export TORCHELASTIC_RUN_ID=other; start torchrun train $small --out "$T/job2"; finish
echo "$statuses" >"$T/second")
wait "$(cat "$T/first.0")"; statuses=$?; wait "$(cat "$T/first.1")"
is "two jobs at one port do not mix" "$statuses $? $(cat "$T/second")" "0 0  0 0"

# ---- rank 0 is slow: calls that were given up lie before the one that counts ----
port=$((port + 1)) ranks=2
listens() { cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    grep -q ":$(printf %04X $port) [0-9A-F:]* 0A "; }
(by_torchrun 0 train $small --out "$T/slow") 2>"$T/err.0" & echo $! >"$T/pid.0"
tries=0
until listens || [ $((tries += 1)) -gt 100 ]; do sleep 0.1; done
ok "rank 0 listens" listens
kill -STOP "$(cat "$T/pid.0")"
(by_torchrun 1 train $small --out "$T/slow") 2>"$T/err.1" & echo $! >"$T/pid.1"
sleep 7
kill -CONT "$(cat "$T/pid.0")"
finish
is "a rank that had to call twice is known by its last call" "$statuses" " 0 0"

# ---- strangers call ----
port=$((port + 1))
begin_first() { # begin_first COMMAND...: rank 0, until it listens
    (by_torchrun 0 "$@") >"$T/out.0" 2>"$T/err.0" & echo $! >"$T/pid.0"
    tries=0
    until listens || [ $((tries += 1)) -gt 100 ]; do sleep 0.1; done
}
begin_first train $small --out "$T/strange"
"$HELPER/stranger" $port & stranger=$!
sleep 0.3
(by_torchrun 1 train $small --out "$T/strange") 2>"$T/err.1" & echo $! >"$T/pid.1"
finish
is "strangers who call rank 0 are passed over" "$statuses" " 0 0"
wait $stranger
is "three of them did" $? 0

# ---- another number of processes, the same number twice, too many for the open files allowed ----
port=$((port + 1))
begin_first train $small --comm-timeout 4s --out "$T/x"
exits 1 "rank 0 was started as one of 2, this rank 1 as one of 3" \
    env RANK=1 WORLD_SIZE=3 MASTER_ADDR=localhost MASTER_PORT=$port "$BIN/train" $small --out "$T/x"
wait "$(cat "$T/pid.0")"
ok "rank 0 waits on, and says who is missing" grep -q 'rank 1 does not come, for 4 s now' "$T/err.0"
port=$((port + 1)) ranks=3
begin_first train $small --comm-timeout 4s --out "$T/x"
(by_torchrun 1 train $small --comm-timeout 4s --out "$T/x") 2>"$T/err.1" & echo $! >"$T/pid.1"
(by_torchrun 1 train $small --comm-timeout 4s --out "$T/x") 2>"$T/err.2" & echo $! >"$T/pid.2"
finish
is "two with the same rank: all end with 1" "$statuses" " 1 1 1"
twice='rank 0 knows another rank 1: two were started with that number'
is "and one of the two says why" "$(cat "$T/err.1" "$T/err.2" | grep -c "$twice")" 1
ranks=2
(
    ulimit -n 100
    exits 1 "a process has a connection to each of 60, and 100 open files are allowed" \
        env RANK=0 WORLD_SIZE=60 MASTER_ADDR=localhost MASTER_PORT=$port \
        "$BIN/train" $small --batch 60 --out "$T/x"
) >"$T/files"
ok "more processes than open files are told so at once" grep -q '^ok' "$T/files"

# ---- what is missing ----
exits 1 "RANK=2: a number from 0 to 1 is wanted" env RANK=2 WORLD_SIZE=2 MASTER_ADDR=localhost \
    MASTER_PORT=$port "$BIN/train" $small --out "$T/x"
exits 1 "WORLD_SIZE=2 tells of several processes, but MASTER_ADDR is not set" env RANK=0 \
    WORLD_SIZE=2 "$BIN/train" $small --out "$T/x"
exits 1 "WORLD_SIZE=2 tells of several processes, but RANK is not set" env WORLD_SIZE=2 \
    "$BIN/train" $small --out "$T/x"
exits 1 "RANK=1 tells of several processes, but WORLD_SIZE is not set" env RANK=1 \
    MASTER_ADDR=localhost "$BIN/train" $small --out "$T/x"
exits 1 "WORLD_SIZE=2000000000: a number from 1 to 65536 is wanted" env RANK=0 \
    WORLD_SIZE=2000000000 MASTER_ADDR=localhost MASTER_PORT=$port "$BIN/train" $small --out "$T/x"
exits 1 "MASTER_PORT=abc: a number from 1 to 65535 is wanted" env RANK=0 WORLD_SIZE=2 \
    MASTER_ADDR=localhost MASTER_PORT=abc "$BIN/train" $small --out "$T/x"
exits 1 "MASTER_ADDR=: a name of 1 to 255 bytes is wanted" env RANK=0 WORLD_SIZE=2 MASTER_ADDR= \
    MASTER_PORT=$port "$BIN/train" $small --out "$T/x"
exits 1 "srun has started several processes, but SLURM_PROCID is not set" env \
    SLURM_STEP_NUM_TASKS=2 "$BIN/train" $small --out "$T/x"
exits 1 "rank 1 does not come, for 1 s now" env RANK=0 WORLD_SIZE=2 MASTER_ADDR=localhost \
    MASTER_PORT=$port "$BIN/train" $small --comm-timeout 1s --out "$T/x"
exits 1 "rank 0 does not come (looked for on localhost), for 1 s now" \
    env RANK=1 WORLD_SIZE=2 MASTER_ADDR=localhost MASTER_PORT=$port "$BIN/train" $small \
    --comm-timeout 1s --out "$T/x"
ok "and nothing was touched" test ! -e "$T/x"

RANK=0 WORLD_SIZE=1 MASTER_ADDR=nowhere MASTER_PORT=$port train $small --stop-at 1 \
    --out "$T/single" 2>/dev/null
is "a world of one calls nobody" "$?" 75

# ---- signals and death ----
long="$small --bucket 4K --batch 64 --steps 100000 --save-every 100000 --eval-every 100000"
begin() {
    rm -rf "$T/l"
    start torchrun train $long --out "$T/l"
    while [ ! -s "$T/l/log.jsonl" ] && kill -0 "$(cat "$T/pid.0")" 2>/dev/null; do sleep 0.1; done
}
begin; kill -TERM "$(cat "$T/pid.1")"; finish
is "SIGTERM to one rank: all exit with 75" "$statuses" " 75 75"
long="$long --hidden 256 --batch 2" # most of a step is behind its sums
statuses_all= named=0
for try in 1 2 3; do
    begin; kill -9 "$(cat "$T/pid.1")"; finish
    statuses_all="$statuses_all$statuses"
    grep -q "step [0-9]*: rank 1 on $(uname -n) is gone: its connection is closed" "$T/err.0" &&
        named=$((named + 1))
done
is "rank 1 is killed: rank 0 ends at once" "$statuses_all" " 1 137 1 137 1 137"
is "and names it, with its host and the step, wherever in a step it is" "$named" 3
done_testing
