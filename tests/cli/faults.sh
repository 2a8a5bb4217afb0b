# faults.sh -- the text programs where memory ends, the disk is full, reads and writes come in
# pieces; all of it is in tests/slow/faults.sh.  And what is common to them: an empty input, an
# output that nobody takes, any number of threads.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/faulty.sh"
. "$(dirname "$0")/../helper/faultsubjects.sh"

subjects_make
some_faults() {
    each_fault memory 12 17
    each_fault write+:ENOSPC 2
    for call in open read close ftruncate fsync rename; do each_fault $call 3; done
    same_in_pieces
}
if faults_ready; then subjects_each some_faults
else skip "faults cannot be put in front of a program with a sanitizer"
fi

# ---- any number of threads ----
same_jobs() { # the subject, for 1, 2, 7 and 64
    for jobs in 1 7 64; do
        rm -rf "$output"
        $command -j $jobs 2>/dev/null
        ok "$label: -j $jobs gives the same bytes" test -z "$(rc=0; judge)"
    done
}
subjects_each same_jobs

# ---- nothing to read ----
nothing() { # nothing WANT command ...: its output, of an empty input
    want=$1; shift
    is "$*: nothing gives nothing" "$("$@" </dev/null 2>&1; echo "exit $?")" "$want"
}
nothing "exit 0" tokenize --words
nothing "exit 0" tokenize -m "$T/bpe.json" --format ids
nothing "exit 0" freqstat
nothing "exit 0" freqstat --merge
exits 1 "standard input: is empty" wikiextract </dev/null
exits 1 "standard input: not a cloze stream" shard -o "$T/none" </dev/null
exits 1 "standard input: not a cloze stream" show </dev/null
is "mkvocab: nothing gives the special tokens" "$(mkvocab -q </dev/null | grep -c '\[NOTA\]": 5')" 1

# ---- names as no one should give them ----
one_line() { # one_line WANT command ...: what it says
    want=$1; shift
    "$@" >/dev/null 2>"$T/.err" </dev/null
    is "$1: a name with a line end in it is told in one line" "$(cat "$T/.err")" "$1: $want"
}
odd=$(printf 'no\nsuch\033file')
for command in wikiextract "tokenize --words" freqstat "freqstat --merge" mkvocab show; do
    one_line 'no\nsuch\x1bfile: cannot open: No such file or directory' $command "$odd"
done

# ---- nobody listens ----
yes 'A sentence with words, to and fro.' | head -20000 >"$T/long"
for command in "tokenize --words $T/long" "tokenize -m $T/bpe.json --format ids $T/long" \
    "mkvocab -q $T/words.tsv" "show --cat $T/tokens"; do
    { $command 2>"$T/.err"; echo $? >"$T/rc"; } | head -c 1 >/dev/null
    is "$command: ends quietly when nobody listens" "$(cat "$T/.err")" ""
done
done_testing
