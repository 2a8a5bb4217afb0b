# mkvocab.sh -- merges worked by hand, and against a program that counts all pairs anew each time.
. "$(dirname "$0")/../tap.sh"
merges() { sed -n '/"merges": \[/,/^    \]/s/^      \["\(.*\)", "\(.*\)"\],\{0,1\}$/\1 \2/p' "$1"; }
tokens() { sed -n '/"vocab": {/,/^    }/s/^      "\(.*\)": [0-9]*,\{0,1\}$/\1/p' "$1"; }
ids() { sed -n '/"vocab": {/,/^    }/s/^      ".*": \([0-9]*\),\{0,1\}$/\1/p' "$1"; }
learn() { mkvocab -q "$@"; }

# the table of the paper: low 5, lowest 2, newer 6, wider 3, in "##" form.  Pairs: e+r 9 (##e ##r),
# then "##w ##er" 6, "n ##e" ... by count, ties by bytes: worked out on paper
printf 'newer\t6\nlow\t5\nwider\t3\nlowest\t2\n' >"$T/paper.tsv"
learn --size 24 "$T/paper.tsv" -o "$T/paper.json"
is "the alphabet: all characters bare, those inside with ##" \
    "$(tokens "$T/paper.json" | head -24 | tail -18 | tr '\n' ' ')" \
    'd e i l n o r s t w ##d ##e ##i ##o ##r ##s ##t ##w '
is "special tokens stand first" "$(tokens "$T/paper.json" | head -6 | tr '\n' ' ')" \
    '[PAD] [UNK] [CLS] [SEP] [MASK] [NOTA] '
# counts: ##e ##r 9 | ##w ##e 8 -> 2 after | ##o ##w 7, l ##o 7 | n ##e 6, ##e ##w 6 ...
learn --size 28 "$T/paper.tsv" -o "$T/paper.json"
is "the first four merges by hand" "$(merges "$T/paper.json" | tr '\n' ,)" \
    '##e ##r,##o ##w,l ##ow,##e ##w,'
printf 'aaaa\t3\naaa\t1\n' >"$T/a.tsv"
# ##a ##a: 2*3 + 1 = 7; a ##a: 4.  aaaa -> a ##aa ##a: the left one is joined first
learn --size 100 "$T/a.tsv" -o "$T/a.json"
is "a run of one letter is joined from the left" "$(merges "$T/a.json" | tr '\n' ,)" \
    '##a ##a,a ##aa,aaa ##a,'
printf 'ab\t5\nba\t5\ncb\t5\n' >"$T/tie.tsv"
learn --size 100 "$T/tie.tsv" -o "$T/tie.json"
is "ties: bytes of the left token, then of the right" "$(merges "$T/tie.json" | tr '\n' ,)" \
    'a ##b,b ##a,c ##b,'

# against the naive program, on tables where ties are many
table() { # table SEED WORDS LETTERS COUNT_MAX
    awk -v x="$1" -v n="$2" -v k="$3" -v m="$4" \
        'function r(a) { x = (x * 16807) % 2147483647; return x % a }
        BEGIN { for (i = 0; i < n; i++) { w = ""; len = 1 + r(12);
        for (j = 0; j < len; j++) w = w substr("abcdefghijklmnop", 1 + r(k), 1)
            if (!(w in seen)) { seen[w] = 1; print w "\t" 1 + r(m) } } }'
}
for seed in 1 2 3 4 5 6; do
    table $seed 120 $((1 + seed)) $((seed % 3 * 7 + 1)) >"$T/r.tsv"
    learn --size 200 --min $((1 + seed % 2)) "$T/r.tsv" -o "$T/r.json"
    { tokens "$T/r.json" | tail -n +7; echo; merges "$T/r.json"; } >"$T/got"
    "$HELPER/naive_bpe" "$T/r.tsv" 200 $((1 + seed % 2)) >"$T/want"
    ok "merges and tokens as the naive program, $(merges "$T/r.json" | wc -l) of table $seed" cmp \
        "$T/got" "$T/want"
done
is "ids are 0, 1, 2 ..." "$(ids "$T/r.json" | awk '$1 != NR - 1')" ""

# the same whatever the order of rows, the threads, the way in
sort -R "$T/r.tsv" >"$T/mixed.tsv"
awk -F'\t' '$2 > 1 { print $1 "\t1"; print $1 "\t" $2 - 1; next } { print }' "$T/r.tsv" \
    >"$T/twice.tsv"
learn --size 200 "$T/r.tsv" -o "$T/want.json"
for how in "-j 1 $T/r.tsv" "-j 7 $T/r.tsv" "$T/mixed.tsv" "$T/twice.tsv" "-M 64M $T/r.tsv" \
    "--seed 9 $T/r.tsv"; do
    # shellcheck disable=SC2086
    learn --size 200 $how >"$T/got.json"; ok "the same bytes: ${how##*/} ${how%% /*}" cmp \
        "$T/want.json" "$T/got.json"
done
ok "the same bytes from a slow pipe" sh -c \
    "(head -c 100 $T/r.tsv; sleep 0.1; tail -c +101 $T/r.tsv) | mkvocab -q --size 200 |
        cmp $T/want.json -"
ok "the same bytes in another locale" sh -c \
    "LC_ALL=tr_TR.UTF-8 mkvocab -q --size 200 $T/r.tsv | cmp $T/want.json -"

