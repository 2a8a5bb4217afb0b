# shard beside zstd, which only packs and unpacks the same bytes, and beside MosaicML Streaming,
# which packs the same samples; reading as a trainer does it.
tokens=$dir/tokens data=$dir/data content=$dir/content
made_of="$(cksum <"$BIN/shard") $(cksum <"$BIN/tokenize")"
if [ "$(cat "$dir/shard.made" 2>/dev/null)" != "$made_of" ]; then
    freqstat -q "$in/words" -o "$dir/words.tsv"
    mkvocab -q --size 30000 -o "$dir/bpe.json" "$dir/words.tsv"
    tokenize -q -m "$dir/bpe.json" -o "$tokens" "$in/english"
    rm -rf "$data" "$dir/jsonl"
    shard -q --level 1 --valid 0 -o "$data" "$tokens"
    shard -q --export jsonl -o "$dir/jsonl" "$data"
    zstd -dcq "$data"/train-*.zst >"$content"
    zstd -q -1 -f --no-check "$content" -o "$content.zst"
    echo "$made_of" >"$dir/shard.made"
fi
size=$(bytes "$content")
label="ids, $((size / 1000000)) MB, level 1"
ours="rm -rf $dir/out; shard -q -j 1 --level 1 --valid 0 -o $dir/out $tokens"
row shard "$label, write" "$size" MB/s none "-j 1" "$ours" \
    "zstd -1 --single-thread" "zstd -q -1 --single-thread -c $content"
has streaming && row shard "$label, write" "$size" MB/s none "-j 1" "$ours" \
    "MosaicML MDSWriter, zstd:1" "$(peer write_mosaicml.py) $dir/jsonl/train.jsonl $dir/mds"
row shard "$label, read in order" "$size" MB/s none "1 thread" "readback $data" \
    "zstd -dc" "zstd -qdc $content.zst"
row shard "$label, at random places" 20000 "k samples/s" none "1 thread" "readback $data 20000" - -
