#!/bin/sh
# wikiextract.sh -- wikiextract(1) on real dumps: no crash, no markup left, whole
# pages of cut dumps.
. "$(dirname "$0")/../tap.sh"
dumps=$CLOZE_DATA/wiki
[ -d "$dumps" ] || { skip "no dumps in $dumps"; done_testing; }

wikiextract --report "$T/report" -o "$T/sample" "$dumps/enwiki-sample.xml.bz2"
result $? "the English sample is read"
for markup in '\[\[' '\]\]' '{{' '}}' "'''" "''" '<ref' '{|' '&nbsp;' '&lt;' '<[a-z][a-z]*[ >]' \
    '  ' '( )' '(,' ' $' '^ '; do
    is "no $markup is left in its text" "$(grep -c -- "$markup" "$T/sample")" 0
done
seen=$(bzip2 -dc "$dumps/enwiki-sample.xml.bz2" | grep -c '<page>')
ok "all its $seen pages are seen" grep -qF "\"pages_seen\": $seen" "$T/report"
awk -F'[:,]' '/"sentences"/ { s = $2 } /"sentences_that_lost_text"/ { l = $2 } END {
    exit !(s > 20000 && l / s < 0.005) }' "$T/report"
result $? "less than one sentence in 200 lost the text of a template"

wikiextract -j1 "$dumps/enwiki-sample.xml.bz2" |
    cmp -s - "$T/sample"; result $? "-j 1 gives the same bytes"
LC_ALL=tr_TR.UTF-8 wikiextract -j2 "$dumps/enwiki-sample.xml.bz2" |
    cmp -s - "$T/sample"; result $? "-j 2 in Turkish does"
bzip2 -dc "$dumps/enwiki-sample.xml.bz2" | dd bs=7 2>/dev/null | wikiextract | cmp -s - "$T/sample"
result $? "a slow pipe does"

for f in enwiki-head-truncated jawiki-head-truncated; do
    wikiextract --report "$T/report" "$dumps/$f.xml.bz2" >"$T/cut" 2>"$T/err"
    is "$f fails" $? 1
    ok "$f: says where" grep -q 'truncated at byte [0-9]' "$T/err"
    whole=$(bzip2 -dc "$dumps/$f.xml.bz2" | grep -c '</page>')
    ok "$f: all $whole whole pages are seen" grep -qF "\"pages_seen\": $whole" "$T/report"
done
exits 1 "is UTF-16" sh -c "bzip2 -dc '$dumps/utf16-no-pages.xml.bz2' | wikiextract"
exits 1 "is UTF-16" wikiextract "$dumps/utf16-no-pages.xml.bz2"
for f in "$dumps/mini/"*.bz2 "$dumps/ltgwiki.xml.bz2" "$dumps/enwiki-tables.xml.bz2"; do
    wikiextract "$f" >"$T/out" 2>"$T/err"; result $? "$(basename "$f") is read"
    ok "$(basename "$f") gives text" test -s "$T/out"
    grep -qE "\[\[|\]\]|\{\{|\}\}|<ref|'''" "$T/out"; is "$(basename "$f"): no markup is left" $? 1
done
# <text> with a comment in it is read by the XML parser alone, and not past it
for f in "$dumps"/*.bz2 "$dumps"/mini/*.bz2; do
    bzip2 -dc "$f" >"$T/xml" 2>"$T/err"
    wikiextract -q "$T/xml" >"$T/past" 2>"$T/err"
    sed 's/<text[^>/]*>/&<!---->/' "$T/xml" | wikiextract -q >"$T/through" 2>"$T/err"
    ok "$(basename "$f"): the parser makes the same of its text" cmp "$T/past" "$T/through"
done

# what an independent look at all their text finds: markup, and names of namespaces in
# many languages
for f in "$dumps"/*.bz2 "$dumps"/mini/*.bz2; do wikiextract -q "$f" 2>/dev/null; done >"$T/text"
ok "all dumps give $(grep -c . "$T/text") paragraphs" test "$(grep -c . "$T/text")" -gt 70000
for markup in '{{' '}}' '{|' '\[\[' '\]\]' "'''" '<ref' '</ref' '<gallery' '<br' '&lt;' '&gt;' \
    '&amp;' '&nbsp;' '&#[0-9]' \
    '__[A-Z][A-Z]*__' 'colspan' 'rowspan' 'class=' 'align=' 'File:' 'Image:.*\.' 'Datei:' \
    'Fichier:' 'Archivo:' 'Αρχείο:' 'Файл:' \
    'ファイル:' 'ไฟล์:' 'Catégorie:' 'Категория:' 'קטגוריה:' 'رده:' '\.\(jpg\|JPG\|png\|svg\)|'; do
    is "no $markup in any" "$(grep -a -c -- "$markup" "$T/text")" 0
done
# a link that its page never closes keeps them, as MediaWiki does
ok "at most 5 options of pictures" test "$(grep -a -c '[0-9]px *|\|thumb|' "$T/text")" -le 5
cat "$dumps"/mini/*.bz2 | wikiextract >"$T/all"
for f in "$dumps"/mini/*.bz2; do wikiextract "$f"; done >"$T/each"
is "all small dumps in one pipe" "$(grep -c . "$T/all")" "$(grep -c . "$T/each")"
done_testing
