#!/bin/sh
# pipe.sh -- the whole text pipe on a made-up dump: the same bytes for one thread and two, from a
# file and through a slow pipe of odd chunks, in the C and the Turkish locale.
. "$(dirname "$0")/../tap.sh"

"$HELPER/corpus" --dump --pages 60 --seed 3 >"$T/dump.xml" || exit 1
bzip2 -k "$T/dump.xml"

# slow FILE: its bytes in chunks of 1, 7, 4093 ... bytes
slow() {
    (dd bs=1 count=1500; dd bs=7 count=2000; dd bs=4093) <"$1" 2>/dev/null
}
run() { # run FOLDER JOBS: the pipe from files
    mkdir "$T/$1" && cd "$T/$1" || exit 1
    wikiextract -j "$2" -o text "$T/dump.xml.bz2" &&
    tokenize -j "$2" --words text >words &&
    freqstat -j "$2" words >words.tsv &&
    mkvocab -j "$2" -q --size 600 words.tsv >tokenizer.json &&
    tokenize -j "$2" -m tokenizer.json text >tokens &&
    shard -j "$2" --seq-len 64 -q -o data tokens
}
run_slow() { # the same through pipes
    mkdir "$T/$1" && cd "$T/$1" || exit 1
    slow "$T/dump.xml.bz2" | wikiextract -j 2 >text &&
    slow text | tokenize --words >words &&
    slow words | freqstat >words.tsv &&
    slow words.tsv | mkvocab -q --size 600 >tokenizer.json &&
    slow text | tokenize -m tokenizer.json >tokens &&
    slow tokens | shard --seq-len 64 -q -o data
}
sums() { (cd "$T/$1" && find . -type f ! -name lock | sort | xargs cksum); }

ok "the pipe runs with -j 1" run one 1
ok "the pipe runs with -j 2" run two 2
ok "the pipe runs through slow pipes" run_slow slow
is "-j 1 and -j 2 give the same bytes" "$(sums two)" "$(sums one)"
is "a slow pipe gives the same bytes as a file" "$(sums slow)" "$(sums one)"
ok "there is text, and there are words and tokens" test -s "$T/one/text" -a -s "$T/one/words.tsv" \
    -a -s "$T/one/tokens"
if locale -a 2>/dev/null | grep -qi '^tr_TR.utf'; then
    LC_ALL=tr_TR.UTF-8
    ok "the pipe runs in the Turkish locale" run turkish 2
    LC_ALL=C
    is "the Turkish locale gives the same bytes" "$(sums turkish)" "$(sums one)"
else
    skip "the locale tr_TR.UTF-8 is not installed"
fi
ok "what shard wrote is whole" show --verify "$T/one/data"
ok "the token stream is whole" show --verify "$T/one/tokens"
done_testing
