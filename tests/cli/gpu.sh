#!/bin/sh
# gpu.sh -- what checks and measures on a GPU (tests/gpu/check.sh, bench/gpu/bench.sh) loses nothing
# when a part of it fails, hangs or crashes: a folder such as make bundle-gpu makes, with stand-ins
# for the GPU, compute-sanitizer, PyTorch and our own programs.
. "$(dirname "$0")/../tap.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
b="$T/a bundle"
mkdir -p "$b/check" "$b/bin" "$b/tests" "$b/bench" "$T/machine" "$T/tmp"
cp "$root"/tests/*.sh "$b/tests"
cp -R "$root/tests/gpu" "$b/tests"
cp -R "$root/bench/gpu" "$b/bench"
made() { cat >"$1"; chmod +x "$1"; }

made "$T/machine/nvidia-smi" <<'end'
#!/bin/sh
case $* in
-L) echo "GPU 0: a stand-in" ;;
*nounits*) echo 81559 ;;
*) echo "a stand-in, 580, 81559 MiB" ;;
esac
end
# the tool, then options, then the program
made "$T/machine/compute-sanitizer" <<'end'
#!/bin/sh
for program; do :; done
"$program" || exit
[ "$2" = racecheck ] || echo "========= ERROR SUMMARY: 0 errors"
[ "$2" = memcheck ] || echo "== RACECHECK SUMMARY: 0 hazards displayed (0 errors, 0 warnings)"
end
printf '#!/bin/sh\n[ "$BACKEND" = cuda ] && echo "ok 1"; echo 1..1\n' | made "$b/check/good_test"
printf '#!/bin/sh\necho "ok 1"; echo "not ok 2 - wrong"; echo "why so" >&2; echo 1..2; exit 1\n' |
    made "$b/check/wrong_test"
printf '#!/bin/sh\necho "ok 1"; kill -SEGV $$\n' | made "$b/check/crash_test"
printf '#!/bin/sh\necho "ok 1"; trap "" TERM; while :; do sleep 1; done\n' |
    made "$b/check/hang_test"
machine() { PATH="$T/machine:$PATH" TMPDIR="$T/tmp" "$@"; }

# ---- check.sh ----
(cd "$T" && PARTS="ops sanitize" SECONDS_ALL=12 machine "a bundle/tests/gpu/check.sh" out \
    >"$T/said")
is "tests that fail: its exit status" $? 1
is "OUT has two files" "$(ls "$T/out")" "$(printf 'check\ncheck.tar.gz')"
is "what it says is kept" "$(cat "$T/out/check")" "$(cat "$T/said")"
is "one that is good" "$(grep -c '^ok .* check/good_test$' "$T/said")" 1
is "one that is wrong, and its words" \
    "$(grep -cE '^FAILED .* check/wrong_test$|^not ok 2 - wrong$|^why so$' "$T/said")" 3
is "one that crashes" \
    "$(grep -c '^FAILED .* check/crash_test (exit status 1[0-9][0-9],' "$T/said")" 1
is "one that hangs and hears nothing" \
    "$(grep -c '^FAILED .* check/hang_test (exit status 137,' "$T/said")" 1
is "under the sanitizer: the good one twice" \
    "$(tar -xzOf "$T/out/check.tar.gz" ./tests_gpu_sanitize.sh | grep -c '^ok .*good_test')" 2
is "and what each tool said of another" \
    "$(tar -xzOf "$T/out/check.tar.gz" ./racecheck.wrong_test | grep -c 'why so')" 1
is "the last line is the sum" \
    "$(tail -1 "$T/said" | sed 's/^[1-9][0-9]* passed, [1-9][0-9]* failed/so many/')" \
    "so many, 0 skipped"
rm "$b"/check/[cwh]*_test
PARTS="ops sanitize" machine "$b/tests/gpu/check.sh" "$T/out" >"$T/said"
is "all good: its exit status and last line" "$? $(tail -1 "$T/said")" \
    "0 4 passed, 0 failed, 0 skipped"
rm "$b/check/good_test"
PARTS=ops machine "$b/tests/gpu/check.sh" "$T/out" >"$T/said"
is "no program is no success" $? 1

# ---- bench.sh ----
printf '#!/bin/sh\necho "device a stand-in"; echo "ceiling copy 1 ms 3000 GB/s"\n' |
    made "$b/check/ceiling"
printf '#!/bin/sh\necho "  qkv 1 ms"; echo "ops: attention: lost" >&2; exit 1\n' |
    made "$b/check/ops"
made "$b/bin/train" <<'end'
#!/bin/sh
echo train >>"$ORDER"
while [ $# -gt 0 ]; do
    case $1 in --out) run=$2 ;; --notes) notes=1 ;; --objective) exec sleep 100 ;; esac
    shift
done
mkdir -p "$run"
for i in 1 2 3 4 5 6 7; do echo "{\"step\":$i,\"tokens_per_s\":$i.5e5,\"x\":1}"; done \
    >"$run/log.jsonl"
echo "a product took the third way" >"$run/remarks"
cp "$OUT/table" "$OUT/seen"
[ -z "$notes" ] || { echo >"$run/log.jsonl"; echo "train: no memory" >&2; exit 1; }
end
made "$T/machine/python3" <<'end'
#!/bin/sh
case $* in
*attention.py*) echo "  cuDNN 2 ms" ;;
*flex*) echo "RuntimeError: no such kernel" >&2; exit 1 ;;
*sdpa*) echo "nothing to read" ;;
*gpu_bert*) echo '{"peer": "a, b", "step_ms": 200.5, "tokens_per_s": 325000.1}' ;;
esac
end
export OUT="$T/measured" ORDER="$T/order"
PARTS="ceiling ops peers train warm" SECONDS_ALL=20 \
    machine "$b/bench/gpu/bench.sh" "$OUT" >"$T/said"
is "measurements that fail: its exit status" $? 1
is "its files" "$(ls "$OUT")" "$(printf 'bench\nseen\ntable')"
is "the table is what it says" "$(cat "$OUT/table")" "$(cat "$T/said")"
is "what was measured stands there before the next begins" \
    "$(grep -c '^  copy 1 ms 3000\|^  qkv 1 ms\|^  cuDNN 2 ms\|absolute, 128.* 550' \
        "$OUT/seen")" 4
is "the part that hangs is ended, and what would be behind it is not begun" \
    "$(wc -l <"$ORDER") $(grep -c 'no time was left for it' "$OUT/bench")" "4 3"
is "ours beside the peer's" "$(awk '/^  absolute, 128/ { print $6, $7, $8, $9, $10 }' "$T/said")" \
    "550.0 119.2 325.0 200.5 1.69"
is "where there is no peer" "$(awk '/^  TUPE-R, 512; Flex/ { print $4, $5, $6, $7, $8 }' \
    "$T/said")" "550.0 119.2 - - -"
is "each that failed, and why" "$(grep '^  failed' "$T/said" | sort)" "$(sort <<'end'
  failed: ops: exit status 1: ops: attention: lost
  failed: tupe-flex-512: exit status 1: RuntimeError: no such kernel
  failed: tupe-sdpa-512: it printed no rate
  failed: tupe-r-512-notes: exit status 1: train: no memory
  failed: tupe-r-512-mc: ended by time: timeout: sending signal TERM to command 'bin/train'
  failed: bert-sdpa-128-warm: ended by time: no time was left for it
  failed: tupe-flex-512-warm: ended by time: no time was left for it
  failed: tupe-sdpa-512-warm: ended by time: no time was left for it
end
)"
is "every output is kept" "$(grep -c '^==== ' "$OUT/bench")" 13
ok "remarks too" grep -q "third way" "$OUT/bench"
is "the runs' folder is gone" "$(ls "$T/tmp" | grep bench)" ""
done_testing
