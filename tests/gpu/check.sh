#!/bin/sh
# check.sh -- all that only a GPU can show, from the folder that `make bundle-gpu` made:
#
#     every op on "cuda" against the definition, the gradients of whole models likewise
#     compute-sanitizer over the ops                                (sanitize.sh)
#     whole runs: the same bits twice and after a stop, losses as on the CPU (train.sh)
#     two processes with a GPU each, where there are two GPUs              (ranks.sh)
#
# A skip is a failure.  PARTS=ops, runs, ranks or sanitize: that alone; needed of the machine are a
# shell, the driver, CUDA's libraries and compute-sanitizer.  About five minutes.
cd "$(dirname "$0")/../.." || exit 2
. tests/gpu/machine.sh
export BIN="$PWD/bin" CHECK="$PWD/check" LOGS="$PWD/log" BACKEND=cuda NOSKIP=1
export JOBS="${JOBS:-4}" TEST_SECONDS="${TEST_SECONDS:-300}"
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null

gpus=$(nvidia-smi -L 2>/dev/null | grep -c '^GPU ')
[ "$gpus" -ge 2 ] || echo \
    "left out: tests/gpu/ranks.sh, as two GPUs are wanted and this machine lists $gpus"
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
# shellcheck disable=SC2086
exec tests/run.sh $all
