#!/bin/sh
# curves.sh FOLDER RUN ... -- the evaluations of the runs of compare.mk as a table: method, seed,
# tokens seen, FLOP spent, loss and accuracy on the validation data.  FLOP are those of the plan,
# for each token.
dir=$1; shift
printf 'method\tseed\ttokens\tflop\tvalid_loss\tvalid_accuracy\n'
for run; do
    method=${run%.*}
    grep -q '"valid_loss"' "$dir/run/$run/log.jsonl" ||
        { echo "curves.sh: no evaluation in $dir/run/$run/log.jsonl: give more VALID" >&2; exit 1; }
    awk -v method="$method" -v seed="${run##*.}" \
        -v flop="$(sed -n 's/^FLOP per token *//p' "$dir/plan/$method")" '
        function value(key) {
            if (!match($0, "\"" key "\": *[-0-9.eE+]+"))
                return "-"
            found = substr($0, RSTART, RLENGTH)
            sub(/.*: */, "", found)
            return found
        }
        /"valid_loss"/ {
            printf "%s\t%s\t%s\t%.6g\t%s\t%s\n", method, seed,
                value("tokens"), value("tokens") * flop,
                value("valid_loss"), value("valid_accuracy")
        }' "$dir/run/$run/log.jsonl" || exit 1
done
