#!/bin/sh
# cuda.sh -- what nvcc said of the GPU code: no kernel keeps anything in local memory, which is as
# slow as the device's: no stack frame, no spilled register.  nvcc's own warnings have failed the
# build already.  CUDA: the folder of the objects; empty: this build has none.
cd "$(dirname "$0")/.." || exit 2
if [ -z "$CUDA" ]; then
    echo "ok 1 # SKIP this build has no GPU code: nvcc is not there, or sanitizers are on"
    echo "1..1"
    exit 0
fi
n=0 failed=0
for report in "$CUDA"/*.ptxas; do
    file=${report##*/}
    [ -f "kernels/cuda/${file%.o.ptxas}" ] || continue # left from before
    n=$((n + 1))
    kernels=$(grep -c 'Compiling entry function' "$report")
    bad=$(awk '/Compiling entry function/ { name = $(NF - 2) " " $NF }
        /bytes stack frame/ && !/ 0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads/ {
            print name ":" $0 }' "$report" | c++filt 2>/dev/null || true)
    if [ -z "$bad" ]; then
        echo "ok $n - ${file%.o.ptxas}: $kernels kernels, none with local memory"
    else
        failed=1
        echo "not ok $n - ${file%.o.ptxas}: $kernels kernels"
        echo "$bad" | sed 's/^/# /'
    fi
done
[ $n -gt 0 ] || { echo "not ok 1 - no report of nvcc in $CUDA"; n=1 failed=1; }
echo "1..$n"
exit $failed
