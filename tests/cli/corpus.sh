# corpus.sh -- the made-up corpus that other tests and the demo stand on: sameness, layouts, labels.
. "$(dirname "$0")/../tap.sh"
corpus=$HELPER/corpus
"$corpus" --dump --pages 300 >"$T/dump.xml"
ok "the same bytes twice" sh -c "'$corpus' --dump --pages 300 | cmp - '$T/dump.xml'"
ok "other bytes from another seed" sh -c \
    "! '$corpus' --dump --pages 300 --seed 2 | cmp -s - '$T/dump.xml'"
"$corpus" --glue "$T/a"; LC_ALL=tr_TR.UTF-8 "$corpus" --glue "$T/b"
ok "the same tasks twice" diff -r "$T/a" "$T/b"

# of 300 pages 20 are redirects (i % 15 is 7), and 15 more are outside namespace 0 (i % 20 is 11)
is "pages" "$(grep -c '<page>' "$T/dump.xml"; grep -c '<redirect' "$T/dump.xml"
grep -c '<ns>[^0]' "$T/dump.xml")" "$(printf '300\n20\n15')"
wikiextract --report "$T/report.json" "$T/dump.xml" >"$T/text"
is "articles, as wikiextract sees them" "$(sed -n 's/.*"pages_kept": \([0-9]*\).*/\1/p' \
    "$T/report.json")" 265
is "no markup is left of them" "$(grep -cE "\[\[|\{\{|'''|<ref|&nbsp;|==|\{\|" "$T/text")" 0
words=$(tokenize --words "$T/text" | freqstat | freqstat --summary |
    sed -n 's/.*"total": \([0-9]*\),$/\1/p' | head -1)
ok "a few hundred words an article (freqstat counts $words)" test "${words:-0}" -gt 25000
# what a word's left neighbour tells about it: entropy falls from 5.4 to 3.2 nats
tokenize --words "$T/text" | awk '{ for (i = 1; i <= NF; i++) { n++; u[$i]++; if (i > 1) { m++;
    b[$(i-1) " " $i]++; l[$(i-1)]++ } } }
    END { for (w in u) h -= u[w] / n * log(u[w] / n); for (p in b) { split(p, s, " ");
    g -= b[p] / m * log(b[p] / l[s[1]]) }
          print (h > 4.5 && g < h - 1.5) ? "structure" : "none: " h " " g }' >"$T/entropy"
is "the language has structure" "$(cat "$T/entropy")" structure

columns() { awk -F'\t' -v want="$2" 'NF != want { bad++ } END { print bad + 0 }' "$T/a/$1"; }
while read -r file count rows; do
    is "$file has $count columns, $rows lines" \
        "$(columns "$file" "$count") $(wc -l <"$T/a/$file")" "0 $rows"
done <<END
CoLA/train.tsv 4 400
CoLA/dev.tsv 4 99
CoLA/test.tsv 2 61
SST-2/train.tsv 2 401
SST-2/test.tsv 2 61
MRPC/train.tsv 5 401
MRPC/test.tsv 5 61
QQP/dev.tsv 6 101
QQP/test.tsv 3 61
STS-B/train.tsv 10 401
STS-B/test.tsv 9 61
MNLI/train.tsv 12 401
MNLI/dev_matched.tsv 16 101
MNLI/dev_mismatched.tsv 16 101
MNLI/test_mismatched.tsv 10 61
QNLI/train.tsv 4 401
QNLI/test.tsv 3 61
RTE/dev.tsv 4 101
WNLI/train.tsv 4 401
AX/diagnostic.tsv 3 60
END
is "MRPC begins with a byte order mark" "$(head -c 3 "$T/a/MRPC/train.tsv" | od -An -tx1)" \
    " ef bb bf"
ok "some fields begin with a quote" grep -q "	\"[a-z]" "$T/a/MRPC/train.tsv"
is "labels of RTE" "$(tail -n +2 "$T/a/RTE/train.tsv" | cut -f4 | sort -u | tr '\n' ' ')" \
    "entailment not_entailment "
is "labels of MNLI" "$(tail -n +2 "$T/a/MNLI/dev_matched.tsv" | cut -f16 | sort -u | tr '\n' ' ')" \
    "contradiction entailment neutral "
is "scores of STS-B are in range" "$(tail -n +2 "$T/a/STS-B/train.tsv" |
    awk -F'\t' '$10 < 0 || $10 > 5 { n++ } END { print n + 0 }')" 0
done_testing
