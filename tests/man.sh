#!/bin/sh
# man.sh -- every program has a page, every page is without lint, and page and --help name the same
# options with the same letters.
cd "$(dirname "$0")/.." || exit 2
n=0 failed=0
say() { n=$((n + 1)); if [ -z "$2" ]; then echo "ok $n - $1"; else echo "not ok $n - $1"
    echo "$2" | sed 's/^/# /'; failed=1; fi; }
# "j jobs" or "- min": the options as --help and as the page's `.It Fl j , Fl -jobs` lines show them
of_help() { sed -nE 's/^  (-([A-Za-z]), |    )--([a-z0-9-]+).*/\2 \3/p' | sed 's/^ /- /' | sort; }
of_page() { sed -nE 's/^\.It (Fl ([A-Za-z]) , )?Fl -([a-z0-9-]+).*/\2 \3/p' "$1" | sed 's/^ /- /' |
    sort; }
for t in tools/*/main.c; do
    name=$(basename "$(dirname "$t")")
    if [ ! -f "man/$name.1" ]; then say "$name has a page" "man/$name.1 is missing"; continue; fi
    "$BIN/$name" --help | of_help >"$LOGS/help.$$"
    of_page "man/$name.1" >"$LOGS/page.$$"
    [ -s "$LOGS/help.$$" ] || say "$name --help shows options" "none found"
    say "$name(1) and $name --help name the same options" "$(diff "$LOGS/help.$$" "$LOGS/page.$$")"
done
rm -f "$LOGS/help.$$" "$LOGS/page.$$"
for p in man/*.[157]; do
    grep -q "^\.Dt $(basename "${p%.*}" | tr a-z A-Z) ${p##*.}" "$p"; [ $? = 0 ] ||
        say "$p names itself" "its .Dt line differs"
done
if command -v mandoc >/dev/null 2>&1; then
    say "the pages are without lint" "$(mandoc -Tlint -W warning man/*.[157] 2>&1)"
else
    n=$((n + 1)); echo "ok $n # SKIP mandoc is not installed"
fi
echo "1..$n"
exit $failed
