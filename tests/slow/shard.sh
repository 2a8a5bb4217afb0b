#!/bin/sh
# shard.sh -- killed at any instant, the program leaves either a whole data directory or one that the
# next run makes whole, with the same bytes.
. "$(dirname "$0")/../tap.sh"
"$HELPER/mktokens" 12000 30000 0 1 >"$T/tok"
run() { shard -q -o "$1" --shard-size 128K -M 16M "$T/tok"; }
start=$(date +%s%N); run "$T/whole"; took=$((($(date +%s%N) - start) / 1000000))
export TMPDIR="$T/tmp"
mkdir "$T/tmp"
finished=0 bad=0 round=0
while [ $round -lt 30 ]; do
    round=$((round + 1))
    rm -rf "$T/killed"
    shard -q -o "$T/killed" --shard-size 128K -M 16M "$T/tok" & pid=$! # not the function: kill the program
    sleep "$(printf '%d.%03d' $((took * round / 25 / 1000)) $((took * round / 25 % 1000)))"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    if [ -f "$T/killed/manifest.json" ]; then
        finished=$((finished + 1))
        show --verify "$T/killed" >/dev/null || bad=$((bad + 1))
    else
        run "$T/killed" || bad=$((bad + 1))
    fi
    rm -f "$T/killed/lock" # of a run that was killed between its last two steps
    diff -r "$T/whole" "$T/killed" >"$T/diff" || { bad=$((bad + 1)); sed 's/^/# /' "$T/diff" | head -3; }
done 2>"$T/err"
is "killed $round times, $finished of them too late: always whole in the end" "$bad" 0
ok "it was killed in the middle at least ten times" test $((round - finished)) -ge 10
is "no temporary file is left" "$(ls -A "$T/tmp")" ""
done_testing
