#!/bin/sh
# shard.sh -- Wikipedia text through tokenize, shard and show: what goes in is counted again
# on the way out.
. "$(dirname "$0")/../tap.sh"
text=$CLOZE_DATA/text/enwiki-2015-a.txt.zst vocab=$CLOZE_DATA/vocab.tar.zst
if [ ! -f "$text" ] || [ ! -f "$vocab" ]; then
    skip "$text or $vocab is absent"; done_testing
fi
zstd -dc "$text" | head -c 6000000 >"$T/text"
(cd "$T" && zstd -dc "$vocab" | tar xf - vocab/bert-base-uncased/tokenizer.json)
tokenize -q -m "$T/vocab/bert-base-uncased/tokenizer.json" -o "$T/tok" "$T/text"
shard -q -j 1 -o "$T/data" --valid 0.1 "$T/tok"; is "Wikipedia text becomes a data directory" $? 0
tokenize -q -m "$T/vocab/bert-base-uncased/tokenizer.json" "$T/text" |
    shard -q -j 2 -o "$T/again" --valid 0.1
ok "the same through a pipe, with two threads" diff -r "$T/data" "$T/again"
show --verify "$T/data" >"$T/report"; is "it verifies" $? 0

number() { show --json "$1" | sed "s/.*$2\":\([0-9.]*\).*/\1/"; } # the last one
of() { number "$T/data" "\"$1\":{[^}]*\"$2"; }
samples=$(($(of train samples) + $(of valid samples)))
sentences=$(($(of train sentences) + $(of valid sentences)))
tokens=$(($(of train tokens) + $(of valid tokens)))
is "every token is there, with a [CLS] a sample and a [SEP] a sentence" \
    "$tokens" "$(($(number "$T/tok" '"tokens') + samples + sentences))"
share=$(of train filled | cut -c1-4)
ok "samples are $share full" test "${share#0.}" -gt 90
show --cat "$T/data/valid-00000.zst" >"$T/valid"
entropy=$(awk '{ for (i = 1; i <= NF; i++) if ($i != "[CLS]" && $i != "[SEP]") { n[$i]++; all++ } }
    END { for (w in n) h -= n[w] / all * log(n[w] / all); printf "%.4f\n", h }' "$T/valid")
is "the entropy of the validation tokens is that of their text" \
    "$(of valid unigram_entropy | awk '{ printf "%.4f\n", $1 }')" "$entropy"
ok "which is that of English in pieces, $entropy nats" awk -v h="$entropy" \
    'BEGIN { exit !(h > 6 && h < 8) }'
done_testing
