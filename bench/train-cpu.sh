#!/bin/sh
# train-cpu.sh DIR [THREADS [STEPS [LAYERS]]] -- a training step of BERT-base on the CPU beside
# PyTorch's, and TUPE-R beside absolute: in turn, RUNS times (3), medians of the runs' own ratios.
# The table goes to DIR/table.md as well.  Under a quarter of an hour on a machine with nothing else
# to do.
#
# A measurement that is not done in LIMIT seconds (120) is ended, not begun again, and "over LIMIT
# s" in the table: so is PyTorch's bf16 on a CPU that does not multiply BF16 itself, where it has no
# fast product of them.
#
# BENCH is where build/bench/train is; PYTHON one that imports torch, which peers.sh does not
# install, being large; the environment that it makes is tried first.  CLOCK=cpu counts the time of
# the processor, for a machine which others use.
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?}" || exit 1
dir=$(cd "$1" && pwd)
threads=${2:-$(nproc)} steps=${3:-3} layers=${4:-12} clock=${CLOCK:-wall} limit=${LIMIT:-120}
LC_ALL=C PYTHONDONTWRITEBYTECODE=1
export LC_ALL PYTHONDONTWRITEBYTECODE
ours=${BENCH:-build/bench}/train python=$here/../build/bench/run/venv/bin/python
"${PYTHON:-$python}" -c 'import torch' 2>/dev/null || python=python3
python=${PYTHON:-$python}
: >"$dir/rates"

# measure NAME COMMAND...: a line NAME RATE, or NAME over; shows what the command printed
measure() {
    name=$1; shift
    grep -q "^$name over" "$dir/rates" && return
    said=$(timeout "$limit" "$@")
    case $? in
    0) ;;
    124) echo "$name over" >>"$dir/rates"; echo "train-cpu: over $limit s: $*" >&2; return ;;
    *) echo "train-cpu: failed: $*" >&2; exit 1 ;;
    esac
    echo "$said" >&2
    case $clock in cpu) rate=$(echo "$said" | sed 's/.*, \([0-9.]*\) tokens a CPU.*/\1/') ;;
    *) rate=${said%% *} ;; esac
    echo "$name $rate" >>"$dir/rates"
}
torch=
"$python" -c 'import torch' 2>/dev/null && torch=1 ||
    echo "train-cpu: $python has no torch: ours alone" >&2
for run in $(seq "${RUNS:-3}"); do
    for precision in fp32 bf16; do
        measure $precision "$ours" "$threads" "$steps" $precision absolute "$layers"
        [ -z "$torch" ] || measure torch-$precision "$python" "$here/peers/cpu_bert.py" "$threads" \
            "$steps" $precision "$layers"
    done
    measure tupe-r "$ours" "$threads" "$steps" fp32 tupe-r "$layers"
done
cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo 2>/dev/null | head -1)
unit="tokens/s"; [ "$clock" = wall ] || unit="tokens a CPU second"
awk -v unit="$unit" -v limit="$limit" -v layers="$layers" -v threads="$threads" \
    -v cpu="${cpu:-$(uname -m)}" '
    function median(name, n, i, j, t, x) {
        n = count[name]
        for (i = 1; i <= n; i++) x[i] = rate[name, i]
        for (i = 2; i <= n; i++) for (j = i; j > 1 && x[j - 1] > x[j]; j--) {
            t = x[j]; x[j] = x[j - 1]; x[j - 1] = t }
        return (x[int((n + 1) / 2)] + x[int(n / 2) + 1]) / 2
    }
    function shown(name) { return over[name] ? "over " limit " s" : sprintf("%.1f", median(name)) }
    function beside(what, a, b, i) { # the median of a over b
        if (!(count[a] || over[a]) || !(count[b] || over[b])) return
        count["ratio"] = count[a]
        for (i = 1; i <= count[a] && !over[b]; i++) rate["ratio", i] = rate[a, i] / rate[b, i]
        printf "| %s | %s | %s | %s |\n", what, shown(a), shown(b),
            over[a] || over[b] ? "" : sprintf("%.2f", median("ratio"))
    }
    $2 == "over" { over[$1] = 1; next }
    { rate[$1, ++count[$1]] = $2 }
    END {
        printf "| %s layers of BERT-base, 8 x 128, %s threads of %s | %s | " \
            "of the other | ratio |\n|---|---|---|---|\n",
            layers, threads, cpu, unit
        beside("fp32 beside PyTorch", "fp32", "torch-fp32")
        beside("bf16 beside PyTorch under autocast", "bf16", "torch-bf16")
        beside("bf16 beside our fp32", "bf16", "fp32")
        beside("TUPE-R beside absolute", "tupe-r", "fp32")
    }' "$dir/rates" >"$dir/table.md" && cat "$dir/table.md"
