#!/bin/sh
# bench.sh -- the GPU trainer beside PyTorch, and both beside what the GPU can do; under ten
# minutes, from the folder that `make bundle-gpu` made: bench/gpu/bench.sh [OUT]
#
#     ceiling   copy bandwidth, and cuBLASLt's products at the shapes of BERT-base    (ceiling.cu)
#     ops       each op at the shapes of a step: TFLOP/s or GB/s                      (bench/ops.c)
#     train     whole steps: absolute at 128; TUPE-R at 512, with mc, with notes
#     peers     the same steps in compiled PyTorch
#               (peers/gpu_*.py)
#
# PARTS chooses among them; each measurement has its own time limit, and one that fails or is too
# slow is named in the table and costs no more than that.  OUT (default: log) gets every output
# whole, and the table as `table`.  The batch is 256 x 512 tokens, and half of it on a GPU of less
# than 120 GB, for all alike.  PYTHON: one that has PyTorch and transformers.
cd "$(dirname "$0")/../.." || exit 2
. tests/gpu/machine.sh
out=${1:-log} python=${PYTHON:-python3}
mkdir -p "$out" && cd "$out" && out=$PWD && cd "$OLDPWD" || exit 2
: >"$out/rates"
mib=$(nvidia-smi --query-gpu=memory.total --format=csv,noheader,nounits 2>/dev/null | head -1)
rows=131072
[ "${mib:-0}" -ge 120000 ] || rows=65536

# ---- measurements -------------------------------------------------------------------------------
# measure SECONDS NAME COMMAND...: its output is OUT/NAME; a failure is a line of the table
measure() {
    limit=$1 name=$2; shift 2
    timeout "$limit" "$@" >"$out/$name" 2>"$out/$name.err" && return 0
    status=$?
    case $status in 124) why="not done within $limit s" ;; *) why=$(tail -1 "$out/$name.err") ;;
    esac
    echo "$name - - ${why:-exit status $status}" >>"$out/rates"
    return 1
}
# ours NAME LENGTH OPTIONS...: tokens/s, the median of the log's lines behind the first three
ours() {
    name=$1 length=$2; shift 2
    sequences=$((rows / length))
    rm -rf "$out/run"
    measure 60 "$name" bin/train --data "data/$length" --out "$out/run" --device cuda \
        --precision bf16 \
        --model base --batch $sequences --micro-batch $sequences --warmup 10 --steps 35 \
        --log-every 5 \
        --eval-every 1000000 --save-every 1000000 "$@" &&
        sed -n 's/.*"tokens_per_s":\([0-9.e+]*\).*/\1/p' "$out/run/log.jsonl" | tail -n +4 |
        sort -g |
        awk -v name="$name" -v rows=$rows '{ rate[NR] = $1 }
            END { r = rate[int((NR + 1) / 2)]; print name, r, rows / r * 1000, "" }' >>"$out/rates"
    rm -rf "$out/run"
}
# peer NAME LENGTH SCRIPT OPTIONS...: from its line of JSON
peer() {
    name=$1 length=$2 script=$3; shift 3
    measure 100 "$name" env PYTHONDONTWRITEBYTECODE=1 "$python" "bench/peers/$script" \
        --sequences $((rows / length)) --length "$length" "$@" &&
        tail -1 "$out/$name" | tr ',{}' '\n\n\n' | awk -v name="$name" -F': *' '
            /"tokens_per_s"/ { rate = $2 } /"step_ms"/ { ms = $2 } /"memory_gib"/ { gib = $2 }
            END { printf "%s %s %s %.0f_GiB\n", name, rate, ms, gib }' >>"$out/rates"
}

for part in ${PARTS:-ceiling ops train peers}; do
    case $part in
    ceiling) measure 60 ceiling check/ceiling $rows ;;
    ops) measure 90 ops check/ops cuda 1 10 bf16 base512 ;;
    train)
        ours absolute-128 128 --position absolute
        ours tupe-r-512 512 --position tupe-r
        ours tupe-r-512-notes 512 --position tupe-r --notes
        ours tupe-r-512-mc 512 --position tupe-r --objective mc
        ;;
    peers)
        peer bert-sdpa-128 128 gpu_bert.py
        peer tupe-flex-512 512 gpu_tupe.py --attention flex
        peer tupe-sdpa-512 512 gpu_tupe.py --attention sdpa
        ;;
    *) echo "bench.sh: PARTS: there is no $part, but ceiling, ops, train and peers" >&2; exit 2 ;;
    esac
done

# ---- the table ----------------------------------------------------------------------------------
{
    date -u +%Y-%m-%d
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null
    "$python" -c 'import torch, transformers
print("PyTorch", torch.__version__, "cuDNN", torch.backends.cudnn.version(), "transformers",
    transformers.__version__)' 2>/dev/null
    echo "batches of $rows tokens, bf16"
    [ ! -s "$out/ceiling" ] || sed 's/^ceiling/ /' "$out/ceiling"
    [ ! -s "$out/ops" ] || cat "$out/ops"
    awk '
        function show(what, own, peer, goal) {
            if (!(own in ms || peer in ms)) return
            printf "  %-34s %10s %10s %10s %10s %8s  %s\n", what, shown(rate[own], 1000),
                shown(ms[own], 1), shown(rate[peer], 1000), shown(ms[peer], 1), ratio(own, peer),
                goal
        }
        function shown(value, unit) { return value + 0 > 0 ? sprintf("%.1f", value / unit) : "-" }
        function ratio(own, peer) { return rate[own] > 0 &&
            rate[peer] > 0 ? sprintf("%.2f", rate[own] / rate[peer]) : "-" }
        { rate[$1] = $2; ms[$1] = $3; if ($2 == "-") failed[$1] = $0 }
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
        }' "$out/rates"
} >"$out/table"
cat "$out/table"
! grep -q '^  failed' "$out/table"
