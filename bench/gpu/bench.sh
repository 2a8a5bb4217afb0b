#!/bin/sh
# bench.sh -- the GPU trainer beside PyTorch, and both beside what the GPU can do; under ten
# minutes, from the folder that `make bundle-gpu` made: bench/gpu/bench.sh [OUT]
#
#     ceiling   copy bandwidth, and cuBLASLt's products at the shapes of BERT-base    (ceiling.cu)
#     ops       each op at the shapes of a step: TFLOP/s or GB/s                      (bench/ops.c)
#     train     whole steps: absolute at 128; TUPE-R at 512, with mc, with notes
#     peers     cuDNN's attention alone; the same steps in compiled PyTorch      (peers/gpu_*.py)
#     warm      not unless asked for: the peers' first step alone, which leaves PyTorch's cache
#               filled, while the GPU does something else that is not measured
#
# PARTS chooses among them; each measurement has its own time limit and ends before SECONDS_ALL
# (540) have gone; one that fails or is too slow is named in the table and costs no more than that.
# OUT (default: log) gets two files, and both grow with each measurement: `table`, and `bench` with
# every output whole.  The batch is 256 x 512 tokens, and half of it on a GPU of less than 120 GB,
# for all alike but ops.  PYTHON: one that has PyTorch and transformers.
case ${1:-} in '' | /*) ;; *) set -- "$PWD/$1" ;; esac
cd "$(dirname "$0")/../.." || exit 2
. tests/gpu/machine.sh
out=${1:-$PWD/log} python=${PYTHON:-python3}
mkdir -p "$out" && work=$(mktemp -d "${TMPDIR:-/tmp}/cloze-bench.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 143' INT TERM
export UNTIL="$(($(date +%s) + ${SECONDS_ALL:-540}))"
mib=$(nvidia-smi --query-gpu=memory.total --format=csv,noheader,nounits 2>/dev/null | head -1)
rows=131072
[ "${mib:-0}" -ge 120000 ] || rows=65536
: >"$out/bench"
{
    date -u +%Y-%m-%d
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null
    "$python" -c 'import importlib.metadata as m
print(*(f"{d.name} {d.version}" for d in m.distributions() if d.name in ("torch", "triton",
    "transformers", "nvidia-cudnn-cu13", "nvidia-cublas")), sep=", ")' 2>/dev/null
    echo "batches of $rows tokens, bf16"
} >"$work/head"
: >"$work/rates"

# ---- measurements -------------------------------------------------------------------------------
# measure SECONDS NAME COMMAND...: its output into WORK/NAME, and all it said into OUT/bench
measure() {
    limit=$1 name=$2; shift 2
    tests/within.sh "$limit" "$@" >"$work/$name" 2>"$work/$name.err"
    status=$?
    { echo "==== $name: exit status $status: $*"; cat "$work/$name" "$work/$name.err"; } \
        >>"$out/bench"
    case $status in
    0) return 0 ;;
    124 | 137) why="ended by time" ;;
    *) why="exit status $status" ;;
    esac
    failed "$name" "$why: $(grep . "$work/$name.err" | tail -1)"
    return 1
}
failed() { echo "$1 - - $2" >>"$work/rates"; } # the first cause is shown
# ours NAME LENGTH OPTIONS...: tokens/s, the median of the log's lines behind the first three
ours() {
    name=$1 length=$2; shift 2
    sequences=$((rows / length))
    measure 60 "$name" bin/train --data "data/$length" --out "$work/run" --device cuda \
        --precision bf16 --model base --batch $sequences --micro-batch $sequences --warmup 10 \
        --steps 35 --log-every 5 --eval-every 1000000 --save-every 1000000 "$@"
    cat "$work/run/log.jsonl" "$work/run/remarks" >>"$out/bench" 2>/dev/null
    rate=$(sed -n 's/.*"tokens_per_s":\([0-9.e+]*\).*/\1/p' "$work/run/log.jsonl" 2>/dev/null |
        tail -n +4 | sort -g |
        awk -v rows=$rows '{ rate[NR] = $1 }
            END { r = rate[int((NR + 1) / 2)]; if (r > 0) print r, rows / r * 1000 }')
    [ -n "$rate" ] && echo "$name $rate" >>"$work/rates" || failed "$name" "its log has no rate"
    rm -rf "$work/run"
}
# python_of SECONDS NAME SEQUENCES LENGTH SCRIPT OPTIONS...
python_of() {
    limit=$1 name=$2 sequences=$3 length=$4 script=$5; shift 5
    measure "$limit" "$name" env PYTHONDONTWRITEBYTECODE=1 LD_LIBRARY_PATH="$libraries_before" \
        "$python" "bench/peers/$script" --sequences "$sequences" --length "$length" "$@"
}
# peer NAME LENGTH SCRIPT OPTIONS...: from its line of JSON
peer() {
    name=$1 length=$2; shift 2
    python_of 150 "$name" $((rows / length)) "$length" "$@" || return
    rate=$(tail -1 "$work/$name" | tr ',{}' '\n\n\n' | awk -F': *' '
        /"tokens_per_s"/ { rate = $2 } /"step_ms"/ { ms = $2 }
        END { if (rate > 0) print rate, ms }')
    [ -n "$rate" ] && echo "$name $rate" >>"$work/rates" || failed "$name" "it printed no rate"
}
warm() {
    name=$1-warm length=$2; shift 2
    python_of 200 "$name" $((rows / length)) "$length" "$@" --warmup 1 --steps 0
}
each() { # each ours|peer|warm NAME ...: one, and the table of what there is by now
    "$@"
    table >"$work/table"
    cp "$work/table" "$out/table"
}

# ---- the table ----------------------------------------------------------------------------------
table() {
    cat "$work/head"
    [ ! -s "$work/ceiling" ] || sed 's/^ceiling/ /' "$work/ceiling"
    cat "$work/ops" "$work/attention" 2>/dev/null
    awk '
        function show(what, own, peer, goal) {
            if (!(own in ms || peer in ms)) return
            printf "  %-34s %10s %10s %10s %10s %8s  %s\n", what, shown(rate[own], 1000),
                shown(ms[own], 1), shown(rate[peer], 1000), shown(ms[peer], 1), ratio(own, peer),
                goal
        }
        function shown(value, unit) { return value + 0 > 0 ? sprintf("%.1f", value / unit) : "-" }
        function ratio(own, peer) { return rate[own] + 0 > 0 && rate[peer] + 0 > 0 \
            ? sprintf("%.2f", rate[own] / rate[peer]) : "-" }
        $2 == "-" { if (!($1 in failed)) { failed[$1] = $0; sub(/ - -/, ":", failed[$1]) } next }
        { rate[$1] = $2; ms[$1] = $3 }
        END {
            printf "  %-34s %10s %10s %10s %10s %8s  %s\n", "a step of BERT-base", "k tokens/s",
                "ms", "peer, k/s", "ms", "times", "goal"
            show("absolute, 128; HF BERT, SDPA", "absolute-128", "bert-sdpa-128",
                "900 k tokens/s, 1.3 times")
            show("TUPE-R, 512; FlexAttention", "tupe-r-512", "tupe-flex-512",
                "700 k tokens/s, 1.3 times")
            show("TUPE-R, 512; SDPA, float bias", "tupe-r-512", "tupe-sdpa-512", "1.3 times")
            show("TUPE-R, 512, notes; without", "tupe-r-512-notes", "tupe-r-512",
                "at least 0.97 times")
            show("TUPE-R, 512, mc; mlm", "tupe-r-512-mc", "tupe-r-512", "at least 0.74 times")
            for (name in failed) print "  failed:", failed[name]
        }' "$work/rates"
}

peers() { # peers peer|warm
    each "$1" bert-sdpa-128 128 gpu_bert.py
    each "$1" tupe-flex-512 512 gpu_tupe.py --attention flex
    each "$1" tupe-sdpa-512 512 gpu_tupe.py --attention sdpa
}
for part in ${PARTS:-ceiling ops train peers}; do
    case $part in
    ceiling) each measure 60 ceiling check/ceiling $rows ;;
    ops) each measure 90 ops check/ops cuda 1 10 bf16 base512 ;;
    train)
        each ours absolute-128 128 --position absolute
        each ours tupe-r-512 512 --position tupe-r
        each ours tupe-r-512-notes 512 --position tupe-r --notes
        each ours tupe-r-512-mc 512 --position tupe-r --objective mc
        ;;
    peers)
        each python_of 60 attention 256 512 gpu_attention.py
        peers peer
        ;;
    warm) peers warm ;;
    *) echo "bench.sh: PARTS: there is no $part, but ceiling, ops, train, peers and warm" >&2
        exit 2 ;;
    esac
done
cat "$out/table"
! grep -q '^  failed' "$out/table"
