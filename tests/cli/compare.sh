# compare.sh -- the arithmetic of recipes/compare.mk's table, on curves and scores made by hand.
. "$(dirname "$0")/../tap.sh"

mkdir -p "$T/c/glue/a.1" "$T/c/glue/x.1"
{
    printf 'method\tseed\ttokens\tflop\tvalid_loss\tvalid_accuracy\n'
    # the baseline: 4 in the end
    printf 'a\t1\t1000000\t1e15\t6\t0.1\na\t1\t2000000\t2e15\t4\t0.2\n'
    # 4 half-way between 1 and 2 M
    printf 'b\t1\t1000000\t2e15\t5\t0.1\nb\t1\t2000000\t4e15\t3\t0.2\n'
    printf 'c\t1\t1000000\t1e15\t6\t0.1\nc\t1\t2000000\t2e15\t4.5\t0.2\n'  # never 4
    printf 'x\t1\t500000\t2e15\t9\t0.5\n'                                  # another loss
} >"$T/c/curves.tsv"
cat >"$T/c/glue/a.1/table.txt" <<'END'
task   score         median  lowest highest       lr  runs
RTE    accuracy       52.71   52.71   52.71   0.0001  1 of 1
MRPC   accuracy           -       -       -        -  0
       f1                 -       -       -        -  0
GLUE, as TUPE         60.00  over 1 of 9 numbers
GLUE, as TNF          52.71  over 1 of 8 numbers
END
sed 's/52\.71/60.25/g' "$T/c/glue/a.1/table.txt" >"$T/c/glue/x.1/table.txt"
out=$(recipes/compare.sh "$T/c" a 'x' a.1 b.1 c.1 x.1)
row() { echo "$out" | sed -n "s/^$1  *//p" | tr -s ' '; }
is "the baseline" "$(row a)" '1 2.000 2.000 4.000 1.00 1.00 52.71 52.71'
is "three quarters of the tokens, half as much again in FLOP" "$(row b)" \
    '1 2.000 4.000 3.000 0.75 1.50 - -'
is "one that does not get there" "$(row c)" '1 2.000 2.000 4.500 never never - -'
is "another loss is not compared" "$(row x)" '1 0.500 2.000 - - - 60.25 60.25'
is "the heading" "$(echo "$out" | head -1 | tr -s ' ')" \
    'method seeds M tokens PFLOP loss of tokens of FLOP RTE GLUE'
exits 2 "there is no tupe-x" make -f recipes/compare.mk METHODS='absolute tupe-x'

mkdir "$T/bin"
printf '#!/bin/sh\necho a word; exit 1\n' >"$T/bin/tokenize"
printf '#!/bin/sh\ncat >"$2"\n' >"$T/bin/freqstat"
chmod +x "$T/bin/tokenize" "$T/bin/freqstat"
echo text >"$T/text.txt"
exits 2 "words.tsv" make -s -f recipes/compare.mk BIN="$T/bin" COMPARE="$T/half" \
    TEXT="$T/text.txt" "$T/half/words.tsv"
ok "and are not kept" test ! -e "$T/half/words.tsv"
exits 2 "half was made with $T/text.txt MODEL=mini" make -s -f recipes/compare.mk BIN="$T/bin" \
    COMPARE="$T/half" TEXT="$T/text.txt" STEPS=7
done_testing
