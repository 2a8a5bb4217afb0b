# breaks: where Unicode's own files of tests have borders, so do tokenize's splitters (14.0)
. "$(dirname "$0")/../tap.sh"
G=$PWD/tests/golden
[ -e "$CLOZE_DATA/unicode.tar.zst" ] || { skip "$CLOZE_DATA/unicode.tar.zst is absent"
    done_testing; }
command -v zstd >/dev/null || { skip "zstd is absent"; done_testing; }
zstd -dcq "$CLOZE_DATA/unicode.tar.zst" | tar -xf - -C "$T"
"$HELPER/breaks" sentences <"$T/SentenceBreakTest.txt" >"$T/sentences"
is "every line of SentenceBreakTest" "$(cat "$T/sentences")" "502 lines"
# Unicode 15.0, which ICU 72 has, took the colon out of MidLetter: "a:A" is no longer one word.
"$HELPER/breaks" words <"$T/WordBreakTest.txt" >"$T/words"
is "all lines of WordBreakTest were read" "$(tail -1 "$T/words")" "1823 lines"
sed '$d' "$T/words" >"$T/differ"
ok "it differs nowhere (ICU below 72), or in 15 lines, a colon between letters" \
    sh -c 'test ! -s "$1" || cmp "$1" "$2"' - "$T/differ" "$G/breaks-colon.txt"
done_testing
