#!/bin/sh
# check.sh -- all that only a GPU can show, from the folder that `make bundle-gpu` made:
# tests/gpu/check.sh [OUT]
#
#     ops        every op on "cuda" against the definition, the gradients of whole models likewise
#     sanitize   compute-sanitizer over the same programs                (sanitize.sh)
#     runs       whole runs: the same bits twice and after a stop, losses as on the CPU (train.sh)
#     ranks      two processes with a GPU each, where there are two GPUs      (ranks.sh)
#
# A skip is a failure.  PARTS chooses among them; needed of the machine are a shell, the driver,
# CUDA's libraries and compute-sanitizer.  About five minutes, and SECONDS_ALL (420) at the most.
# OUT (default: log) gets two files: `check`, what is printed, each test as it ends, and
# check.tar.gz, every log whole.
case ${1:-} in '' | /*) ;; *) set -- "$PWD/$1" ;; esac
cd "$(dirname "$0")/../.." || exit 2
. tests/gpu/machine.sh
out=${1:-$PWD/log}
mkdir -p "$out" || exit 2
export BIN="$PWD/bin" CHECK="$PWD/check" LOGS="$PWD/log/check.logs" BACKEND=cuda NOSKIP=1
export JOBS="${JOBS:-12}" TEST_SECONDS="${TEST_SECONDS:-300}"
export UNTIL="$(($(date +%s) + ${SECONDS_ALL:-420}))"

gpus=$(nvidia-smi -L 2>/dev/null | grep -c '^GPU ')
all=
for part in ${PARTS:-sanitize runs $([ "$gpus" -lt 2 ] || echo ranks) ops}; do
    case $part in
    ops) all="$all $(echo check/*_test)" ;;
    runs) all="$all tests/gpu/train.sh" ;;
    ranks) all="$all tests/gpu/ranks.sh" ;;
    sanitize) all="$all tests/gpu/sanitize.sh" ;;
    *) echo "check.sh: PARTS: there is no $part, but ops, runs, ranks and sanitize" >&2; exit 2 ;;
    esac
done
{
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null
    [ "$gpus" -ge 2 ] || echo \
        "left out: tests/gpu/ranks.sh, as two GPUs are wanted and this machine lists $gpus"
    # shellcheck disable=SC2086
    tests/run.sh $all
} 2>&1 | tee "$out/check"
tar -C "$LOGS" -czf "$out/check.tar.gz" .
tail -1 "$out/check" | grep -q '^[1-9][0-9]* passed, 0 failed, 0 skipped$'
