#!/bin/sh
# shard.sh -- killed at any instant, the program leaves either a whole data directory or one that
# the next run makes whole, with the same bytes.
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
    # not the function: kill the program
    shard -q -o "$T/killed" --shard-size 128K -M 16M "$T/tok" & pid=$!
    sleep "$(printf '%d.%03d' $((took * round / 25 / 1000)) $((took * round / 25 % 1000)))"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    if [ -f "$T/killed/manifest.json" ]; then
        finished=$((finished + 1))
        [ $round -gt 25 ] || took=$((took * 9 / 10)) # the machine was busier when that was measured
        show --verify "$T/killed" >/dev/null || bad=$((bad + 1))
    else
        run "$T/killed" || bad=$((bad + 1))
    fi
    rm -f "$T/killed/lock" # of a run that was killed between its last two steps
    diff -r "$T/whole" "$T/killed" >"$T/diff" || { bad=$((bad + 1)); sed 's/^/# /' "$T/diff" |
        head -3; }
done 2>"$T/err"
is "killed $round times, $finished of them too late: always whole in the end" "$bad" 0
ok "it was killed in the middle at least ten times" test $((round - finished)) -ge 10
is "no temporary file is left" "$(ls -A "$T/tmp")" ""

# ---- a corpus ten times the memory: the same order as in memory, and no more memory
# than shard(1) says
"$HELPER/mktokens" 500000 30000 0 3 >"$T/tok"
size=$(wc -c <"$T/tok")
ok "the stream is ten times -M: $size bytes" test "$size" -gt $((10 * 16 * 1048576))
shard -q -j 1 -M 1G -o "$T/inside" "$T/tok"
bound=$((16 * 1024 + 8 * 1024)) # -M, and some megabytes for the thread, in KiB
for dedup in "" --dedup; do
    rm -rf "$T/outside"
    [ -z "$dedup" ] || { rm -rf "$T/inside"; shard -q -j 1 -M 1G $dedup -o "$T/inside" "$T/tok"; }
    "$HELPER/peak" "$T/peak" shard -q -j 1 -M 16M $dedup -o "$T/outside" "$T/tok"
    ok "shuffled through files ${dedup:-whole}: the same bytes as in memory" diff -r "$T/inside" \
        "$T/outside"
    ok "in $(cat "$T/peak") KiB, at most $bound" test "$(cat "$T/peak")" -le "$bound"
done
done_testing
