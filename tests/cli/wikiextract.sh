#!/bin/sh
# wikiextract.sh -- wikiextract(1): what each kind of markup gives, and what a bad dump gives.
#
# Expected texts were written by hand from what MediaWiki shows a reader.
. "$(dirname "$0")/../tap.sh"

head='<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" version="0.10" xml:lang'\
'="en"><siteinfo>
<namespaces><namespace key="6" case="first-letter">Datei</namespace>'\
'<namespace key="14">Kategorie</namespace>
<namespace key="10">Vorlage</namespace></namespaces></siteinfo>'
# page TITLE NS ID TEXT: the text is escaped here
page() {
    printf '<page><title>%s</title><ns>%s</ns><id>%s</id>' "$1" "$2" "$3"
    printf '<revision><id>9%s</id><text xml:space="preserve">' "$3"
    printf '%s' "$4" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g'
    printf '</text></revision></page>\n'
}
dump() { printf '%s\n' "$head"; cat; echo '</mediawiki>'; }

# ---- markup: blocks of wikitext, "=>" and the text wanted, "%%" between ----
awk -v xml="$T/cases.xml" -v wanted="$T/wanted" '
function flush() {
    if (text == "") return
    gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text)
    n++
    printf "<page><title>T%d</title><ns>0</ns><id>%d</id>" \
        "<revision><text>%s</text></revision></page>\n", n, n, text >xml
    if (want == "") want = "(nothing)\n"
    printf "%d\t%s", n, want >wanted
    text = want = ""; second = 0
}
/^%%/ { flush(); next }
/^=> ?/ && !second { second = 1; sub(/^=> ?/, ""); if ($0 != "") want = $0 "\n"; next }
{ if (second) want = want $0 "\n"; else text = text (text == "" ? "" : "\n") $0 }
END { flush() }' "$(dirname "$0")/wikiextract.cases"
dump <"$T/cases.xml" >"$T/all.xml"
wikiextract -j1 --min-chars 0 --format jsonl "$T/all.xml" >"$T/cases.jsonl" 2>"$T/err"
# one line a case: id TAB text, paragraphs as in the JSON
sed -E 's/^\{"id": ([0-9]+), "title": "[^"]*", "text": "(.*)"\}$/\1\t\2/' "$T/cases.jsonl" >"$T/got"
awk -F'\t' 'NF > 1 { if (NR > 1) print line; line = $0; next } { line = line "\\n" $0 } END {
    print line }' "$T/wanted" |
    sed -e 's/	(nothing)$/	/' >"$T/want1"
awk -F'\t' '{ gsub(/\\"/, "\"", $2); gsub(/\\\\/, "\\", $2); print $1 "\t" $2 }' "$T/got" >"$T/got1"
diff "$T/got1" "$T/want1" | sed 's/^/# /' | tee "$T/diff"
cases=$(wc -l <"$T/want1")
ok "each of $cases pieces of markup gives the text that a reader sees" test ! -s "$T/diff" \
    -a "$cases" -gt 50
is "every case came out" "$(wc -l <"$T/got1")" "$(wc -l <"$T/want1")"

# ---- text that goes past the XML parser is what the parser would have made of it ----
raw() { # raw TEXT ...: a dump of pages with these bytes, as printf makes them, for their text
    echo "$head"
    for text in "$@"; do
        printf "<page><title>R</title><ns>0</ns><id>1</id>"
        printf "<revision><text>$text</text></revision></page>\n"
    done
    echo '</mediawiki>'
}
parsed() { sed 's/<text[^>]*>/&<!---->/'; } # where something else stands, the parser reads it all
raw 'plain &lt;b&gt;A &amp;amp; B&lt;/b&gt; &quot;c&quot; &apos;d&apos;' \
    'one &#233; two &#x4e2d; three' \
    'a\r\nline\rends\n\nhere' 'x ]]&gt; y ]] &gt; z > w' '<![CDATA[in <b>one</b> & ]]>after' \
    'in<!-- no -->side' '\303\251 \344\270\255 \360\237\230\200 \357\277\275' 'end]' 'end]]' '' \
    '\n' \
    "$(yes '[[many]] &amp;nbsp; words of \303\251 text' | head -9000 | tr '\n' ' ')" >"$T/raw.xml"
