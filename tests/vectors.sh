#!/bin/sh
# vectors.sh -- every loop of kernels/cpu that is marked SIMD became vector code: of each function
# that has one, the copy for AVX2 uses its registers.  A compiler that gives up on a loop says
# nothing, and exp a number at a time is four times slower.
cd "$(dirname "$0")/.." || exit 2
objects=$(dirname "$BIN")/kernels/cpu n=0 failed=0
marked() { # the functions of a file that have such a loop
    awk '/^WIDE/ { getline; name = $1; sub(/\(.*/, "", name) }
        /^}/ { name = "" }
        /^ *SIMD/ && name != "" && !(name in told) { told[name]; print name }' "$1"
}
if ! nm "$objects/gelu.c.o" 2>/dev/null | grep -q 'gelu_fwd\.arch_x86_64_v3$'; then
    echo "ok 1 # SKIP this build has one copy of each function: another machine, or sanitizers"
    echo "1..1"
    exit 0
fi
for file in kernels/cpu/*.c; do
    for name in $(marked "$file"); do
        n=$((n + 1))
        if objdump -d --disassemble="$name.arch_x86_64_v3" "$objects/${file##*/}.o" |
            grep -q '%ymm'; then
            echo "ok $n - $file: $name"
        else
            failed=1
            echo "not ok $n - $file: $name goes a number at a time"
        fi
    done
done
echo "1..$n"
exit $failed
