#!/bin/sh
# sanitize.sh -- compute-sanitizer finds no access outside its memory, none that is misaligned, and
# no two threads that race for shared memory, in any op's test.
. "$(dirname "$0")/../tap.sh"

command -v compute-sanitizer >/dev/null || { ok "compute-sanitizer is installed" false
    done_testing; }
# The tests that want a call to stop the program do so in children without a GPU.
under() { # under TOOL PROGRAM: its report and exit status into T
    timeout 120 compute-sanitizer --tool "$1" --target-processes application-only \
        --report-api-errors no --error-exitcode 9 "$2" >"$T/$1.${2##*/}" 2>&1
    echo $? >"$T/$1.${2##*/}.status"
}
for tool in memcheck racecheck; do
    for program in "$CHECK"/*_test; do
        under $tool "$program" &
        [ $(($(jobs -p | wc -l) % 4)) -ne 0 ] || wait
    done
    wait
    for program in "$CHECK"/*_test; do
        report=$T/$tool.${program##*/}
        is "$tool: ${program##*/} has no error" \
            "$(cat "$report.status") $(grep -c 'SUMMARY: 0 \(errors\|hazards\)' "$report")" "0 1"
        [ "$(cat "$report.status")" = 0 ] || grep -v '^ok' "$report" | tail -15 | sed 's/^/# /'
    done
done
done_testing