parsed <"$T/raw.xml" >"$T/parsed.xml"
wikiextract --min-chars 0 --format jsonl "$T/raw.xml" >"$T/past"
wikiextract --min-chars 0 --format jsonl "$T/parsed.xml" >"$T/through"
ok "$(wc -l <"$T/past") texts are the same" cmp "$T/past" "$T/through"
sed 's/.*"text": "//; s/"}$//' "$T/past" | head -9 >"$T/got"
printf '%s\n' "plain A & B \\\"c\\\" 'd'" 'one é two 中 three' 'a line ends\nhere' 'x > y > z > w' \
    'in one & after' 'inside' 'é 中 😀 �' 'end]' 'end' >"$T/want"
is "and those that XML says" "$(cat "$T/got")" "$(cat "$T/want")"
many=$(yes 'A &amp; B &lt;i> C' | head -9000 | tr '\n' ' ')
raw "a <![CDATA[$many]]> z" >"$T/cdata.xml"
raw "a $(printf %s "$many" | sed 's/&/\&amp;/g') z" >"$T/same.xml"
wikiextract "$T/same.xml" >"$T/got"
wikiextract "$T/cdata.xml" | cmp - "$T/got"; result $? "CDATA of 150 KB is CDATA to its end"
for size in 1 7 4093; do
    dd bs=$size if="$T/raw.xml" 2>"$T/dd" | wikiextract --min-chars 0 --format jsonl |
        cmp - "$T/past"
    result $? "in pieces of $size bytes too"
done
for bad in ']]>' '&bad;' '\377' '\303<' '\357\277\276' '\355\240\200' '\001'; do
    raw "good text" "some words $bad more" >"$T/bad.xml"
    at=$(grep -abo 'some words ' "$T/bad.xml" | sed 's/:.*//')
    case $bad in ']]>') at=$((at + 13)) ;; *) at=$((at + 11)) ;; esac # its end is named
    wikiextract "$T/bad.xml" >"$T/got" 2>"$T/err"
    is "$bad is refused where it stands" "$? $(cat "$T/got") $(sed 's/: [a-zA-Z ()-]*$//' \
        "$T/err")" \
        "1 good text wikiextract: $T/bad.xml: the XML is damaged at byte $at"
done
{ echo '<?xml version="1.0" encoding="ISO-8859-1"?>'; raw 'caf\351 \303\251'; } >"$T/latin.xml"
is "another encoding is the parser's" "$(wikiextract "$T/latin.xml")" 'café Ã©'

# ---- articles and options ----
{ page One 0 1 'First.

Second.'; page Talk:One 1 2 'Talk.'; page Two 0 3 '== Empty ==
== Full ==
=== Sub ===
Text.
== Last =='; } >"$T/pages"
dump <"$T/pages" >"$T/d.xml"
is "a paragraph a line, an empty line between articles" "$(wikiextract "$T/d.xml")" 'First.
Second.

Text.'
is "titles and headings, without those of empty sections" \
    "$(wikiextract --titles --headings "$T/d.xml")" 'One
First.
Second.

Two
Full
Sub
Text.'
is "other namespaces" "$(wikiextract --namespaces 1 "$T/d.xml")" 'Talk.'
is "short articles go" "$(wikiextract --min-chars 6 "$T/d.xml")" 'First.
Second.'
is "an object a line" "$(wikiextract --format jsonl "$T/d.xml" | head -1)" \
    '{"id": 1, "title": "One", "text": "First.\nSecond."}'
is "formulas as TeX" "$(page F 0 1 'So <math>a < b</math>.' | dump | wikiextract --math tex)" \
    'So a < b.'
is "a page without <ns> has the namespace of its title" \
    "$(page Talk:A 0 1 'x' | sed 's,<ns>0</ns>,,' | dump | wikiextract --namespaces 1)" x
is "of several revisions the last counts" "$(dump <<X | wikiextract
<page><title>R</title><ns>0</ns><id>1</id><revision><text>old old old</text></revision>
<revision><text>new</text></revision></page>
X
)" new
# a title has its place before the text; so one cannot lie behind a text that a shorter one replaces
is "a title behind the text is none" "$(dump <<X | wikiextract --format jsonl
<page><id>1</id><revision><text>$(seq -s ' ' 500)</text></revision>
<title>Late</title><title>Later</title><revision><text>b</text></revision></page>
X
)" '{"id": 1, "title": "", "text": "b"}'
is "a text with an element in it harms neither its page nor the next" \
    "$(dump <<X | wikiextract --titles
