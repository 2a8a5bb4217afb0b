# freqstat.sh -- 20 million different words in 256 MB; the bytes a word takes; floods
# and long words.
. "$(dirname "$0")/../tap.sh"
tab=$(printf '\t')
export TMPDIR="$T"
measure() { "$HELPER/peak" "$T/peak" "$@" && kib=$(cat "$T/peak"); } # sets $kib
zipf() { "$HELPER/zipf" "$@"; }

zipf 4000000 20000000 1 >"$T/text"
zipf -t 4000000 20000000 1 | sort -S 1G -t"$tab" -k2,2nr -k1,1 >"$T/want"
for how in "-j 1 -M 256M" "-j 2 -M 256M" "-j 2 -M 4G"; do
    # shellcheck disable=SC2086
    measure freqstat $how -o "$T/got" "$T/text"
    ok "20,000,000 kinds as the generator and sort have them: $how" cmp "$T/want" "$T/got"
    case $how in *256M) ok "... in $((kib / 1024)) MiB" test "$kib" -le 262144 ;; esac
done
rm -f "$T/got"
split -n l/2 "$T/text" "$T/part."
for p in aa ab; do freqstat -M 256M -o "$T/part.$p.tsv" "$T/part.$p"; done
measure freqstat -M 256M --merge -o "$T/got" "$T/part.ab.tsv" "$T/part.aa.tsv"
ok "tables of two halves, merged, are that of the whole" cmp "$T/want" "$T/got"
ok "... in $((kib / 1024)) MiB" test "$kib" -le 262144
is "no temporary file is left" "$(find "$T" -maxdepth 1 -name 'freqstat.*')" ""
rm -f "$T"/part.* "$T/text" "$T/want" "$T/got"

# what a word takes: without what one word takes, and for as many threads
for j in 1 2; do
    echo one >"$T/text"
    measure freqstat -j $j -o "$T/got" "$T/text"; base=$kib
    for kinds in 1000000 3000000 10000000; do
        zipf 0 $kinds 1 >"$T/text"
        measure freqstat -j $j -M 4G -o "$T/got" "$T/text"
        is "$kinds rows" "$(wc -l <"$T/got")" $kinds
        each=$(((kib - base) * 1024 / kinds))
        ok "$each bytes a word at $kinds, -j $j" test $each -le 64
    done
done
done_testing
