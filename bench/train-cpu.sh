#!/bin/sh
# train-cpu.sh [THREADS [STEPS [LAYERS]]] -- a training step of BERT-base on the CPU beside PyTorch's,
# and TUPE-R beside absolute: in turn, RUNS times (3), medians of the runs' own ratios.
#
# BENCH is where build/bench/train is; PYTHON one that imports torch, which peers.sh does not install,
# being large; the environment that it makes is tried first.  CLOCK=cpu counts the time of the processor, for a machine which others use.
here=$(cd "$(dirname "$0")" && pwd)
threads=${1:-1} steps=${2:-3} layers=${3:-12} clock=${CLOCK:-wall}
LC_ALL=C; export LC_ALL
ours=${BENCH:-build/bench}/train python=$here/../build/bench/run/venv/bin/python
[ -x "$python" ] || python=python3
python=${PYTHON:-$python}
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT

measure() { # measure LABEL COMMAND...: a line LABEL RATE, and what the command printed
    label=$1; shift
    said=$("$@") || { echo "train-cpu: failed: $*" >&2; exit 1; }
    echo "$said" >&2
    case $clock in cpu) rate=$(echo "$said" | sed 's/.*, \([0-9.]*\) tokens a CPU.*/\1/') ;;
    *) rate=${said%% *} ;; esac
    echo "$label $rate" >>"$out"
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
unit="tokens/s"; [ "$clock" = wall ] || unit="tokens a CPU second"
awk -v unit="$unit" '
    function median(name, n, i, j, t, x) {
        n = count[name]
        for (i = 1; i <= n; i++) x[i] = rate[name, i]
        for (i = 2; i <= n; i++) for (j = i; j > 1 && x[j - 1] > x[j]; j--) { t = x[j]; x[j] = x[j - 1]; x[j - 1] = t }
        return (x[int((n + 1) / 2)] + x[int(n / 2) + 1]) / 2
    }
    function beside(what, a, b, i) { # the median of a over b
        if (!count[a] || !count[b]) return
        count["ratio"] = count[a]
        for (i = 1; i <= count[a]; i++) rate["ratio", i] = rate[a, i] / rate[b, i]
        printf "| %s | %.1f | %.1f | %.2f |\n", what, median(a), median(b), median("ratio")
    }
    { rate[$1, ++count[$1]] = $2 }
    END {
        print "| step of BERT-base, 8 x 128, " unit " | | beside | ratio |\n|---|---|---|---|"
        beside("fp32; beside: PyTorch", "fp32", "torch-fp32")
        beside("bf16; beside: PyTorch, autocast", "bf16", "torch-bf16")
        beside("bf16; beside: our fp32", "bf16", "fp32")
        beside("TUPE-R; beside: absolute", "tupe-r", "fp32")
    }' "$out"