<page><title>A</title><ns>0</ns><revision><text><b/>lost</text></revision></page>
<page><title>Bee</title><ns>0</ns><revision><text>Text.</text></revision></page>
X
)" 'Bee
Text.'

is "numbers as the wiki writes them, units by symbols" \
    "$(page N 0 1 '{{formatnum:1234567.5}} {{convert|1500|m|ft}} {{lang-en|x}}' | dump |
    sed 's/xml:lang="en"/xml:lang="de"/' | wikiextract)" '1.234.567,5 1.500 m (4.900 ft) x'
is "the first thing of all may be a template of nothing" \
    "$(page N 0 1 '{{}}{{zoo}}a' | dump | wikiextract -j1)" a
is "names in Cyrillic have no case in their first letter" \
    "$(page N 0 1 'Да{{Нет АИ}}, {{Число|5}}.' | dump | wikiextract)" 'Да, 5.'

# ---- the report ----
{ cat "$T/pages"; page R 0 4 '#REDIRECT [[One]]'; page S 0 5 ''
    page D 0 6 "$(printf '{{%.0s' $(seq 300))"
  page B 0 7 "$(printf 'x%.0s' $(seq 3000))"
  page L 0 8 'Has {{zoo|1}} and {{zoo}} and {{apple}} here.{{citation needed}} More.'; } |
      dump >"$T/r.xml"
# a page without <text>, and one whose text was deleted
sed 's,</mediawiki>,<page><title>N</title><ns>0</ns><revision></revision></page>\
<page><title>D</title><ns>0</ns><revision><text deleted="deleted" /></revision></page>\
&,' "$T/r.xml" >"$T/r" && mv "$T/r" "$T/r.xml"
wikiextract --max-page 2K --report "$T/report" "$T/r.xml" >/dev/null
for want in '"pages_seen": 10' '"pages_kept": 3' '"redirect": 1' '"namespace": 1' '"no_text": 2' \
    '"deleted": 1' '"too_large": 1' '"too_deep": 1' \
    '"sentences_that_lost_text": 1' '{ "name": "zoo", "count": 2 }' '"complete": true' \
    "\"bytes_in\": $(wc -c <"$T/r.xml")" \
    "\"bytes_out\": $(wikiextract --max-page 2K "$T/r.xml" | wc -c)"; do
    ok "the report says $want" grep -qF "$want" "$T/report"
