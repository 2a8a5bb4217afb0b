/* pretok.c -- see pretok.h. */
#include "lib/pretok.h"

#include <string.h>

#include "lib/unitab.h"
#include "lib/utf8.h"
#include "lib/wordbreak.h"

/* What a cutter sees: one piece, and where to put what it makes of it. */
struct cut {
    struct pretok_work *work;
    const char         *text; /* the piece */
    size_t              first, len;
    bool                at_start;
};

int
pretok_add(struct pretok *p, const struct pretok_step *step)
{
    if (p->count == PRETOK_STEPS_MAX)
        return err_set(ERR_LIMIT, "more than %d pre-tokenizer steps", PRETOK_STEPS_MAX);
    p->steps[p->count++] = *step;
    return unitab_open();
}

void
pretok_work_free(struct pretok_work *work)
{
    buf_free(&work->text);
    buf_free(&work->pieces);
    buf_free(&work->next_text);
    buf_free(&work->next_pieces);
    wordbreak_close(work->words);
}

size_t
pretok_count(const struct pretok_work *work)
{
    return work->pieces.len / sizeof(struct pretok_piece);
}

const struct pretok_piece *
pretok_get(const struct pretok_work *work, size_t i)
{
    return (const struct pretok_piece *)(const void *)work->pieces.bytes + i;
}

/* Bytes from .. to of the piece become a piece; an empty one vanishes. */
static int
keep(const struct cut *cut, size_t from, size_t to)
{
    struct pretok_piece piece = { cut->first + from, to - from, cut->at_start && from == 0 };

    return from == to ? OK : buf_add(&cut->work->next_pieces, &piece, sizeof piece);
}

/* ---- cutters that leave the text as it is ---- */

/* Pieces end before and behind each character of `alone`; those of `gone` are left out. */
static int
cut_around(const struct cut *cut, unsigned alone, unsigned gone)
{
    const char *at = cut->text, *end = cut->text + cut->len, *word = at;
    int         rc = OK;

    while (rc == OK && at < end) {
        const char *here = at;
        unsigned    flags = unitab_flag[utf8_next(&at)] & (alone | gone);

        if (flags == 0)
            continue;
        rc = keep(cut, (size_t)(word - cut->text), (size_t)(here - cut->text));
        if (rc == OK && (flags & gone) == 0)
            rc = keep(cut, (size_t)(here - cut->text), (size_t)(at - cut->text));
        word = at;
    }
    return rc == OK ? keep(cut, (size_t)(word - cut->text), cut->len) : rc;
}

/* Maximal runs of one class; runs of class `gone` are left out. */
static int
cut_runs(const struct cut *cut, int (*class_of)(uint32_t), int gone)
{
    const char *at = cut->text, *end = cut->text + cut->len;
    size_t      start = 0;
    int         rc = OK, class = gone;

    while (rc == OK && at < end) {
        size_t here = (size_t)(at - cut->text);
        int    now = class_of(utf8_next(&at));

        if (now == class)
            continue;
        if (class != gone)
            rc = keep(cut, start, here);
        start = here;
        class = now;
    }
    return rc == OK && class != gone ? keep(cut, start, cut->len) : rc;
}

static int
class_of_word(uint32_t c)
{
    return (unitab_flag[c] & UNI_WORD) != 0 ? 1 : (unitab_flag[c] & UNI_SPACE) != 0 ? 0 : 2;
}

static int
class_of_punct(uint32_t c)
{
    return (unitab_flag[c] & UNI_PUNCT) != 0 ? 2 : 1;
}

