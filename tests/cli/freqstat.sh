# freqstat.sh -- the counts against sort | uniq -c and against hand-made tables; messages; sameness.
. "$(dirname "$0")/../tap.sh"
tab=$(printf '\t')
# the same by other programs
slow() { tr -s ' \t\n\v\f\r' '\n' | sed '/^$/d' | sort | uniq -c | awk '{ print $2 "\t" $1 }' |
    sort -t"$tab" -k2,2nr -k1,1; }
# words N K: N made-up words of K kinds, some long, in lines of uneven length
words() {
    awk -v n="$1" -v k="$2" 'BEGIN { x = 12345
        for (i = 0; i < n; i++) { x = (x * 1103515245 + 12345) % 2147483648; w = x % k;
        w = int(w * w / k)
            printf "%s%d%s%s", (w % 7 ? "w" : "abcdefghij"), w, (w % 5 ? "" : "-and-a-long-tail"),
                (x % 11 ? " " : "\n\t ") } }'
}

is "counts by hand" "$(printf 'b a\tb\n c\va\fb\rb  the\n' | freqstat)" \
    "$(printf 'b\t4\na\t2\nc\t1\nthe\t1')"
is "equal counts stand in the order of their bytes" \
    "$(printf 'aa a B \303\251 a\001 b' | freqstat | cut -f1 | tr '\n' ,)" \
    "$(printf 'B,a,a\001,aa,b,\303\251,')"
is "nothing in, nothing out" "$(freqstat </dev/null; freqstat --merge /dev/null; printf ' \n\n' |
    freqstat)" ""
is "a file ends a word" "$(printf 'ab' >"$T/1"; printf 'c ab' >"$T/2"; freqstat "$T/1" "$T/2")" \
    "$(printf 'ab\t2\nc\t1')"
is "--min and --top" "$(printf 'a a a b b c c d' | freqstat --min 2 --top 2)" \
    "$(printf 'a\t3\nb\t2')"
is "- is standard input among files" "$(printf 'ab x' | freqstat "$T/1" -)" \
    "$(printf 'ab\t2\nx\t1')"

words 200000 30000 >"$T/text"
slow <"$T/text" >"$T/want"
for j in 1 2 7; do
    freqstat -j $j "$T/text" >"$T/got"; ok "as sort | uniq -c, -j $j" cmp "$T/want" "$T/got"
done
ok "as sort | uniq -c, from a slow pipe" sh -c \
    "(head -c 1000 $T/text; sleep 0.1; tail -c +1001 $T/text) | dd bs=7777 2>/dev/null |
        freqstat -o $T/got && cmp $T/want $T/got"
ok "as sort | uniq -c, in another locale" sh -c \
    "LC_ALL=tr_TR.UTF-8 TZ=Asia/Tokyo freqstat $T/text | cmp $T/want -"

# words of every length around the 16 bytes that lie within an entry, and around the 64-byte step
awk 'BEGIN { for (n = 1; n <= 140; n++) { w = ""; for (i = 0; i < n; i++) w = w "x";
    for (r = 0; r <= n % 3; r++) printf "%s%*s", w, 1 + n % 4, "" } }' >"$T/len"
ok "words of every length from 1 to 140" sh -c "freqstat $T/len >$T/got"
slow <"$T/len" | cmp -s - "$T/got"; result $? "... as sort | uniq -c"
awk 'BEGIN { for (i = 0; i < 300000; i++) printf "y" }' >"$T/long"
is "a word longer than a piece of text" "$(freqstat -M 16M -j 4 "$T/long" | wc -c)" 300003
# words of 1 MB, some of which agree in all but the last byte, in a memory that holds none of them
long() { awk 'BEGIN { for (i = 0; i < 1000000; i++) printf "y" }'; }
{ for tail in a b a c a b; do long; printf '%s\000 short ' $tail; done; } >"$T/long"
for j in 1 2; do
    is "words of 1 MB, -j $j" "$(freqstat -M 16M -j $j "$T/long" | sed 's/y*//' | tr '\000' 0 |
        tr '\n' ,)" \
        "$(printf 'short\t6,a0\t3,b0\t2,c0\t1,')"
