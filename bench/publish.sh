#!/bin/sh
# publish.sh DIR GOAL -- put the table of the last `make GOAL`, DIR/table.md, into RESULTS.md,
# between that goal's two marks.
results=$(dirname "$0")/RESULTS.md
[ -s "$1/table.md" ] || { echo "publish: no $1/table.md: run make $2 first" >&2; exit 1; }
awk -v table="$1/table.md" -v goal="make $2" '
    $0 == "<!-- end of " goal " -->" { inside = 0; seen++ }
    !inside { print }
    $0 == "<!-- " goal " -->" {
        inside = 1; seen++
        while ((getline line <table) > 0) print line
    }
    END { exit seen != 2 }' "$results" >"$results.tmp" && mv "$results.tmp" "$results" ||
    { rm -f "$results.tmp"; echo "publish: $results lacks the two marks of make $2" >&2; exit 1; }
