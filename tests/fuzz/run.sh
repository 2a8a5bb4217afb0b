#!/bin/sh
# run.sh TARGET -- SECONDS_EACH seconds of one fuzz target, and one line about it.
name=${1##*/} name=${name%_fuzz}
dir=build/fuzz
mkdir -p $dir/found $dir/corpus/$name $dir/log
log=$dir/log/$name
limits=-detect_leaks=1
# options point into the text of --config, which is kept as long as the program runs
[ "$name" = config ] && limits='-detect_leaks=0 -runs=30000'
export FUZZ_DATA=$dir/data ASAN_OPTIONS=allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
"$1" -max_total_time="${SECONDS_EACH:-60}" -timeout=20 -rss_limit_mb=4096 -max_len=20000 $limits \
    -print_final_stats=1 -dict=tests/fuzz/words.dict -artifact_prefix=$dir/found/$name- \
    $dir/corpus/$name $dir/seeds/$name >"$log" 2>&1
status=$?
awk -v name="$name" -v status=$status '
    /cov:/ { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1) }
    /number_of_executed_units/ { runs = $2 }
    END { printf "%-6s %-12s %9d runs, %6d edges\n", status ? "FAILED" : "ok", name, runs,
        edges }' "$log"
[ $status = 0 ] || grep -aE 'ERROR|error:|SUMMARY|Test unit written|fuzz:|CHECK|:[0-9]+:' "$log" |
    head -20
exit $status
