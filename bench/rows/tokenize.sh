# tokenize beside tokenizers that are to give the same ids: a line of text in, a line of ids out.
ids="tokenize -q --sentences none --format ids"
export RAYON_NUM_THREADS TOKENIZERS_PARALLELISM=true
on() { # on FILE: rows on this text
    text=$in/$1 size=$(bytes "$in/$1")
    label="English text, $((size / 1000000)) MB"
}
if input uncased; then
    for jobs in 1 2; do
        RAYON_NUM_THREADS=$jobs ours="$ids -j $jobs -m $in/uncased/tokenizer.json"
        on english10
        has tokenizers && row tokenize "$label, WordPiece" "$size" MB/s lines \
            "-j $jobs" "$ours $text" "HF tokenizers, threads: $jobs" \
            "$(peer encode_tokenizers.py) $in/uncased/tokenizer.json $text"
        on english30
        has flash_tokenizer && row tokenize "$label, WordPiece" "$size" MB/s lines \
            "-j $jobs" "$ours $text" "FlashTokenizer, threads: $jobs" \
            "$(peer encode_flash.py) $in/uncased/vocab.txt $text $([ $jobs = 1 ] || echo $jobs)"
    done
fi
RAYON_NUM_THREADS=1
input mixed && input multilingual && has tokenizers &&
    row tokenize "mixed scripts, WordPiece" "$(bytes "$in/mixed")" MB/s lines "-j 1" \
        "$ids -j 1 -m $in/multilingual/tokenizer.json $in/mixed" "HF tokenizers, threads: 1" \
        "$(peer encode_tokenizers.py) $in/multilingual/tokenizer.json $in/mixed"
if input gpt2 && has tokenizers; then
    json=$in/gpt2/tokenizer.json ours="$ids -j 1 -m $in/gpt2/tokenizer.json"
    [ -e "$json" ] || { $(peer gpt2_json.py) "$in/gpt2" >"$json.tmp" && mv "$json.tmp" "$json"; }
    on english10
    row tokenize "$label, GPT-2's BPE" "$size" MB/s lines "-j 1" "$ours $text" \
        "HF tokenizers, threads: 1" "$(peer encode_tokenizers.py) $json $text"
    on english30
    has tiktoken && row tokenize "$label, GPT-2's BPE" "$size" MB/s lines "-j 1" "$ours $text" \
        "tiktoken, threads: 1" "$(peer encode_tiktoken.py) $in/gpt2 $text 1"
    has quicktok && row tokenize "$label, GPT-2's BPE" "$size" MB/s none "-j 1" "$ours $text" \
        "quicktok, threads: 1, cl100k_base" "$(peer encode_quicktok.py) $text 1"
fi