done
is "lost templates are in order of count" "$(sed \
    -n '/templates_lost/,/]/s/.*"name": "\([^"]*\)".*/\1/p' "$T/report" | tr '\n' ' ')" 'zoo apple '

long=$(printf 'é%.0s' $(seq 100))
page U 0 1 "A {{$long}} and {{x$long}} b." | dump | wikiextract --report "$T/report" >/dev/null
ok "a long name is not cut inside a character" sh -c \
    "iconv -f UTF-8 -t UTF-8 '$T/report' | grep -q 'x[^ ]*é\"'"

# ---- the same bytes ----
i=0; while [ $i -lt 400 ]; do i=$((i + 1))
    page "P$i" 0 $i "Page $i has [[link|links]], {{convert|$i|km}} and {{no such}}.

$(seq -s ' and ' $((i % 90)))."; done | dump >"$T/many.xml"
wikiextract -j1 "$T/many.xml" >"$T/1"
bzip2 -c "$T/many.xml" >"$T/many.bz2"
ok "there is text" test "$(grep -c '^Page' "$T/1")" = 400
for j in 2 3 7; do wikiextract -j$j "$T/many.xml" |
    cmp -s - "$T/1"; result $? "-j $j gives the same bytes"; done
LC_ALL=tr_TR.UTF-8 TZ=Asia/Tokyo wikiextract "$T/many.xml" |
    cmp -s - "$T/1"; result $? "another locale gives the same bytes"
wikiextract "$T/many.bz2" | cmp -s - "$T/1"; result $? "bzip2 gives the same bytes"
head -c 3000 "$T/many.xml" | bzip2 >"$T/two.bz2"; tail -c +3001 "$T/many.xml" | bzip2 >>"$T/two.bz2"
wikiextract "$T/two.bz2" | cmp -s - "$T/1"; result $? "two streams of bzip2 give the same bytes"
for f in gzip xz zstd; do
    command -v $f >/dev/null || { skip "$f is absent"; continue; }
    $f -qc <"$T/many.xml" >"$T/many.$f"
    wikiextract "$T/many.$f" | cmp -s - "$T/1"; result $? "$f gives the same bytes"
    head -c 3000 "$T/many.xml" | $f -qc >"$T/two.$f"; tail -c +3001 "$T/many.xml" |
        $f -qc >>"$T/two.$f"
    dd if="$T/two.$f" bs=7 2>/dev/null | wikiextract |
        cmp -s - "$T/1"; result $? "two of $f through a pipe as well"
    bytes=$(wc -c <"$T/many.$f")
    head -c $((bytes - 3)) "$T/many.$f" >"$T/cut.$f"
    exits 1 "truncated at byte $((bytes - 3)): the $f data has no end" wikiextract "$T/cut.$f"
    ok "$f: what is whole before the cut is written" cmp -s "$T/.out" "$T/1"
    { cat "$T/many.$f"; echo junk; } >"$T/junk.$f"
    exits 1 "what follows the $f data at byte $bytes is no $f data" wikiextract "$T/junk.$f"
    ok "$f: after the whole text" cmp -s "$T/.out" "$T/1"
    # the checksum: last of a zstd frame, before the length of a gzip member, before the index
    # of an xz stream
    at=$((bytes - 4)); [ $f = gzip ] && at=$((bytes - 8)); [ $f = xz ] && at=$((bytes - 36))
    { head -c $at "$T/many.$f"; printf '\001\002\003'; tail -c +$((at + 4)) "$T/many.$f"
        } >"$T/hurt.$f"
    exits 1 "the $f data is damaged at or before byte" wikiextract "$T/hurt.$f"
    place=$(sed -n 's/.*before byte \([0-9]*\).*/\1/p' "$T/.err")
    ok "$f: the place ($place) is there or behind it" test "$place" -ge $at -a "$place" -le "$bytes"
done
dd if="$T/many.bz2" bs=7 2>/dev/null | wikiextract |
    cmp -s - "$T/1"; result $? "a pipe of 7 bytes at a time gives the same bytes"
head -c 20000 "$T/many.xml" | dd bs=1 2>/dev/null | wikiextract >"$T/slow" 2>/dev/null
head -c 20000 "$T/many.xml" >"$T/cut.xml"; wikiextract "$T/cut.xml" 2>/dev/null | cmp -s - "$T/slow"
result $? "a cut pipe of 1 byte at a time gives what the cut file gives"
wikiextract "$T/d.xml" "$T/d.xml" >"$T/twice"
cat "$T/d.xml" "$T/d.xml" | wikiextract | cmp -s - "$T/twice"
result $? "two dumps in one input are two dumps"

# ---- bad input ----
exits 1 "truncated at byte 20000" wikiextract "$T/cut.xml"
n=$(grep -c '</page>' "$T/cut.xml")
is "whole pages before the cut are written" "$(wikiextract "$T/cut.xml" 2>/dev/null |
    grep -c '^Page')" "$n"
wikiextract -o "$T/o" --report "$T/o.json" "$T/cut.xml" 2>/dev/null
is "to a file as well" "$(grep -c '^Page' "$T/o")" "$n"
ok "and the report says so" grep -qF '"complete": false' "$T/o.json"
head -c 1500 "$T/many.bz2" >"$T/cut.bz2"
exits 1 "truncated at byte 1500" wikiextract "$T/cut.bz2"
{ cat "$T/many.bz2"; echo junk; } >"$T/junk.bz2"
exits 1 "what follows the bzip2 data at byte $(wc -c <"$T/many.bz2")" wikiextract "$T/junk.bz2"
ok "after the whole text" cmp -s "$T/.out" "$T/1"
{ cat "$T/d.xml"; echo junk; } >"$T/junk.xml"
exits 1 "what follows </mediawiki> is no dump" wikiextract "$T/junk.xml"
{ head -c 1000 "$T/many.bz2"; printf 'damage'; tail -c +1007 "$T/many.bz2"; } >"$T/hurt.bz2"
exits 1 "the bzip2 data is damaged at or before byte" wikiextract "$T/hurt.bz2"
printf 'PK\003\004' >"$T/zip"; exits 1 "is compressed with zip, which is not read here" \
    wikiextract "$T/zip"
printf '\377\376<\000m\000' >"$T/u16"; exits 1 "is UTF-16" wikiextract "$T/u16"
: >"$T/empty"; exits 1 "is empty" wikiextract "$T/empty"
echo hello >"$T/text"; exits 1 "is not a MediaWiki export" wikiextract "$T/text"
echo '<html><body/></html>' >"$T/html"; exits 1 "the root is <html>" wikiextract "$T/html"
{ echo '<!DOCTYPE mediawiki [<!ENTITY a "b">]>'; cat "$T/d.xml"; } >"$T/doctype"
exits 1 "a DOCTYPE at byte" wikiextract "$T/doctype"
{ echo '<mediawiki>'; i=0; while [ $i -lt 100 ]; do echo '<a>'; i=$((i + 1)); done; } >"$T/deep"
exits 1 "nested deeper than 64" wikiextract "$T/deep"
{ echo "<mediawiki><page a=\"$(seq -s ' ' 300000)\"/></mediawiki>"; } >"$T/wide"
exits 1 "a tag at byte 11 is longer than 1048576 bytes" wikiextract "$T/wide"
grep -v '</mediawiki>' "$T/d.xml" >"$T/endless"
exits 1 "truncated at byte $(wc -c <"$T/endless"): </mediawiki> is missing" wikiextract \
    --report "$T/report" "$T/endless"
ok "behind the whole text" sh -c "wikiextract '$T/d.xml' | cmp - '$T/.out'"
ok "and the report says it" grep -q '"failure": ".*</mediawiki> is missing"' "$T/report"
exits 1 "cannot open" wikiextract "$T/nowhere"
exits 2 "is not a value of --namespaces" wikiextract --namespaces 0,x "$T/d.xml"
exits 2 "unknown option --lines" wikiextract --lines
exits 1 "standard output" sh -c "wikiextract '$T/many.xml' >/dev/full"

# ---- damage that is passed over ----
says() { grep -qF "\"$1" "$T/report"; } # of the report
i=0; while [ $i -lt 3000 ]; do i=$((i + 1))
    page "P$i" 0 $i "Page $i has $(((i * 7919) % 104729)) $(((i * 104729) % 7919))."; done |
        dump >"$T/long.xml"
bzip2 -1c "$T/long.xml" >"$T/long.bz2"
wikiextract "$T/long.xml" >"$T/long"
{ head -c 10000 "$T/long.bz2"; printf 'damage'; tail -c +10007 "$T/long.bz2"; } >"$T/hurt.bz2"
exits 1 "damaged at or before byte" wikiextract "$T/hurt.bz2"
for j in 1 2 7; do
    wikiextract -j$j --keep-going --report "$T/report" "$T/hurt.bz2" >"$T/kept.$j" 2>"$T/err"
    is "--keep-going -j $j is no failure" $? 0
    is "and tells of it once" "$(grep -c 'damaged at or before byte [0-9]*; passed over' \
        "$T/err")" 1
    ok "and counts it" says 'damaged_places": 1,'
    ok "and is not complete" says 'complete": false'
    cmp -s "$T/kept.$j" "$T/kept.1"; result $? "and gives the same bytes"
done
kept=$(grep -c . "$T/kept.1")
ok "pages before and behind the block are there, $kept of 3000" test "$kept" -gt 1000 -a "$kept" \
    -lt 3000
is "and none that is not in the whole" "$(grep . "$T/kept.1" | grep -vxFf "$T/long" | wc -l)" 0
is "the last page among them" "$(tail -1 "$T/kept.1")" "$(tail -1 "$T/long")"
{ cat "$T/long.bz2" "$T/hurt.bz2" "$T/long.bz2"; } >"$T/three.bz2"
is "the streams around a damaged one are whole" \
    "$(wikiextract -q --keep-going "$T/three.bz2" | grep -c .)" $((6000 + kept))
sed '2000s/<title>/<<>\&/' "$T/long.xml" >"$T/hurt.xml"
exits 1 "the XML is damaged at byte" wikiextract "$T/hurt.xml"
is "of damaged XML one page is lost" "$(wikiextract -q --keep-going "$T/hurt.xml" | grep -c .)" 2999
is "through a pipe of 7 bytes too" "$(head -c 90000 "$T/hurt.xml" | dd bs=7 2>/dev/null |
    wikiextract -q --keep-going | grep -c .)" \
    "$(head -c 90000 "$T/hurt.xml" | wikiextract -q --keep-going | grep -c .)"
