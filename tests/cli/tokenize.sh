# tokenize: golden ids of Hugging Face tokenizers (tests/golden/tokenize.py),
# sentences, notes, faults
. "$(dirname "$0")/../tap.sh"
G=$PWD/tests/golden/tokenize
ids() { tokenize --sentences none --format ids "$@"; }

# ---- the ids of the library ----
for json in "$G"/*.json; do
    name=$(basename "$json" .json)
    ids -m "$json" "$G/text.txt" >"$T/ids"
    ok "$name: the ids of the library" cmp -s "$T/ids" "$G/$name.ids"
    [ -f "$G/$name.special" ] || continue
    ids -m "$json" --special "$G/text.txt" >"$T/ids"
    ok "$name: with the special tokens of the template" cmp -s "$T/ids" "$G/$name.special"
done
"$HELPER/codepoints" >"$T/codepoints"
while read -r name sum; do
    ids -m "$G/$name.json" "$T/codepoints" | sha256sum >"$T/sum"
    is "$name: every character alone and between letters" "$(cut -d' ' -f1 "$T/sum")" "$sum"
done <"$G/codepoints.tsv"

# "TM" becomes "tm", but U+2122 becomes "TM": what is remembered of one word is not
# said of the other
cat >"$T/lower-nfkc.json" <<'END'
{"added_tokens": [], "post_processor": null, "pre_tokenizer": {"type": "BertPreTokenizer"},
 "normalizer": {"type": "Sequence", "normalizers": [{"type": "Lowercase"}, {"type": "NFKC"}]},
 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
           "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "tm": 1, "TM": 2}}}
END
is "lower case, then NFKC" "$(printf 'TM\n\342\204\242\nTM\n' | ids -m "$T/lower-nfkc.json" |
    tr '\n' ' ')" "1 2 1 "

# ---- the ids of google-research/bert (tests/golden/google.py) ----
"$HELPER/adversary" 10000 >"$T/adversary"
cp "$G/text.txt" "$T/text"
while read -r name text sum; do
    got=$(ids -q --compat google -m "$G/$name.json" "$T/$text" | sha256sum)
    is "google: $name on $text" "${got%% *}" "$sum"
done <"$G/google.tsv"
google() { printf '%s\n' "$1" | tokenize --words --sentences none --compat google; }
is "google: a final sigma, by whole words" "$(google 'ΟΔΟΣ ΟΔΟΣ. ΣΑΣ-Σ Σ')" 'οδος οδος . σας - σ σ'
is "google: added tokens are text" "$(google '[SEP]')" '[ sep ]'
is "google: U+2B820 is set apart" "$(printf 'a\360\253\240\240b\n' |
    tokenize --words --compat google)" \
    "$(printf 'a \360\253\240\240 b')"
tokenize --compat google -m "$G/wordpiece-uncased.json" -o "$T/google.tok" "$T/text"
ok "google: the stream says so" sh -c 'grep -aq "\"compat\":\"google\"" "$1"' - "$T/google.tok"
sed 's/"BertNormalizer",/"BertNormalizer","compat":"google",/' "$G/wordpiece-cased.json" \
    >"$T/g.json"
is "google: a file that says so" "$(echo 'The [SEP]' | ids -m "$T/g.json")" \
    "$(echo 'The [SEP]' | ids --compat google -m "$G/wordpiece-cased.json")"
exits 2 'is of the dialect google: leave --compat out' tokenize --compat hf -m "$T/g.json" "$T/text"
sed 's/"BertNormalizer",/"BertNormalizer","compat":"slow",/' "$G/wordpiece-cased.json" >"$T/g.json"
exits 1 'the dialect "slow" is not known' tokenize -m "$T/g.json" "$T/text"
sed 's/"truncation"/"vocab_file":null,"truncation"/' "$G/wordpiece-cased.json" >"$T/g.json"
exits 1 'g.json: "vocab_file" is not supported' tokenize -m "$T/g.json" "$T/text"
echo '{"model_type":"bert","version":1}' >"$T/g.json"
exits 1 'g.json: not a tokenizer.json: there is no model' tokenize -m "$T/g.json" "$T/text"
exits 1 'needs a BertNormalizer, not "null"' tokenize --compat google -m "$G/bpe-bytes.json" \
    "$T/text"
exits 1 'the dialect "google" needs the model WordPiece, not BPE' tokenize --compat google \
    -m "$G/bpe-words.json" "$T/text"
exits 2 '--compat google goes with --normalizer bert-uncased or bert-cased' tokenize --words \
    --normalizer nfc --compat google "$T/text"

# ---- sentences, articles, words ----
J=$G/wordpiece-cased.json
printf 'The dog. A hen jumps!  The fox. \n\n\n  \nThe hen.\r\n\r\nMr. Who said "No." He ran.' \
    >"$T/text"
is "words: a sentence a line, an empty line between articles" "$(tokenize --words "$T/text")" \
'the dog .
a hen jumps !
the fox .

the hen .

mr . who said " no . "
he ran .'
is "line: each line is a sentence" "$(tokenize --words --sentences line "$T/text")" \
'the dog . a hen jumps ! the fox .

the hen .

mr . who said " no . " he ran .'
printf 'One\n\n \nTwo\n' >"$T/lines"
is "none: a line for each line" "$(tokenize --words --sentences none "$T/lines" | tr '\n' '|')" \
    "one|||two|"
is "two files are two articles, a last line without its end is a line" \
    "$(printf 'a b' >"$T/1"; printf 'c\n' >"$T/2"; tokenize --words "$T/1" "$T/2" | tr '\n' '|')" \
    "a b||c|"
is "bert-cased" "$(echo 'Cafés ÎÉ中' | tokenize --words --normalizer bert-cased)" 'Cafés ÎÉ 中'
is "bert-uncased" "$(echo 'Cafés ÎÉ中' | tokenize --words)" 'cafes ie 中'
is "nfc" "$(printf 'e\314\201 <\314\270\n' | tokenize --words --normalizer nfc)" 'é ≮'
is "none leaves characters as they are" "$(printf 'E\314\201 <\314\270\n' |
    tokenize --words --normalizer none)" \
    "$(printf 'E\314\201 < \314\270')"
printf '[UNK]\n[CLS]\n[SEP]\nthe\ndog\n##s\n' >"$T/pieces.txt"
is "pieces" "$(echo 'The dogs ran' | tokenize -m "$T/pieces.txt" --format pieces --special)" \
    '[CLS] the dog ##s [UNK] [SEP]'
is "an empty input gives an empty output" "$(tokenize --words </dev/null | wc -c)" 0
uax29() { printf '%s\n' "$1" | tokenize --words --sentences none --splitter uax29 \
    --normalizer "${2:-none}"; }
is "uax29: apostrophes and points inside words, no punctuation" \
    "$(uax29 "Can't pay \$3.14, e.g. 1,000 a_b x-y!")" \
    "Can't pay 3.14 e.g 1,000 a_b x y"
is "uax29: marks, joiners, emoji, Katakana, Hebrew" "$(uax29 'é 👩‍👧 カタカナ צה"ל ❤️')" 'é カタカナ צה"ל'
is "uax29: behind the normalizer" "$(uax29 'ÉTÉ 中文' bert-uncased)" 'ete 中 文'
is "uax29: a line without a word" "$(uax29 '... !')" ''
exits 2 '--splitter goes with --words' tokenize --splitter uax29 -m "$J" "$T/text"
exits 2 'leave --splitter out' tokenize --words --splitter uax29 --compat google "$T/text"
sentences() { printf '%s\n' "$1" | tokenize --words --normalizer none | wc -l; }
for text in 'Mr. Who ran.' 'Dr. No ran.' 'Mrs. Fox ran.' 'Prof. Hen ran.' 'The U.S. Senate met.' \
    'It is, e.g. Red.' \
    'Hens, i.e. Birds.' 'Fox vs. Hen.' 'She (cf. Hen) ran.' 'It cost 3.5 Euros.'; do
    is "one sentence: $text" "$(sentences "$text")" 1
done
for text in 'He ran. She sat.' 'Is it? It is.' 'Go! Now.' 'He said "No." She sat.' '今日は。明日。'; do
    is "two sentences: $text" "$(sentences "$text")" 2
done
is "no abbreviation is known to no language" "$(printf 'Mr. Who ran.\n' |
    tokenize --words --locale root | wc -l)" 2

# ---- the same bytes for any number of threads and any pipe ----
awk -v t="$T/text" 'BEGIN { for (i = 0; i < 30000; i++) {
    print "The quick dog jumps " i ". A hen? Yes. Mr. No is " i * 7 "!";
    if (i % 97 == 0) print "" } }' >"$T/long"
for format in stream ids; do
    tokenize -j1 -m "$J" --format $format "$T/long" >"$T/one"
    tokenize -j4 -m "$J" --format $format "$T/long" >"$T/four"
    ok "$format: -j 1 and -j 4 give the same bytes" cmp -s "$T/one" "$T/four"
    { head -c 300001 "$T/long"; sleep 0.2; tail -c +300002 "$T/long"; } |
        LC_ALL=tr_TR.UTF-8 tokenize -j2 -m "$J" --format $format >"$T/pipe"
    ok "$format: a slow pipe too" cmp -s "$T/one" "$T/pipe"
done
ok "the stream is more than a header" test "$(wc -c <"$T/one")" -gt 100000
is "articles that cross a batch stay whole" "$(grep -c '^$' "$T/one")" 310
awk '{ printf "%s ", $0 }' "$T/long" >"$T/wide"
is "a line longer than a batch" "$(tokenize --words --sentences none "$T/wide" | wc -l)" 1

# ---- notes ----
printf 'hen\t7\njumps\t5\n' >"$T/notes.tsv"
ok "--notes is written into the stream" sh -c \
    'tokenize -m "$1" --notes "$2" "$3" | head -c 256 | grep -q " notes=2 "' - \
    "$G/wordpiece-uncased.json" "$T/notes.tsv" "$T/text"
printf 'hen\t7\njumps\t5\nhen\t1\n' >"$T/twice.tsv"
exits 1 'twice.tsv:3: the word "hen" stands on line 1 already' tokenize -m "$J" \
    --notes "$T/twice.tsv" -o "$T/out" "$T/text"
refuses_notes() { # refuses_notes TABLE SENTENCE: what words(5) forbids
    printf "$1" >"$T/bad.tsv"
    exits 1 "bad.tsv:$2" tokenize -m "$J" --notes "$T/bad.tsv" -o "$T/out" "$T/text"
}
refuses_notes 'hen 7\n' '1: no tab between word and count'
refuses_notes 'hen\t7\n\t5\n' '2: no word before the tab'
refuses_notes 'hen\t7\na hen\t5\n' '2: white space within the word'
refuses_notes 'hen\t7\nfox\t\n' '2: no count behind the tab'
refuses_notes 'hen\t7\r\n' '1: the count is not a number'
refuses_notes 'hen\t0\n' '1: the count is 0'
refuses_notes 'hen\t18446744073709551616\n' '1: the count passes 2^64 - 1'
refuses_notes 'fox\t5\nhen\t7\n' '2: the rows are not in order: count descending, then bytes'
refuses_notes 'hen\t7\nfox\t7' '2: the rows are not in order: count descending, then bytes'

# ---- invalid UTF-8 ----
printf 'ab\377c \342\202d\n\355\240\200\n' >"$T/invalid"
is "replace" "$(tokenize -q --words --normalizer none "$T/invalid")" \
    "$(printf 'ab\357\277\275c \357\277\275d\n\357\277\275\357\277\275\357\277\275')"
is "skip" "$(tokenize -q --words --invalid skip "$T/invalid")" 'abc d'
exits 0 '5 invalid UTF-8 sequences were replaced; the first is at byte 2 of' tokenize \
    --words "$T/invalid"
exits 1 'invalid: byte 2 is not UTF-8' tokenize --words --invalid fail "$T/invalid"

# ---- vocab.txt ----
printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\ndog\n##s\nThe\n' >"$T/vocab.txt"
is "a vocab.txt is uncased" "$(echo 'The dogs' | ids -m "$T/vocab.txt" --special)" '2 4 5 6 3'
is "unless told otherwise" "$(echo 'The dogs [SEP]' |
    ids -m "$T/vocab.txt" --normalizer bert-cased)" '7 5 6 3'
printf '[UNK]\n[CLS]\n[SEP]\nthe\nthe\n' >"$T/v"
exits 1 'line 5: the token "the" stands on line 4 already' tokenize -m "$T/v" /dev/null
printf '[CLS]\n[SEP]\nthe\n' >"$T/v"; exits 1 'the token [UNK] is missing' tokenize -m "$T/v" \
    /dev/null
printf '[UNK]\r\n[CLS]\r\n' >"$T/v"; exits 1 'line 1 ends with CR LF' tokenize -m "$T/v" /dev/null
printf '[UNK]\n[CLS] \n' >"$T/v"; exits 1 'line 2 has white space at its end' tokenize -m "$T/v" \
    /dev/null
printf '[UNK]\n\n' >"$T/v"; exits 1 'line 2 is empty' tokenize -m "$T/v" /dev/null
printf '[UNK]\n\377\n' >"$T/v"; exits 1 'line 2 is not UTF-8' tokenize -m "$T/v" /dev/null
exits 1 'No such file' tokenize -m "$T/absent" /dev/null
printf '{"version":"1.0"' >"$T/v"; exits 1 'line 1' tokenize -m "$T/v" /dev/null
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "{\"a\":" }' >"$T/v"
    exits 1 'depth' tokenize -m "$T/v" /dev/null

# ---- vocab.json and merges.txt ----
mkdir "$T/two" "$T/other"
# 256 tokens of a byte: printable characters are themselves, the others follow from U+0100 on
awk 'function put(c) {
         printf "%s\"", (n > 0 ? ", " : "{")
         if (c < 128) printf "%s%c", (c == 34 || c == 92 ? "\\" : ""), c
         else printf "%c%c", 192 + int(c / 64), 128 + c % 64
         printf "\": %d", n++
     }
     BEGIN {
         for (b = 0; b < 256; b++)
             put((b > 32 && b < 127) || (b > 160 && b != 173) ? b : 256 + other++)
         print ", \"th\": 256, \"\304\240th\": 257, \"<|endoftext|>\": 258}"
     }' >"$T/two/vocab.json"
printf '#version: 0.2\nt h\n\304\240 th\n' >"$T/two/merges.txt"
pieces() { printf '%s\n' "$1" | tokenize -m "$T/two/vocab.json" --sentences none --format pieces; }
is "vocab.json: bytes, merges and the added token" "$(pieces 'thé th<|endoftext|>')" \
    "$(printf 'th \303\203 \302\251 \304\240th <|endoftext|>')"
cp "$T/two/vocab.json" "$T/other"
exits 1 'other/merges.txt: cannot open: No such file' tokenize -m "$T/other/vocab.json" /dev/null
printf 't h\nt  h\n' >"$T/other/merges.txt"
exits 1 'merges.txt: line 2 is not a pair of tokens' tokenize -m "$T/other/vocab.json" /dev/null
printf 't h\r\n' >"$T/other/merges.txt"
exits 1 'merges.txt: line 1 is not a pair of tokens' tokenize -m "$T/other/vocab.json" /dev/null
printf 't h\n' >"$T/other/merges.txt"
exits 1 "not a vocabulary of GPT-2's kind: it has 259 tokens, and 256 bytes, 1 merges" tokenize \
    -m "$T/other/vocab.json" /dev/null
printf 't h\nth q\n' >"$T/other/merges.txt"
exits 1 'thq' tokenize -m "$T/other/vocab.json" /dev/null
printf '{"<s>": 0}' >"$T/other/vocab.json"
exits 1 "not a vocabulary of GPT-2's kind: the token <|endoftext|> is missing" tokenize \
    -m "$T/other/vocab.json" /dev/null
exits 2 'leave --normalizer out' tokenize -m "$T/two/vocab.json" --normalizer nfc /dev/null
exits 1 'the dialect "google" needs a BertNormalizer' tokenize -m "$T/two/vocab.json" \
    --compat google /dev/null

# ---- lines without end ----
head -c 5000000 /dev/zero | tr '\0' a >"$T/wide"
for cut in 64K 4999999; do
    exits 1 'the line at byte 0 is longer than' tokenize --words --max-line $cut "$T/wide"
done
ok "a line as long as allowed" tokenize --words --max-line 5000000 -o "$T/out" "$T/wide"
{ printf 'a\n\nb\n'; head -c 40 "$T/wide"; echo; } >"$T/short"
exits 1 'short: the line at byte 5 is longer than 39 bytes (--max-line)' tokenize --words \
    --max-line 39 "$T/short"
ok "one byte more will do" tokenize --words --max-line 40 -o "$T/out" "$T/short"
is "CR LF, NUL and no end of the last line" "$(printf 'Ab\r\nc\0d\r\n\r\ne' | tokenize --words |
    tr '\n' '|')" 'ab|cd||e|'
case $BIN in
*/san/*) skip "the sanitizers need more address space than any limit leaves" ;;
*) exits 1 'is longer than 4194304 bytes' sh -c 'ulimit -v 400000
    cat "$2" "$2" "$2" "$2" | tokenize -j1 -m "$1" --format ids --max-line 4M' - "$J" "$T/wide" ;;
esac

# ---- wrong calls ----
exits 2 'give either -m FILE or --words' tokenize "$T/text"
exits 2 '--special goes with --format ids or pieces' tokenize -m "$J" --special "$T/text"
exits 2 'leave --normalizer out' tokenize -m "$J" --normalizer nfc "$T/text"
exits 2 '--notes goes with --format stream' tokenize -m "$J" --notes "$T/notes.tsv" --format ids \
    "$T/text"
exits 1 '/dev/full' tokenize -m "$J" -o /dev/full "$T/text"
exits 1 'absent' tokenize --words "$T/absent"
printf 'a \377 b\n' >"$T/one"; exits 0 '1 invalid UTF-8 sequence was replaced' tokenize \
    --words "$T/one"
exits 2 '(from 0 to 9007199254740991)' tokenize --words --seed x "$T/one"
exits 1 'no locale that ICU knows' tokenize --words --locale xx "$T/text"
ok 'the locale of no language' tokenize --words --locale root -o "$T/root" "$T/text"
exits 2 'standard input cannot be more than one' tokenize -m - <"$G/wordpiece-cased.json"
exits 2 'standard input cannot be more than one' tokenize -m - --notes - "$T/text" </dev/null
exits 2 'standard input cannot be more than one' tokenize -m - "$T/text" - </dev/null
is 'a model from standard input' "$(tokenize -m - --format ids "$T/text" \
    <"$G/wordpiece-cased.json" | md5sum)" \
    "$(tokenize -m "$G/wordpiece-cased.json" --format ids "$T/text" | md5sum)"
echo 'one line' | "$HELPER/peak" "$T/peak" tokenize --words -j 200 >/dev/null
ok "200 threads with a line to share take $(cat "$T/peak") KiB" test "$(cat "$T/peak")" -le 200000
is 'a write that fails tells its first byte' "$(tokenize --words "$T/text" 2>&1 >/dev/full)" \
    'tokenize: standard output: cannot write at byte 0: No space left on device'
done_testing
