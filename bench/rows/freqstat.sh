# freqstat beside other ways to count the words of a text, on one core.
for name in words words1m; do
    size=$(bytes "$in/$name")
    case $name in
    words)   label="English words, 0.2 M distinct" ;;
    words1m) label="made-up words, 1 M distinct" ;;
    esac
    ours="freqstat -q -j 1 $in/$name"
    row freqstat "$label" "$size" MB/s counts "-j 1" "$ours" "tr, sort -S 2G, uniq -c" \
        "tr -s ' ' '\n' <$in/$name | grep . | sort -S 2G --parallel=1 | uniq -c |
            sort -k 1,1nr -k 2"
    has mawk && row freqstat "$label" "$size" MB/s counts "-j 1" "$ours" "mawk" \
        "mawk '{ for (i = 1; i <= NF; i++) n[\$i]++ }
            END { for (w in n) print w \"\t\" n[w] }' $in/$name"
    row freqstat "$label" "$size" MB/s counts "-j 1" "$ours" "Python, Counter" \
        "python3 $here/peers/count_counter.py $in/$name"
done
