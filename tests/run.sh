#!/bin/sh
# run.sh -- run test programs and judge them: run.sh PROGRAM...
#
# Each prints TAP.  It passes only if its plan stands there once, as many results as planned were
# printed, none is "not ok", and it exits with 0: a program that dies half way or prints nothing
# has failed.  JOBS run at a time (default: one a processor) for TEST_SECONDS at most, and each is
# judged as it ends, so that a run that is cut has told what it knew.  V=1 shows every line;
# NOSKIP=1 makes a skip a failure.  Ends with one line: N passed, N failed, N skipped.
cd "$(dirname "$0")/.." || exit 2
LOGS=${LOGS:-build/tests/log}
rm -rf "$LOGS"
mkdir -p "$LOGS" || exit 2
export CLOZE_DATA="${CLOZE_DATA:-../shared/data}"
case $CLOZE_DATA in /*) ;; *) CLOZE_DATA=$PWD/$CLOZE_DATA ;; esac
export LOGS

# judge PROGRAM EXIT_STATUS SECONDS: its line, and what it said where it failed
judge() {
    t=$1 rc=$2 seconds=$3 log=$LOGS/$(printf %s "$1" | tr / _)
    set -- $(awk '
        /^not ok/ { bad++; n++ } /^ok/ { n++; if (/# SKIP/) skip++; else good++ }
        /^1\.\.[0-9]+/ { plans++; sub(/^1\.\./, ""); plan = $1 }
        END { print good + 0, bad + 0, skip + 0, (plans == 1 && plan == n) ? "whole" : "cut" }' \
            "$log")
    good=$1 bad=$2 skip=$3 whole=$4
    [ -n "$NOSKIP" ] && bad=$((bad + skip))
    if [ "$whole" = cut ] || { [ "$rc" != 0 ] && [ "$bad" = 0 ]; }; then
        bad=$((bad + 1))
        why=" (exit status $rc, its plan or count is wrong)"
    else
        why=
    fi
    passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skip))
    [ "$bad" = 0 ] && verdict=ok || verdict=FAILED
    printf '%-6s %4ss %5s  %s%s\n' "$verdict" "$seconds" "$good" "${t#build/}" "$why"
    if [ -n "$V" ]; then cat "$log" "$log.err"
    elif [ "$bad" != 0 ]; then
        grep -vE '^ok|^1\.\.' "$log" | head -40
        head -20 "$log.err"
    fi
    [ -n "$V" ] || grep '# SKIP' "$log" | sed 's/^ok [0-9]* /       /'
}

tests=$#
printf '%s\n' "$@" | xargs -P "${JOBS:-$(nproc)}" -I{} sh -c '
    log=$LOGS/$(printf %s "{}" | tr / _)
    case {} in *.sh) set -- sh "{}" ;; *) set -- "{}" ;; esac
    start=$(date +%s)
    tests/within.sh "${TEST_SECONDS:-600}" "$@" >"$log" 2>"$log.err" </dev/null
    echo "$? $(($(date +%s) - start)) {}"' | {
    passed=0 failed=0 skipped=0 judged=0
    while read -r rc seconds t; do
        judge "$t" "$rc" "$seconds"
        judged=$((judged + 1))
    done
    [ $judged = $tests ] || { echo "$((tests - judged)) of $tests programs have not come back"
        failed=$((failed + tests - judged)); }
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
