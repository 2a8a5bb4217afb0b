# mkvocab.sh -- however large the table, the memory stays within --memory: a vocabulary or one line.
. "$(dirname "$0")/../tap.sh"

# held WHAT TABLE MEMORY: what became of it
held() {
    "$HELPER/peak" "$T/peak" mkvocab -M "$3" -o "$T/json" "$2" 2>"$T/err"; rc=$?
    limit=$(($(numfmt --from=iec "$3") / 1024)) kib=$(cat "$T/peak")
    ok "$1 under -M $3: exit status $rc, $((kib / 1024)) MiB" test "$kib" -le "$limit"
    if [ $rc = 0 ]; then is "... a vocabulary" "$(grep -c '"merges"' "$T/json")" 1
    else is "... or one line that names the option" \
        "$(wc -l <"$T/err") $(grep -c -- --memory "$T/err")" "1 1"; fi
    echo "$rc" >>"$T/all"
}
for kinds in 1000000 5000000; do
    "$HELPER/zipf" -t 3000000 $kinds 1 >"$T/table"
    for memory in 64M 256M 512M 4G; do held "$kinds words" "$T/table" $memory; done
done
# every character alone, and between letters: as many different pairs as words
"$HELPER/codepoints" | tr '\000-\040' '[\n*]' | awk '$0 != "" { print $0 "\t" 1 + NR % 97 }' \
    >"$T/table"
for memory in 64M 256M 4G; do held "$(wc -l <"$T/table") rows with all characters" "$T/table" \
    $memory; done
is "some fitted and some did not" "$(sort -u "$T/all" | tr '\n' ' ')" "0 1 "
done_testing
