#!/bin/sh
# sanitize.sh -- compute-sanitizer finds no access outside its memory, none that is misaligned, and
# no two threads that race for shared memory, in any op's test.  Its reports lie in LOGS.
. "$(dirname "$0")/../tap.sh"

command -v compute-sanitizer >/dev/null || { ok "compute-sanitizer is installed" false
    done_testing; }
# The tests that want a call to stop the program do so in children without a GPU.
for tool in memcheck racecheck; do
    for program in "$CHECK"/*_test; do echo "$tool ${program##*/}"; done
done | xargs -P 4 -n 2 sh -c '
    tests/within.sh 120 compute-sanitizer --tool "$1" --target-processes application-only \
        --report-api-errors no --error-exitcode 9 "$CHECK/$2" >"$LOGS/$1.$2" 2>&1
    echo "$? $1 $2"' sanitize.sh | {
    while read -r status tool program; do
        report=$LOGS/$tool.$program
        is "$tool: $program has no error" \
            "$status $(grep -c 'SUMMARY: 0 \(errors\|hazards\)' "$report")" "0 1"
        [ "$status" = 0 ] || grep -v '^ok' "$report" | head -30 | sed 's/^/# /'
    done
    is "so many programs, with both tools" $tap_count "$(ls "$CHECK" | grep -c '_test$' |
        awk '{ print 2 * $1 }')"
    done_testing
}
