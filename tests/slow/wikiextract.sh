#!/bin/sh
# wikiextract.sh -- wikiextract(1) in bounded memory and linear time: pages and markup
# that no wiki has.
. "$(dirname "$0")/../tap.sh"

head='<mediawiki xml:lang="en"><siteinfo></siteinfo>'
measure() { "$HELPER/peak" "$T/peak" "$@"; }
# bounded WHAT MIB
bounded() { kib=$(cat "$T/peak"); ok "$1: $((kib / 1024)) of $2 MiB" test "$kib" \
    -le $(($2 * 1024)); }
say() { yes -- "$1" | tr -d '\n' | head -c "$2"; }
prose='A sentence of some words, with a [[link]] and more of them to read, as there are in most. '
page() { printf '<page><title>P</title><ns>0</ns><id>1</id><revision><text>%s' "$1"; cat
    echo 'End.</text></revision></page>'; }

# ---- pages just below the bound, one behind the other ----
say "$prose" 16000000 | page >"$T/prose"
{ say '&quot;' 48000000; say "$prose" 7000000; } | page >"$T/quotes"
for i in 1 2 3 4 5 6 7 8; do echo small | page; done >"$T/small"
huge() { echo "$head"; for i in 1 2 3 4 5 6 7 8 9; do cat "$T/$1" "$T/small"; done
    echo '</mediawiki>'; }
for j in 1 8 100; do
    huge prose | measure wikiextract -j $j -o "$T/out"
    bounded "9 pages of 16 MB through a pipe, -j $j" 160
    is "all 81 are there" "$(grep -c 'End\.$' "$T/out")" 81
done
huge quotes | measure wikiextract -j 8 --format jsonl -o "$T/out"
bounded "pages of quotes as JSON" 160
is "all 81 are there" "$(grep -c 'End\."}$' "$T/out")" 81
seq -s ' ' 2100000 | page >"$T/numbers"
{ echo "$head"; cat "$T/numbers" "$T/small"; echo '</mediawiki>'; } | bzip2 >"$T/bz2"
for i in 1 2 3 4 5 6; do cat "$T/bz2"; done | measure wikiextract -j 8 --format jsonl -o "$T/out"
bounded "of six streams of bzip2, -j 8" 160
is "all 54 are there" "$(grep -c 'End\."}$' "$T/out")" 54

# ---- what is beyond every bound ----
{ echo "$head"; say "$prose" 1000000000 | page; echo small | page; echo '</mediawiki>'; } |
    measure wikiextract --report "$T/report" -o "$T/out"
is "a text of 1 GB is passed over" "$? $(grep -c '"too_large": 1' "$T/report") $(grep -c End \
    "$T/out")" "0 1 1"
bounded "in little memory" 50
{ echo "$head<page a=\""; say "$prose" 50000000; echo '"/></mediawiki>'; } >"$T/in"
measure wikiextract "$T/in" 2>"$T/err"
is "an attribute of 50 MB is refused" "$(grep -c 'a tag at byte 46 is longer than 1048576 bytes' \
    "$T/err")" 1
kib=$(cat "$T/peak"); bounded "in little memory" 50
{ echo "$head"; say '<a>' 3000000; } >"$T/in"
measure wikiextract "$T/in" 2>"$T/err"
is "a million elements in each other are refused" \
    "$(grep -c 'nested deeper than 64 at byte' "$T/err")" 1
bounded "in little memory" 50

# ---- twice the markup takes twice the time ----
user_ms() { # user_ms N TEXT...: a page of N times the text, its lines as they are
    n=$1; shift
    { printf '%s<page><title>H</title><ns>0</ns><revision><text>' "$head"
      yes -- "$1" | head -n "$n" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g' |
          if [ "$2" = lines ]; then cat; else tr -d '\n'; fi
      echo '</text></revision></page></mediawiki>'; } >"$T/in"
    best=999999
    for i in 1 2 3; do
        ms=$(sh -c 'wikiextract -j1 "$1" >/dev/null && times' - "$T/in" |
            awk 'NR == 2 { split($1, t, "[ms]"); print int((60 * t[1] + t[2]) * 1000) }')
        [ "${ms:-999999}" -lt "$best" ] && best=$ms
    done
    echo "$best"
}
for open in '{{' '[[' '<ref>' '<!--' '{{a|' '[[a|' '{{{' '{{loop|{{' '<sup>' "'''" "'''<b>" \
    '(' '{{a}}'; do
    one=$(user_ms 500000 "$open" run); two=$(user_ms 1000000 "$open" run)
    ok "$open: $one ms and $two ms" test "$one" -lt 999999 -a "$two" -le $((3 * one + 50))
done
for open in '{|' '{|
|' '{|
|-
|a' '== a' '* [[a' '<table>' '<!-- a'; do
    one=$(user_ms 200000 "$open" lines); two=$(user_ms 400000 "$open" lines)
    ok "lines of $open: $one ms and $two ms" test "$one" -lt 999999 -a "$two" -le $((3 * one + 50))
done
done_testing