static int
cut_punctuation(const struct cut *cut, enum pretok_behaviour behaviour)
{
    const char *at = cut->text, *end = cut->text + cut->len;
    size_t      start = 0;
    int         rc = OK;

    if (behaviour == PRETOK_ISOLATED)
        return cut_around(cut, UNI_PUNCT, 0);
    if (behaviour == PRETOK_REMOVED)
        return cut_around(cut, 0, UNI_PUNCT);
    if (behaviour == PRETOK_CONTIGUOUS)
        return cut_runs(cut, class_of_punct, 0);
    while (rc == OK && at < end) {
        size_t here = (size_t)(at - cut->text);

        if ((unitab_flag[utf8_next(&at)] & UNI_PUNCT) == 0)
            continue;
        if (behaviour == PRETOK_MERGED_WITH_PREVIOUS)
            here = (size_t)(at - cut->text);
        rc = keep(cut, start, here);
        start = here;
    }
    return rc == OK ? keep(cut, start, cut->len) : rc;
}

static int
cut_uax29(const struct cut *cut)
{
    const struct wordbreak_segment *segments;
    struct pretok_work             *work = cut->work;
    size_t                          count = 0, at = 0;
    int rc = work->words == NULL ? wordbreak_open(&work->words) : OK;

    if (rc == OK)
        rc = wordbreak_split(work->words, &segments, &count, cut->text, cut->len);
    for (size_t i = 0; rc == OK && i < count; i++) {
        if (segments[i].word)
            rc = keep(cut, at, segments[i].end);
        at = segments[i].end;
    }
    return rc;
}

/* ---- ByteLevel ---- */

/* The visible character of a byte, as GPT-2 has it: printable Latin-1 stands for itself, the
 * others for U+0100 and on, in their order. */
static uint32_t
byte_char(unsigned char byte)
{
    if (byte <= 0x20)
        return 0x100u + byte;
    if (byte >= 0x7F && byte <= 0xA0)
        return 0x100u + 0x21 + (byte - 0x7Fu);
    return byte == 0xAD ? 0x143 : byte;
}

int
pretok_bytes(struct buf *out, const char *text, size_t len)
{
    int rc = buf_reserve(out, 2 * len);

    for (size_t i = 0; rc == OK && i < len; i++)
        out->len += utf8_put(out->bytes + out->len, byte_char((unsigned char)text[i]));
    return rc;
}

size_t
pretok_contraction(const char *text, size_t len)
{
    if (len < 2 || text[0] != '\'')
        return 0;
    if (text[1] == 's' || text[1] == 't' || text[1] == 'm' || text[1] == 'd')
        return 2;
    if (len >= 3 && ((text[2] == 'e' && (text[1] == 'r' || text[1] == 'v'))
            || (text[1] == 'l' && text[2] == 'l')))
        return 3;
    return 0;
}

static int
class_of_byte_level(uint32_t c)
{
    unsigned flags = unitab_flag[c];

    return (flags & UNI_LETTER) != 0 ? 1 : (flags & UNI_NUMBER) != 0 ? 2
        : (flags & UNI_SPACE) != 0 ? 0 : 3;
}

/* The length of what the expression of GPT-2 matches at text:
 * 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
static size_t
byte_level_word(const char *text, size_t len)
{
    const char *at = text, *end = text + len, *last = text;
    size_t      n = pretok_contraction(text, len);
    int         class;

    if (n > 0)
        return n;
    if (*at == ' ' && len > 1)
        at++;
    class = class_of_byte_level(utf8_next(&at));
    if (class != 0) {
        for (const char *next = at; next < end; at = next)
            if (class_of_byte_level(utf8_next(&next)) != class)
                break;
        return (size_t)(at - text);
    }
    /* white space: all but the last character if a word follows, unless it is the only one */
    for (at = text; at < end;) {
        const char *here = at;

        if (class_of_byte_level(utf8_next(&at)) != 0)
            return last > text ? (size_t)(last - text) : (size_t)(here - text);
        last = here;
    }
    return len;
}