is "a cut is damage" "$(head -c 20000 "$T/long.xml" | wikiextract -q --keep-going | grep -c .)" \
    "$(head -c 20000 "$T/long.xml" | grep -c '</page>')"
exits 1 "a DOCTYPE at byte" wikiextract --keep-going "$T/doctype"
exits 1 "is not a MediaWiki export" wikiextract --keep-going "$T/text"
for f in gzip xz zstd; do
    command -v $f >/dev/null || { skip "$f is absent"; continue; }
    $f -qc <"$T/long.xml" >"$T/a"; bytes=$(wc -c <"$T/a")
    { cat "$T/a"; head -c $((bytes / 2)) "$T/a"; printf 'damage'
        tail -c +$((bytes / 2 + 7)) "$T/a"; cat "$T/a"; } >"$T/three"
    n=$(wikiextract -q --keep-going "$T/three" | grep -c .)
    ok "$f: the members around a damaged one are whole ($n pages)" test "$n" -ge 6000 -a "$n" \
        -lt 9000
done
for f in junk.bz2 junk.xml; do
    wikiextract --lax "$T/$f" >"$T/out" 2>"$T/err"
    is "--lax: $f is read" "$? $(grep -c 'what follows .*; passed over' "$T/err")" "0 1"
done
cmp -s "$T/out" "$T/1" || wikiextract "$T/d.xml" | cmp -s - "$T/out"; result $? "to its end"
exits 1 "truncated" wikiextract --lax "$T/cut.xml"
wikiextract -q "$T/d.xml" >"$T/once"
wikiextract -q "$T/d.xml" "$T/d.xml" >"$T/twice"
for junk in junk '<junk' '<html xml:lang="ja"><p>a</p>' '<!DOCTYPE html>' '<!-- junk'; do
    { cat "$T/d.xml"; echo "$junk"; } >"$T/junk.xml"
    exits 1 "what follows </mediawiki> is no dump" wikiextract "$T/junk.xml"
    { cat "$T/junk.xml" "$T/d.xml"; } >"$T/twice.xml"
    for option in --lax --keep-going; do
        wikiextract -q $option "$T/junk.xml" | cmp -s - "$T/once"
        result $? "$option: $junk behind a dump is passed over"
        [ "$junk" != '<!-- junk' ] || continue # a comment that has no end hides the rest
        wikiextract -q $option "$T/twice.xml" | cmp -s - "$T/twice"
        result $? "$option: and a dump behind that is read"
    done
