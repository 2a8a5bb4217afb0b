# freqstat.sh -- the words of 10 MB of English Wikipedia, as sort | uniq -c counts them.
. "$(dirname "$0")/../tap.sh"
text=$CLOZE_DATA/text/enwiki-2015-a.txt.zst
tab=$(printf '\t')
if [ ! -f "$text" ]; then skip "$text is not there"; done_testing; fi
zstd -dcq "$text" 2>/dev/null | head -c 10000000 >"$T/text"
tr -s ' \t\n\v\f\r' '\n' <"$T/text" | sed '/^$/d' | sort | uniq -c | sed "s/^ *\([0-9]*\) \(.*\)/\2$tab\1/" |
    sort -t"$tab" -k2,2nr -k1,1 >"$T/want"
for how in "-j 1" "-j 2" "-j 3 -M 16M"; do
    # shellcheck disable=SC2086
    freqstat $how "$T/text" >"$T/got"; ok "as sort | uniq -c: $how" cmp "$T/want" "$T/got"
done
is "--summary adds up" "$(freqstat --summary "$T/want" | sed -n 's/^  "\(total\|types\|hapaxes\)": \([0-9]*\),/\2/p' | tr '\n' ' ')" \
    "$(awk -F'\t' '{ n += $2; h += $2 == 1 } END { print n, NR, h, "" }' "$T/want")"
is "--rare is what awk picks" "$(freqstat --rare 100:500 "$T/want" | cksum)" "$(awk -F'\t' '$2 >= 100 && $2 <= 500' "$T/want" | cksum)"
done_testing
