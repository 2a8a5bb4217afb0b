# realtexts.sh -- sourced by the tests of tokenize on real text: what
# tests/golden/texts.py calls real.
#
#     real_unpack            the vocabularies into $T/vocab, or skips the whole test, saying why
#     real_text NAME         $T/NAME: mini wiki codepoints adversary enwiki-2015-a
#     real_model VOCAB       the file to give to -m
#     real_golden TABLE NAMES [OPTION ...]   each row of the table with one of these texts

real_unpack() {
    for need in vocab.tar.zst wiki text/enwiki-2015-a.txt.zst; do
        [ -e "$CLOZE_DATA/$need" ] || { skip "$CLOZE_DATA/$need is absent"; done_testing; }
    done
    command -v zstd >/dev/null && command -v bzcat >/dev/null ||
        { skip "zstd or bzcat is absent"; done_testing; }
    zstd -dcq "$CLOZE_DATA/vocab.tar.zst" | tar -xf - -C "$T"
}
real_text() {
    case $1 in
    # the dumps as they are: markup and all, in many scripts; of all of them one is UTF-16
    mini) bzcat "$CLOZE_DATA"/wiki/mini/*.bz2 ;;
    wiki) (cd "$CLOZE_DATA" && find wiki -maxdepth 2 -name '*.bz2' | LC_ALL=C sort | xargs bzcat) ;;
    codepoints) "$HELPER/codepoints" ;;
    adversary) "$HELPER/adversary" 100000 ;;
    *) zstd -dcq "$CLOZE_DATA/text/$1.txt.zst" ;;
    esac >"$T/$1"
}
real_model() {
    if [ -e "$T/vocab/$1/tokenizer.json" ]; then echo "$T/vocab/$1/tokenizer.json"
    else echo "$T/vocab/$1/vocab.json"; fi
}
real_golden() {
    table=$1 names=$2; shift 2
    while read -r vocab text sum; do
        case " $names " in *" $text "*) ;; *) continue ;; esac
        [ -e "$T/$text" ] || real_text "$text"
        tokenize -q -m "$(real_model "$vocab")" --sentences none --format ids "$@" "$T/$text" \
            >"$T/ids"
        got=$(sha256sum <"$T/ids")
        is "$*${1:+: }$vocab on $text" "${got%% *}" "$sum"
    done <"$table"
}
