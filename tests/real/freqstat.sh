# freqstat.sh -- the words of 10 MB of English Wikipedia, as sort | uniq -c counts them.
. "$(dirname "$0")/../tap.sh"
text=$CLOZE_DATA/text/enwiki-2015-a.txt.zst
tab=$(printf '\t')
if [ ! -f "$text" ]; then skip "$text is not there"; done_testing; fi
zstd -dcq "$text" 2>/dev/null | head -c 10000000 >"$T/text"
tr -s ' \t\n\v\f\r' '\n' <"$T/text" | sed '/^$/d' | sort | uniq -c |
    sed "s/^ *\([0-9]*\) \(.*\)/\2$tab\1/" |
    sort -t"$tab" -k2,2nr -k1,1 >"$T/want"
for how in "-j 1" "-j 2" "-j 3 -M 16M"; do
    # shellcheck disable=SC2086
    freqstat $how "$T/text" >"$T/got"; ok "as sort | uniq -c: $how" cmp "$T/want" "$T/got"
done
# the summary, worked out by awk
awk -F'\t' '{ n += $2; h += $2 == 1; if (NR == 1000 || NR == 10000 || NR == 32000 ||
    NR == 100000) c[NR] = n
        if ($2 >= 100 && $2 <= 500) { r++; s += $2 } }
    END { printf "{\n  \"total\": %d,\n  \"types\": %d,\n  \"hapaxes\": %d,\n  \"coverage\": {",
        n, NR, h
        for (i = split("1000 10000 32000 100000", top, " "); i > 0; i--)
            line = sprintf("\"%d\": %.6f%s", top[i], (top[i] in c ? c[top[i]] : n) / n,
                line == "" ? "" : ", " line)
        printf "%s},\n  \"rare\": {\"min\": 100, \"max\": 500, " \
            "\"types\": %d, \"total\": %d, " \
            "\"share_of_types\": %.6f, \"share_of_total\": %.6f}\n}\n",
            line, r, s, r / NR, s / n }' "$T/want" >"$T/summary"
ok "--summary is what awk works out" sh -c "freqstat --summary $T/want | cmp $T/summary -"
is "--rare is what awk picks" "$(freqstat --rare 100:500 "$T/want" | cksum)" \
    "$(awk -F'\t' '$2 >= 100 && $2 <= 500' "$T/want" | cksum)"
done_testing
