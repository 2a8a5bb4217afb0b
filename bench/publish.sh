#!/bin/sh
# publish.sh DIR -- put the table of the last `make bench` into RESULTS.md, between its two marks.
results=$(dirname "$0")/RESULTS.md
[ -s "$1/table.md" ] || { echo "publish: no $1/table.md: run make bench first" >&2; exit 1; }
awk -v table="$1/table.md" '
    /^<!-- end of make bench -->/ { inside = 0; seen++ }
    !inside { print }
    /^<!-- make bench -->/ {
        inside = 1; seen++
        while ((getline line <table) > 0) print line
    }
    END { exit seen != 2 }' "$results" >"$results.tmp" && mv "$results.tmp" "$results" ||
    { rm -f "$results.tmp"; echo "publish: $results lacks its two marks" >&2; exit 1; }
