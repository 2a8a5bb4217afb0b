#!/bin/sh
# overfit.sh -- a tiny model learns a handful of samples by heart: whatever is hidden in them, it
# knows.  If a gradient were wrong or input and target did not fit together, it could not.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/traindata.sh"

train_data "$T/data" 32 5 30 || { ok "the data directory is made" false; done_testing; }
for position in absolute tupe-a tupe-r; do
    train --data "$T/data" --out "$T/$position" --model tiny --position $position --batch 16 \
        --lr 1e-3 \
        --warmup 100 --steps 1200 --dropout 0 --weight-decay 0 --log-every 50 --eval-every 1200 -q \
        -j 1
    is "$position: it ends" "$?" 0
    loss=$(sed -n 's/.*"loss":\([^,]*\),.*/\1/p' "$T/$position/log.jsonl" | tail -1)
    ok "$position: loss $loss is below 0.05" awk -v loss="$loss" 'BEGIN { exit !(loss < 0.05) }'
done
done_testing