done

# ---- hostile markup is read in linear time ----
hostile() { # hostile NAME: the text comes in
    { printf '%s<page><title>H</title><ns>0</ns><id>1</id><revision><text>' "$head"
      sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'
      echo '</text></revision></page></mediawiki>'; } >"$T/hostile.xml"
    timeout 5 wikiextract -j1 "$T/hostile.xml" >"$T/h" 2>&1; result $? "100,000 times $1 ends soon"
}
for open in '{{' '[[' '<ref>' '<!--' '[[File:a|' '<sup>' '{{{' "'''" '<nowiki>' '[http://x ' '&' \
    '-{' '[[a|' '{{a|[[b|' '<math>' \
    ']]' '}}' '(' '<b' '{{a|' '|' '{{a}}' '()' '[[a]] '; do
    yes -- "$open" | head -n 100000 | tr -d '\n' >"$T/in"
    hostile "$open" <"$T/in"
done
yes "'''<b>" | head -n 300000 | tr -d '\n' >"$T/in"
hostile "'''<b> (thrice)" <"$T/in"
for open in '{|' '==' '|-' '* a' '= a <!-- --> =' '{{a' '[[a' '<!-- a -->' ' '; do
    yes -- "$open" | head -n 100000 >"$T/in"
    hostile "lines of $open" <"$T/in"