done
is "bytes that are no text" "$(printf '\000\377 \000\377 \000 \000\000' | freqstat | od -An -c |
    tr -s ' \n' ' ')" ' \0 377 \t 2 \n \0 \t 1 \n \0 \0 \t 1 \n '

# spilling: 700,000 kinds do not fit into 16M
mkdir "$T/tmp"
awk 'BEGIN { for (i = 0; i < 900000; i++) { w = i * 7919 % 700001;
    print "kind" w (w % 50 ? "" : "-with-a-longer-tail") } }' >"$T/many"
freqstat -j 1 "$T/many" >"$T/want"
for j in 1 3; do
    TMPDIR=$T/tmp freqstat -j $j -M 16M "$T/many" >"$T/got"
    ok "the same when runs are spilled, -j $j" cmp "$T/want" "$T/got"
done
is "700001 kinds, 900000 words" "$(awk -F'\t' '{ n += $2 } END { print NR, n }' "$T/want")" \
    "700001 900000"
awk -F'\t' '$2 >= 2' "$T/want" >"$T/min"; TMPDIR=$T/tmp freqstat -M 16M --min 2 "$T/many" |
    cmp -s - "$T/min"; result $? "--min is the same when runs are spilled"
TMPDIR=$T/tmp freqstat -M 16M --top 9 "$T/many" >"$T/got"; head -9 "$T/want" |
    cmp -s - "$T/got"; result $? "--top is the same when runs are spilled"
is "no temporary file is left" "$(ls "$T/tmp")" ""
exits 1 "$T/none: cannot make a temporary file" env TMPDIR="$T/none" freqstat -M 16M "$T/many"

# tables
split -n l/3 "$T/text" "$T/part."
for p in "$T"/part.a?; do freqstat "$p" -o "$p.tsv"; done
slow <"$T/text" >"$T/want"
ok "merged tables of parts are the table of the whole" sh -c \
    "freqstat --merge $T/part.aa.tsv $T/part.ab.tsv $T/part.ac.tsv | cmp $T/want -"
ok "... in any order" sh -c \
    "freqstat --merge $T/part.ac.tsv $T/part.aa.tsv $T/part.ab.tsv | cmp $T/want -"
ok "... with rows in any order" sh -c "sort -r $T/want | freqstat --merge | cmp $T/want -"
ok "... when runs are spilled" sh -c \
    "freqstat $T/many >$T/m.tsv
    TMPDIR=$T/tmp freqstat -M 16M --merge $T/m.tsv $T/m.tsv >$T/got
    awk -F'\t' '{ print \$1 \"\t\" 2 * \$2 }' $T/m.tsv | cmp - $T/got"
printf 'a\t600\nb\t500\nc\t500\nd\t100\ne\t99\nf\t1\n' >"$T/t"
is "--rare takes both ends" "$(freqstat --rare 100:500 "$T/t")" "$(printf 'b\t500\nc\t500\nd\t100')"
is "--rare of a pipe" "$(freqstat --rare 1:1 <"$T/t")" "$(printf 'f\t1')"
is "--summary by hand" "$(freqstat --summary "$T/t" | tr -d ' \n')" \
    '{"total":1800,"types":6,"hapaxes":1,"coverage":{"1000":1.000000,'\
'"10000":1.000000,"32000":1.000000,"100000":1.000000},"rare":{"min":100,"max":500,"types":3,'\
'"total":1100,"share_of_types":0.500000,"share_of_total":0.611111}}'
awk 'BEGIN { for (i = 0; i < 1500; i++) printf "w%04d\t%d\n", i, i < 1000 ? 3 : 1 }' >"$T/c"
is "coverage of the commonest 1000" "$(freqstat --summary --rare 1:2 "$T/c" |
    grep -o '"1000": [0-9.]*\|"types": [0-9]*' | tr '\n' ' ')" \
    '"types": 1500 "1000": 0.857143 "types": 500 '
