# mkvocab beside trainers of BPE vocabularies of 32,768 from text, so with the count: they do not
# learn the same merges, as each cuts text in its own way.
size=$(bytes "$in/english10")
label="English text to BPE of 32,768, with the count"
ours="tokenize --words -j 1 $in/english10 | freqstat -q -j 1 | mkvocab -q -j 1"
export RAYON_NUM_THREADS=1 TOKENIZERS_PARALLELISM=true
has tokenizers && row mkvocab "$label" "$size" MB/s none "-j 1" "$ours" \
    "HF tokenizers, threads: 1" "$(peer train_tokenizers.py) $in/english10 32768"
has sentencepiece && row mkvocab "$label" "$size" MB/s none "-j 1" "$ours" \
    "SentencePiece, threads: 1" \
    "$(peer train_sentencepiece.py) $in/english10 32768 $dir/sentencepiece 1"
has youtokentome && row mkvocab "$label" "$size" MB/s none "-j 1" "$ours" \
    "YouTokenToMe, threads: 1" \
    "$(peer train_youtokentome.py) $in/english10 32768 $dir/youtokentome 1"
size=$(bytes "$in/english")
has youtokentome && row mkvocab "the same, of $((size / 1000000)) MB" "$size" MB/s none "-j 2" \
    "tokenize --words -j 2 $in/english | freqstat -q -j 2 | mkvocab -q -j 2" \
    "YouTokenToMe, threads: 2" \
    "$(peer train_youtokentome.py) $in/english 32768 $dir/youtokentome 2"
# with LARGE=1, which takes a gigabyte of disk: a corpus of that size, ours alone
if [ -n "$LARGE" ]; then
    made=$in/words150m
    [ -e "$made" ] || { zipf 150000000 2000000 >"$made.tmp" && mv "$made.tmp" "$made"; }
    size=$(bytes "$made")
    label="made-up words, $((size / 1000000)) MB, to BPE of 32,768, with the count"
    row mkvocab "$label" "$size" MB/s none "-j 2" "freqstat -q -j 2 $made | mkvocab -q -j 2" - -
fi
