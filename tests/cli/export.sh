#!/bin/sh
# export.sh -- shard --export: the files of other trainers hold what the data directory holds.
#
# golden/export.sha256 holds the hashes of what the writers of Megatron-LM and of MosaicML Streaming
# made of the same samples (golden/export.py): the bytes must be theirs.  The samples themselves are
# held against the data directory as lib/dataset reads it.
. "$(dirname "$0")/../tap.sh"
golden=$(cd "$(dirname "$0")/../golden" && pwd)/export.sha256

make_data() { name=$1 tokens=$2; shift 2; "$HELPER/mktokens" $tokens |
    shard -q -o "$T/$name/data" "$@"; }
mkdir "$T/narrow" "$T/middle" "$T/wide" "$T/long"
make_data narrow "300 30000 50 1 700" --valid 0.2
make_data middle "100 65500 0 2" --seq-len 128
make_data wide "100 70000 3 3" --seq-len 300
make_data long "400 70000 0 4 70000" --seq-len 65536 --valid 0.1

# ---- the samples: jsonl as catdata prints them
# {"ids":[2,9],"word":[0,1],"notes":[[1, 1, 7]]} -> 2 9 | 0 1 | 1+1=7
plain() {
    sed -E 's/^\{"ids":\[//; s/\],"word":\[/ | /; s/(\],"notes":\[|\]\}$)/ |/
        s/\[([0-9]+), ([0-9]+), ([0-9]+)\]/ \1+\2=\3/g
        s/, / /g; s/,/ /g; s/\]\}$//; s/ +/ /g'
}
for c in narrow middle wide long; do
    shard -q --export jsonl -o "$T/$c/jsonl" "$T/$c/data"; is "$c: jsonl" $? 0
    for split in train valid; do
        [ -f "$T/$c/jsonl/$split.jsonl" ] || continue
        "$HELPER/catdata" "$T/$c/data" $split | sed 's/ *$//' >"$T/want"
        plain <"$T/$c/jsonl/$split.jsonl" | sed 's/ *$//' >"$T/got"
        ok "$c: $split.jsonl holds its $(wc -l <"$T/want") samples, their words and notes" cmp \
            "$T/want" "$T/got"
    done
done
is "a line is as the page says" "$(head -1 "$T/narrow/jsonl/train.jsonl" |
    sed -E 's/^\{"ids":\[2(,[0-9]+)*,3\],"word":\[0(,[01])*,0\],'\
'"notes":\[(\[[0-9]+, [0-9]+, [0-9]+\](, )?)*\]\}$/fits/')" fits
show --cat "$T/narrow/data" | sed 's/\[CLS\]/2/; s/\[SEP\]/3/g; s/##//g; s/w//g; s/ *$//' >"$T/want"
cat "$T/narrow/jsonl/train.jsonl" "$T/narrow/jsonl/valid.jsonl" |
    sed 's/^{"ids":\[//; s/\].*//; s/,/ /g' >"$T/got"
ok "the ids are what show --cat prints" cmp "$T/want" "$T/got"
is "tokenizer and notes are beside them" "$(cd "$T/narrow/jsonl" && echo *)" \
    "notes.tsv tokenizer.json train.jsonl valid.jsonl"
ok "byte by byte" cmp "$T/narrow/data/notes.tsv" "$T/narrow/jsonl/notes.tsv"
ok "and the tokenizer" cmp "$T/narrow/data/tokenizer.json" "$T/narrow/jsonl/tokenizer.json"

# ---- the bytes: those of the formats' own writers
for c in narrow middle wide long; do
    shard -q --export megatron -o "$T/$c/megatron" "$T/$c/data"; is "$c: megatron" $? 0
    case $c in narrow) size="--shard-size 64K" ;; long) size="--shard-size 256K" ;; *) size= ;; esac
    shard -q --export mds $size -o "$T/$c/mds" "$T/$c/data"; is "$c: mds" $? 0
    is "$c: the same files as the formats' own writers make" \
        "$(cd "$T" && find $c/megatron $c/mds -type f ! -name tokenizer.json ! -name notes.tsv |
        sort)" \
        "$(sed -n "s|^[0-9a-f]*  \($c/.*\)|\1|p" "$golden" | sort)"
    grep "  $c/" "$golden" >"$T/sums"
    ok "$c: and the same bytes in them" sh -c 'cd "$1" && sha256sum --quiet -c sums' - "$T"
done
ok "several shards were made of one split" test -f "$T/narrow/mds/train/shard.00002.mds"

# ---- megatron, read by hand: 34 bytes, i32 lengths, i64 places, i64 documents
samples=$(wc -l <"$T/narrow/jsonl/train.jsonl")
field() { od -An -v -t"$1" -w"${1#?}" -j"$2" -N"$3" "$T/narrow/megatron/train.idx" | tr -d ' '; }
is "the index begins with version, type, sequences, documents" \
    "$(head -c 7 "$T/narrow/megatron/train.idx") $(field u8 9 8) $(field u1 17 1) $(field u8 18 16 |
    tr '\n' ' ')" \
    "MMIDIDX 1 8 $samples $((samples + 1)) "
