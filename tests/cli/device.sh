#!/bin/sh
# device.sh -- what train says of the device it takes, and of one that it cannot have.  A GPU is
# stood in for by the CUDA backend's sources compiled for the host, beside a copy of train, with a
# library that has the driver's name.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/traindata.sh"

train_data "$T/data" 32 1 || { ok "the data directory is made" false; done_testing; }
small="--data $T/data --layers 1 --hidden 32 --heads 2 --batch 8 --warmup 1 --steps 2"
small="$small --log-every 1 -j 1"
planned() { "$1" $small --dry-run --device "$2" >"$T/plan" && grep -qE "$3" "$T/plan"; }
said() { sed -n 's/^train: device: //p' "$T/err"; }

# ---- without a GPU ----
unset LD_LIBRARY_PATH
for device in cpu ref; do
    train $small --out "$T/$device" --device $device 2>"$T/err"
    is "--device $device says what it is" "$? $(said)" "0 $device, 1 threads"
done
train $small --out "$T/quiet" -q 2>"$T/err"
is "--quiet says nothing" "$? $(cat "$T/err")" "0 "
if ls /dev/nvidia[0-9]* >/dev/null 2>&1; then
    skip "this machine has a GPU: what is said without one"
else
    train $small --out "$T/auto" 2>"$T/err"
    is "--device auto goes on without a GPU" "$?" 0
    ok "and says in one line why" grep \
        -qE '^train: device: cpu, 1 threads; not cuda: .*(GPU|CUDA)' "$T/err"
    train $small --out "$T/cuda" --device cuda 2>"$T/err"
    is "--device cuda fails with one line" "$? $(grep -c . "$T/err")" "1 1"
    ok "and it says why" grep -qE '^train: .*(no GPU|no CUDA backend|no NVIDIA driver)' "$T/err"
    ok "no run directory is made" test ! -e "$T/cuda"
    ok "a plan is that of the device which is found" planned train auto '^device  *cpu$'
    ok "a GPU that is not there can be planned for" planned train cuda '^device  *cuda$'
    ok "with the memory that its kernels work in" planned train cuda \
        '^device memory .* notes 0\.0, to work in [0-9.]+$'
    for script in tests/gpu/check.sh bench/gpu/bench.sh; do
        exits 1 "no GPU here" sh $script
        is "$script says no more" "$(grep -c . "$T/.err") $(grep -c . "$T/.out")" "1 0"
    done
    exits 1 "" glue-eval --model "$T/auto/latest" --data tests/golden/glue --out "$T/glue" \
        --tasks RTE --quick --device cuda
fi

# ---- with one that is the host ----
host=$(dirname "$HELPER")/cuda-host.so
mkdir "$T/bin" "$T/lib" && cp "$BIN/train" "$T/bin"
exits 1 "this build has no CUDA backend" "$T/bin/train" $small --out "$T/none" --device cuda
[ -e "$host" ] || { skip "no C++ compiler: kernels/cuda is not there for the host"; done_testing; }
cp "$host" "$T/lib/cloze-cuda.so"
if ! ls /dev/nvidia[0-9]* >/dev/null 2>&1; then
    exits 1 "this machine has no NVIDIA driver" "$T/bin/train" $small --out "$T/none" --device cuda
fi
cp "$T/lib/cloze-cuda.so" "$T/lib/libcuda.so.1"
export LD_LIBRARY_PATH="$T/lib"
"$T/bin/train" $small --out "$T/host" --device auto 2>"$T/err"
is "--device auto takes a GPU, with its name and memory" "$? $(said)" \
    "0 cuda: the host, 0.05 of 0.06 GiB free"
"$T/bin/train" $small --hidden 2048 --heads 32 --out "$T/large" --device cuda -q 2>"$T/err"
is "too little memory: one line" "$? $(grep -c . "$T/err")" "1 1"
ok "with what is needed and what is free" \
    grep -qE 'needs [0-9.]+ GiB of device memory, .* to work in, and 0\.05 of 0\.06 are free on' \
    "$T/err"
"$T/bin/train" $small --out "$T/parts" --device cuda -q --stop-at 1
"$T/bin/train" $small --out "$T/parts" --device cuda -q
# but for alignments, which the host's malloc gives as it likes
products() { sed -n 's/^\(product .*\), aligned to.*/\1/p' "$T/$1/remarks" | awk '!met[$0]++'; }
ok "what its library of products chose is told" [ "$(products host | grep -c .)" -gt 10 ]
is "and stopped and continued the same" "$(products parts)" "$(products host)"
is "each product once" "$(grep -c . "$T/host/remarks")" "$(sort -u "$T/host/remarks" | grep -c .)"
ok "a plan is that of the device which is found" planned "$T/bin/train" auto '^device  *cuda$'
done_testing