# limits of the alphabet
printf 'aab\t9\nac\t8\nad\t1\nxd\t1\n' >"$T/l.tsv"
learn --size 100 --alphabet 3 "$T/l.tsv" -o "$T/l.json"
is "the commonest characters are kept" "$(tokens "$T/l.json" | sed -n '7,11p' | tr '\n' ' ')" \
    'a b c ##a ##b '
is "nothing is joined across a lost character" \
    "$(printf 'axb\t9\nab\t1\nxxx\t20\nab\t0' | sed '$d' >"$T/x.tsv"
    learn --size 100 --min 10 "$T/x.tsv" | merges /dev/stdin | tr '\n' ,)" '##x ##x,x ##xx,'
printf 'ayb\t1\naa\t5\nbb\t5\n' >"$T/y.tsv"
learn --size 100 --alphabet 2 "$T/y.tsv" -o "$T/y.json"
is "... though its neighbours are known" "$(merges "$T/y.json" | tr '\n' ,)" 'a ##a,b ##b,'
is "what was lost is told" "$(mkvocab --size 100 --alphabet 2 "$T/y.tsv" 2>&1 >/dev/null |
    grep -c '2 of 3 characters .* 4.3478 %')" 1
is "a size smaller than the alphabet" "$(learn --size 8 "$T/y.tsv" | tokens /dev/stdin | wc -l)" 8
is "a table too small for the size is told" "$(mkvocab "$T/y.tsv" 2>&1 >/dev/null |
    grep -c 'no more than 16 tokens of the 32768')" 1
is "an empty table gives the special tokens" "$(learn </dev/null | tokens /dev/stdin | wc -l)" 6
is "--quiet says nothing" "$(mkvocab -q "$T/y.tsv" 2>&1 >/dev/null)" ""
printf '##x\t9\n[UNK]\t9\n##\t9\n' >"$T/n.tsv"
learn --size 100 "$T/n.tsv" -o "$T/n.json"
is "names that mean something else are not learned" \
    "$(tokens "$T/n.json" | sort | uniq -d; merges "$T/n.json" |
    grep -cE '^(## ##x|# ###x|\[UNK ##\]|\[ ##UNK\])$')" 0
is "quotes, backslashes and controls are escaped" \
    "$(printf 'a"\\\001\t3\n' | learn --size 13 | tokens /dev/stdin | sed -n '7,10p' |
    tr '\n' ' ')" '\u0001 \" \\ a '

# what is written
is "merges are written for BPE" "$(grep -c '"type": "BPE"\|"merges"\|"fuse_unk": false' \
    "$T/want.json")" 3
learn --size 200 --model wordpiece "$T/r.tsv" -o "$T/w.json"
is "WordPiece has the same tokens" "$(tokens "$T/w.json" | cksum)" \
    "$(tokens "$T/want.json" | cksum)"
is "... and no merges" "$(grep -c '"merges"\|"type": "BPE"' "$T/w.json"
grep -c '"max_input_chars_per_word": 100' "$T/w.json")" "$(printf '0\n1')"
is "--lowercase" "$(grep -c '"strip_accents": null, "lowercase": true' "$T/want.json"
learn --no-lowercase "$T/r.tsv" | grep -c '"strip_accents": null, "lowercase": false')" \
    "$(printf '1\n1')"
is "capitals under a lowercase normalizer are told" \
    "$(printf 'Ab\t1\nab\t1\n' | mkvocab 2>&1 >/dev/null |
    grep -c '^mkvocab: 1 words hold capital')" 1

# what is wrong
bad() { printf "$1" >"$T/bad"; exits 1 "$T/bad:$2" mkvocab "$T/bad"; }
bad 'ok\t1\n\377\t1\n' '2: the word is not UTF-8 (byte 0)'
bad 'ab\300\257\t1\n' '1: the word is not UTF-8 (byte 2)'
bad '\355\240\200\t1\n' '1: the word is not UTF-8'
bad 'ab\303\t1\n' '1: the word is not UTF-8'
bad 'a\000b\t5\n' '1: the word holds a NUL character (byte 1)'
bad 'ab\n' '1: no tab'
printf 'ab\t18446744073709551615\n' >"$T/bad"
exits 1 "pass 2^64 - 1" mkvocab "$T/bad"
exits 1 "cannot open" mkvocab "$T/none"
exits 1 "cannot write" sh -c "mkvocab -q $T/r.tsv >/dev/full"
exits 2 "one table is read" mkvocab "$T/r.tsv" "$T/r.tsv"
exits 2 "not a value of --size" mkvocab --size 6
exits 2 "not a value of --model" mkvocab --model unigram
awk 'BEGIN { for (i = 0; i < 1000000; i++) printf "%d-rather-long-word\t1\n", i }' >"$T/big.tsv"
exits 1 "do not fit into half the memory" mkvocab -M 64M "$T/big.tsv"
exits 1 "the memory cap of" mkvocab -M 256M "$T/big.tsv"

# ---- started with its standard files closed: the talk must not go into the product
mkvocab -q -o "$T/open.json" "$T/r.tsv"
mkvocab -o "$T/closed.json" "$T/r.tsv" <&- >&- 2>&-
ok "the same bytes when standard error is closed" cmp "$T/open.json" "$T/closed.json"
mkvocab "$T/r.tsv" >&- 2>"$T/err"; is "a closed standard output is a failure" $? 1
done_testing