field d4 34 $((4 * samples)) >"$T/lengths"
field d8 $((34 + 4 * samples)) $((8 * samples)) >"$T/places"
is "places are the sums of the lengths" "$(awk \
    'NR == FNR { at[NR] = sum; sum += 2 * $1; next } $1 != at[FNR] + 0' "$T/lengths" "$T/places")" \
    ""
is "and each sample is a document" "$(field d8 $((34 + 12 * samples)) 99999999)" \
    "$(seq 0 "$samples")"
od -An -v -tu2 -w2 "$T/narrow/megatron/train.bin" | tr -d ' ' |
    awk 'NR == FNR { len[NR] = $1; next }
    { line = line (k++ ? " " : "") $1; if (k == len[row + 1]) { print line; row++; k = 0;
    line = "" } }' "$T/lengths" - >"$T/got"
head -n "$samples" "$T/want" >"$T/ids"
ok "its ids are those of show --cat" cmp "$T/ids" "$T/got"

# ---- the directory
again() { shard -q --export "$1" $2 -o "$T/again" "$T/narrow/data" &&
    diff -r "$T/narrow/$1" "$T/again"; status=$?; rm -rf "$T/again"; return $status; }
mkdir "$T/again"; ok "an empty directory is taken, and the bytes are the same each time" again jsonl
ok "whatever the number of threads" again mds "-j 1 --shard-size 64K"
"$HELPER/mktokens" 300 3000 0 1 | shard -q --valid 0 -o "$T/all"
shard -q --export mds -o "$T/all.mds/" "$T/all"
is "a split without samples has no files" "$(cd "$T/all.mds" && echo * */*)" \
    "tokenizer.json train train/index.json train/shard.00000.mds"
is "nothing else is left" "$(ls -d "$T"/*.tmp "$T"/*/*.tmp 2>/dev/null)" ""
mkdir "$T/new.tmp"; echo mine >"$T/new.tmp/file"
exits 1 "new.tmp: is there already and not empty" shard --export jsonl -o "$T/new" "$T/narrow/data"
is "which is let be" "$(cat "$T/new.tmp/file")" mine
: >"$T/new.tmp/unfinished-export"
shard -q --export jsonl -o "$T/new" "$T/narrow/data"
ok "what a killed run has left is taken away" diff -r "$T/narrow/jsonl" "$T/new"
(shard -q --export jsonl -o "$T/killed" "$T/long/data" & pid=$! rounds=0
    until [ -e "$T/killed.tmp/train.jsonl.tmp" ] || [ -e "$T/killed" ] ||
        [ $rounds = 100000 ]; do rounds=$((rounds + 1)); done
    kill -9 $pid; wait $pid) 2>/dev/null
ok "a killed run leaves no half product" test ! -e "$T/killed" -o -f "$T/killed/valid.jsonl"
rm -rf "$T/killed"
shard -q --export jsonl -o "$T/killed" "$T/long/data"
ok "and the next one is whole" diff -r "$T/long/jsonl" "$T/killed"
if command -v flock >/dev/null; then
    mkdir "$T/busy.tmp"; : >"$T/busy.tmp/unfinished-export"
    exits 1 "in use by another process" flock "$T/busy.tmp/lock" shard --export jsonl -o "$T/busy" \
        "$T/narrow/data"
else
    skip "flock is not installed"
fi
exits 1 "is there already and not empty" shard --export jsonl -o "$T/new" "$T/narrow/data"
exits 1 "is not a directory" shard --export jsonl -o "$T/want" "$T/narrow/data"
exits 1 "not a data directory" shard --export jsonl -o "$T/x" "$T/narrow"
exits 2 "parquet" shard --export parquet -o "$T/x" "$T/narrow/data"
exits 2 "-o OUT is missing" shard --export mds "$T/narrow/data"
exits 2 "one operand, a data directory" shard --export mds -o "$T/x"
exits 2 "only --shard-size may be given, for mds" shard --export mds --seq-len 128 -o "$T/x" \
    "$T/narrow/data"
exits 2 "only --shard-size may be given, for mds" shard --export jsonl --shard-size 1M -o "$T/x" \
    "$T/narrow/data"
cp -r "$T/narrow/data" "$T/bad"
printf 'x' | dd of="$T/bad/train-00000.zst" bs=1 seek=20000 conv=notrunc 2>/dev/null
for format in jsonl megatron mds; do
    exits 1 "train-00000.zst" shard --export $format -o "$T/x" "$T/bad"
    (ulimit -f 64; trap '' XFSZ; exec shard -q --export $format -o "$T/x" "$T/narrow/data") \
        2>"$T/err"
    is "$format: a write that fails is a failure" "$? $(grep -c "cannot write at byte" "$T/err")" \
        "1 1"
    is "$format: and a failed run leaves nothing" "$(ls -d "$T"/x* 2>/dev/null)" ""
done
done_testing
