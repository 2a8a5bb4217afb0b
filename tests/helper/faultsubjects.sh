# faultsubjects.sh -- sourced by the tests of faults: each text program on a small input, in the
# ways that go through code of their own.
#
#     subjects_make               inputs, in $T
#     subjects_each FUNCTION      calls it after each `subject` (faulty.sh)

subjects_make() {
    "$HELPER/corpus" --dump --pages 6 --seed 4 >"$T/dump.xml"
    bzip2 -k "$T/dump.xml"
    wikiextract -q -o "$T/text" "$T/dump.xml"
    tokenize -q --words "$T/text" | freqstat -o "$T/words.tsv"
    freqstat --rare 1:2 --top 20 -o "$T/notes.tsv" "$T/words.tsv"
    mkvocab -q --size 80 -o "$T/bpe.json" "$T/words.tsv"
    mkvocab -q --size 80 --model wordpiece -o "$T/wordpiece.json" "$T/words.tsv"
    tokenize -q -m "$T/bpe.json" --notes "$T/notes.tsv" -o "$T/tokens" "$T/text"
    shard -q --seq-len 32 --valid 0.2 -o "$T/data" "$T/tokens"
    for subjects_file in text words.tsv notes.tsv bpe.json wordpiece.json tokens \
        data/manifest.json; do
        ok "$subjects_file is there" test -s "$T/$subjects_file"
    done
}

subjects_each() {
    while read -r name command; do
        subject "$name" "$T/out" "$command -q -o $T/out"
        "$1"
    done <<END
wikiextract-plain wikiextract -j 1 $T/dump.xml
wikiextract-bzip2 wikiextract -j 2 $T/dump.xml.bz2
wikiextract-jsonl wikiextract -j 1 --format jsonl --report $T/report $T/dump.xml
tokenize-words tokenize -j 1 --words $T/text
tokenize-stream tokenize -j 2 -m $T/bpe.json --notes $T/notes.tsv $T/text
tokenize-ids tokenize -j 1 -m $T/wordpiece.json --sentences none --format ids $T/text
freqstat freqstat -j 2 $T/text
freqstat-merge freqstat --merge $T/words.tsv $T/words.tsv
freqstat-summary freqstat --summary $T/words.tsv
mkvocab-bpe mkvocab -j 2 --size 80 $T/words.tsv
mkvocab-wordpiece mkvocab -j 1 --size 80 --model wordpiece $T/words.tsv
shard shard -j 2 --seq-len 32 --valid 0.2 $T/tokens
export-jsonl shard --export jsonl $T/data
export-megatron shard --export megatron $T/data
export-mds shard --export mds $T/data
show show $T/data
show-verify show --verify $T/data
show-cat show --cat $T/tokens
END
}