done

# ---- where the output cannot go ----
yes 'A sentence of some words.' | head -n 20000 | tr '\n' ' ' >"$T/in"
page Long 0 1 "$(head -c 100000 "$T/in")" >"$T/page"
for i in 1 2 3 4 5 6; do cat "$T/page"; done | dump >"$T/long.xml"
full() { (ulimit -f 200; trap '' XFSZ; exec wikiextract "$@"); }
full -o "$T/full" --report "$T/full.json" "$T/long.xml" 2>"$T/err"
is "a disk that is full is a failure" $? 1
is "which says where: $(cat "$T/err")" "$(grep -c 'full: cannot write at byte [1-9]' "$T/err")" 1
is "and leaves no file cut within an article" "$(ls "$T" | grep '^full')" "full.json"
is "and its report says so" "$(grep -c '"complete": false' "$T/full.json")" 1
wikiextract --report "$T/r.json" "$T/cases.xml" >/dev/full 2>"$T/err"
is "a report of text that could not be written is not complete" \
    "$(grep -c '"complete": false' "$T/r.json")" 1
exits 2 "cannot both go to standard output" wikiextract --report - "$T/cases.xml"
exits 2 "cannot both go to $T/x" wikiextract --report "$T/x" -o "$T/x" "$T/cases.xml"
wikiextract --report "$T/r.json" "$(printf 'n\377me')" 2>"$T/err"
ok "a name that is not UTF-8 does no harm to the report" iconv -f UTF-8 -t UTF-8 "$T/r.json"
exits 1 "./t.json: is being written by another program" sh -c \
    'cd "$1" && wikiextract --report ./t.json -o t.json cases.xml' - "$T"
ok "nor by two names of one file" test ! -e "$T/t.json"
exits 1 "$T/none/r.json: cannot open for writing" wikiextract --report "$T/none/r.json" \
    "$T/no-such-dump" # nothing has been read yet
wikiextract --report - -o "$T/long.txt" "$T/long.xml" >"$T/r.json"
is "a report on standard output, the text in a file" \
    "$? $(grep -c '"complete": true' "$T/r.json")" "0 1"
exits 1 "name of a file to write is empty" wikiextract -o "" "$T/cases.xml"
exits 1 "name of a file to read is empty" wikiextract ""
done_testing
