#!/bin/sh
# layers.sh -- the layering is a test, not a wish: who may include whom, and who may print or exit.
cd "$(dirname "$0")/.." || exit 2
n=0 failed=0
say() { n=$((n + 1)); if [ -z "$2" ]; then echo "ok $n - $1"; else echo "not ok $n - $1"
    echo "$2" | sed 's/^/# /'; failed=1; fi; }
may() { # may FOLDER ALLOWED-REGEX
    say "$1 includes only $2" "$(grep -rnE '^[[:space:]]*#[[:space:]]*include "' "$1" \
        --include='*.[ch]' --include='*.cu*' |
        grep -vE "include \"($2)")"
}
may lib     'lib/'
may kernels 'lib/|kernels/'
may model   'lib/|kernels/ops\.h|model/'
for t in tools/*/; do
    case $t in
    tools/train/|tools/glue-eval/) may "${t%/}" "lib/|kernels/ops\.h|model/|$t" ;;
    *)                             may "${t%/}" "lib/|$t" ;;
    esac
done
say "only tools include lib/tool.h" \
    "$(grep -rl 'include "lib/tool\.h"' lib kernels model | grep -v '^lib/tool\.c$')"
say "lib, kernels and model neither print nor exit" \
    "$(grep -rnE '\b(_?exit|abort|printf|puts|putchar|perror|fprintf|fputs)[ ]*\(' lib kernels \
    model --include='*.[ch]' --include='*.cu*' |
       grep -vE '^lib/(tool|err)\.[ch]:|^[^:]*:[0-9]*:[[:space:]]*(/?\*|//)')"
say "no file is longer than 500 lines" \
    "$(find lib kernels model tools tests -name '*.[ch]' -o -name '*.cu*' | xargs wc -l |
    awk '$2 != "total" && $1 > 500')"
# a table of packages, seeds of a fuzzer and golden numbers are as wide as they are
long=$(find lib kernels model tools tests bench recipes Makefile -type f \( -name '*.[ch]' \
    -o -name '*.cu*' -o -name '*.sh' -o -name '*.py' -o -name '*.mk' -o -name Makefile \) |
    grep -vE '^(recipes/deps|tests/fuzz/seeds)\.sh$|^tests/golden/.*\.h$' |
    LC_ALL=C.UTF-8 xargs grep -nE '^.{101}')
say "no line is longer than 100 columns" "$long"
say "file stems are unique, but for main.c and the twins of an op" \
    "$(find lib model tools kernels -name '*.c' | grep -vE '/main\.c$|^kernels/(ref|cpu|cuda)/' |
    sed 's|.*/||' | sort | uniq -d)"
echo "1..$n"
exit $failed