static int
byte_level(const struct pretok_step *step, const struct cut *cut)
{
    struct buf *out = &cut->work->next_text, *pieces = &cut->work->next_pieces;
    struct buf  text = { 0 };
    int         rc = OK;

    if (step->prefix && cut->text[0] != ' ')
        rc = buf_addc(&text, ' ');
    if (rc == OK)
        rc = buf_add(&text, cut->text, cut->len);
    for (size_t from = 0; rc == OK && from < text.len;) {
        size_t              len = step->split
            ? byte_level_word(text.bytes + from, text.len - from) : text.len;
        struct pretok_piece piece = { out->len, 0, cut->at_start && from == 0 };

        rc = pretok_bytes(out, text.bytes + from, len);
        piece.len = out->len - piece.first;
        if (rc == OK)
            rc = buf_add(pieces, &piece, sizeof piece);
        from += len;
    }
    buf_free(&text);
    return rc;
}

/* ---- Metaspace ---- */

static int
metaspace(const struct pretok_step *step, const struct cut *cut)
{
    struct buf         *out = &cut->work->next_text, *pieces = &cut->work->next_pieces;
    const char         *at = cut->text, *end = cut->text + cut->len;
    struct pretok_piece piece = { out->len, 0, cut->at_start };
    char                mark[4];
    size_t              mark_len = utf8_put(mark, step->replacement);
    bool                marked = *at == ' '
        || (cut->len >= mark_len && memcmp(at, mark, mark_len) == 0);
    int                 rc = OK;

    if (!marked
        && (step->prepend == PRETOK_ALWAYS || (step->prepend == PRETOK_FIRST && cut->at_start)))
        rc = buf_add(out, mark, mark_len);
    while (rc == OK && at < end) {
        const char *here = at;
        uint32_t    c = utf8_next(&at);

        if (c != ' ' && c != step->replacement) {
            rc = buf_add(out, here, (size_t)(at - here));
            continue;
        }
        piece.len = out->len - piece.first;
        if (step->split && piece.len > 0) {
            rc = buf_add(pieces, &piece, sizeof piece);
            piece = (struct pretok_piece){ out->len, 0, false };
        }
        if (rc == OK)
            rc = buf_add(out, mark, mark_len);
    }
    piece.len = out->len - piece.first;
    return rc == OK && piece.len > 0 ? buf_add(pieces, &piece, sizeof piece) : rc;
}

/* ---- the whole ---- */

static int
run_step(const struct pretok_step *step, const struct cut *cut)
{
    switch (step->kind) {
    case PRETOK_BERT:
        return cut_around(cut, UNI_PUNCT, UNI_SPACE);
    case PRETOK_WHITESPACE:
        return cut_runs(cut, class_of_word, 0);
    case PRETOK_WHITESPACE_SPLIT:
        return cut_around(cut, 0, UNI_SPACE);
    case PRETOK_PUNCTUATION:
        return cut_punctuation(cut, step->behaviour);
    case PRETOK_BYTE_LEVEL:
        return byte_level(step, cut);
    case PRETOK_METASPACE:
        return metaspace(step, cut);
    case PRETOK_UAX29:
        return cut_uax29(cut);
    }
    return OK;
}

int
pretok_run(const struct pretok *p, struct pretok_work *work, const char *text, size_t len,
    bool at_start)
{
    struct pretok_piece whole = { 0, len, at_start };
    int                 rc = OK;

    buf_reset(&work->text);
    buf_reset(&work->pieces);
    if (len == 0)
        return OK;
    rc = buf_add(&work->text, text, len);
    if (rc == OK)
        rc = buf_add(&work->pieces, &whole, sizeof whole);
    for (int i = 0; rc == OK && i < p->count; i++) {
        bool rewrites = p->steps[i].kind == PRETOK_BYTE_LEVEL
            || p->steps[i].kind == PRETOK_METASPACE;

        buf_reset(&work->next_text);
        buf_reset(&work->next_pieces);
        for (size_t k = 0; rc == OK && k < pretok_count(work); k++) {
            const struct pretok_piece *piece = pretok_get(work, k);
            struct cut cut = { work, work->text.bytes + piece->first, piece->first, piece->len,
                piece->at_start };

            rc = run_step(&p->steps[i], &cut);
        }
        buf_swap(&work->pieces, &work->next_pieces);
        if (rewrites)
            buf_swap(&work->text, &work->next_text);
    }
    return rc;
}