is "--summary of nothing" "$(freqstat --summary </dev/null | grep -c '"total": 0')" 2
printf 'x\t18446744073709551615\n' >"$T/max"
printf 'x\t4294967295\ny\t4294967297\n' >"$T/32"
is "counts beyond 2^32" "$(freqstat --merge "$T/32" "$T/32" "$T/32")" \
    "$(printf 'y\t12884901891\nx\t12884901885')"
is "the largest count" "$(freqstat --merge "$T/max")" "$(cat "$T/max")"

# what is wrong
bad() { printf "$1" >"$T/bad"; exits 1 "$T/bad:$2" freqstat --merge "$T/bad"; }
bad 'a\t1\nb\n' '2: no tab'
bad 'a\t1\nb\t\n' '2: no count'
bad '\t4\n' '1: no word'
bad 'a b\t4\n' '1: white space'
bad 'a\t4\nb\t-1\n' '2: the count is not a number'
bad 'a\t4\r\n' '1: the count is not a number'
bad 'a\t4\t5\n' '1: the count is not a number'
bad 'a\t0\n' '1: the count is 0'
bad 'a\t18446744073709551616\n' '1: the count passes'
bad 'a\t18446744073709551615\na\t1\n' '2: the count of "a" passes'
exits 1 "no such file: cannot open: No such file" freqstat "no such file"
exits 1 "is a directory" freqstat "$T"
printf 'a\t1\nb\t2\n' >"$T/bad"
exits 1 "$T/bad:2: the rows are not in order" freqstat --rare 1:2 "$T/bad"
printf 'b\t1\na\t1\n' >"$T/bad"
exits 1 "$T/bad:2: the rows are not in order" freqstat --summary "$T/bad"
printf 'a\t1\na\t1\n' >"$T/bad"
exits 1 "$T/bad:2: the rows are not in order" freqstat --rare 1:2 "$T/bad"
for bytes in 16777217 17000000; do # wherever pieces of the text end
    { printf 'b b '; head -c $bytes /dev/zero | tr '\0' a; echo ' c'; } >"$T/huge"
    for options in '-M 16M -j 1' '-M 16M -j 3' '-j 1' '-j 4'; do
        exits 1 "$T/huge: the word at byte 4 is longer than 16777216 bytes" freqstat $options \
            "$T/huge"
    done
done
{ printf 'b b '; head -c 16777216 /dev/zero | tr '\0' a; echo ' c'; } >"$T/huge"
is "the longest word is counted" "$(freqstat -M 16M "$T/huge" | tail -2 | wc -c)" 16777223
{ printf 'a\t'; head -c 16777300 /dev/zero | tr '\0' 0; echo 1; } >"$T/huge"
exits 1 "$T/huge:1: the row is too long" freqstat --merge "$T/huge" # however it was read
rm "$T/huge"
exits 2 "not a value of --rare" freqstat --rare 5 "$T/t"
exits 2 "not a value of --rare" freqstat --rare 5:4 "$T/t"
exits 2 "not a value of --rare" freqstat --rare 1:2x "$T/t"
exits 2 "unknown option --most" freqstat --most
exits 2 "not a value of --memory" freqstat -M 1M
exits 2 "--merge goes with neither" freqstat --merge --summary "$T/t"
exits 2 "read one table" freqstat --summary "$T/t" "$T/t"
exits 1 "cannot write" sh -c "freqstat $T/text >/dev/full"
exits 1 "cannot write" freqstat "$T/text" -o /dev/full
echo old >"$T/old"; freqstat "$T/none" -o "$T/old" 2>/dev/null
is "a failure leaves the old file and no other" "$(cat "$T/old"; ls "$T" | grep -c 'old.tmp')" \
    "$(printf 'old\n0')"
is "head ends it quietly" "$(freqstat "$T/many" 2>&1 | head -1)" "$(freqstat --top 1 "$T/many")"
done_testing
