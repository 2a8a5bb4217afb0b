/* alphabet.c -- see alphabet.h. */
#include "tools/mkvocab/alphabet.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/utf8.h>

#include "lib/words.h"

enum { CODE_POINTS = 0x110000, TOKEN_LEN_MAX = 16 };

const char *const alphabet_specials[SPECIALS] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
    "[NOTA]" };

/* ---- the table ---- */

static int
bad_utf8(const struct words *table, size_t at)
{
    return err_set(ERR_FORMAT, "%s:%llu: the word is not UTF-8 (byte %zu)", table->in.name,
        (unsigned long long)table->line, at);
}

static int
check_utf8(const struct words *table, const struct wordmap_word *word, uint64_t *characters)
{
    const uint8_t *bytes = (const uint8_t *)word->bytes;
    size_t         at = 0;

    while (at < word->len) {
        size_t  start = at;
        UChar32 c;

        U8_NEXT(bytes, at, word->len, c);
        if (c < 0)
            return bad_utf8(table, start);
        if (c == 0) /* a token that tokenize could not read back */
            return err_set(ERR_FORMAT, "%s:%llu: the word holds a NUL character (byte %zu)",
                table->in.name, (unsigned long long)table->line, start);
        ++*characters;
    }
    return OK;
}

uint32_t
alphabet_next(const char *text, size_t *at)
{
    UChar32 c;

    U8_NEXT_UNSAFE((const uint8_t *)text, *at, c);
    return (uint32_t)c;
}

static int
add_row(struct wordmap *words, const struct words *table, const struct wordmap_word *word,
    uint64_t count)
{
    int rc = wordmap_add(words, word->bytes, word->len, count);

    if (rc == WORDMAP_FULL)
        return err_set(ERR_MEMORY, "%s:%llu: the words so far do not fit into half the memory (see "
            "--memory)", table->in.name, (unsigned long long)table->line);
    return rc;
}

int
alphabet_read(struct wordmap *words, const char *path, uint64_t *characters)
{
    struct words        table;
    struct wordmap_word word;
    uint64_t            count;
    int                 rc = words_open(&table, path, false);

    *characters = 0;
    if (rc != OK)
        return rc;
    while ((rc = words_get(&table, &word, &count)) == 1) {
        rc = check_utf8(&table, &word, characters);
        if (rc == OK)
            rc = add_row(words, &table, &word, count);
        if (rc != OK)
            break;
    }
    words_close(&table);
    if (rc == OK)
        wordmap_sort(words, WORDMAP_BY_COUNT);
    return rc;
}

/* ---- the vocabulary ---- */

int
vocab_open(struct vocab *v, uint32_t size, struct arena *arena, size_t ids_bytes)
{
    uint32_t id;
    int      rc;

    CHECK(size >= SPECIALS);
    *v = (struct vocab){ .arena = arena, .size = size };
    rc = wordmap_open(&v->ids, ids_bytes);
    if (rc == OK)
        rc = arena_alloc(arena, &v->tokens, size, sizeof *v->tokens);
    for (int i = 0; rc == OK && i < SPECIALS; i++)
        rc = vocab_add(v, alphabet_specials[i], strlen(alphabet_specials[i]), &id);
    return rc;
}

void
vocab_close(struct vocab *v)
{
    wordmap_close(&v->ids);
}

int
vocab_add(struct vocab *v, const char *bytes, size_t len, uint32_t *id)
{
    const struct wordmap_entry *e = wordmap_get(&v->ids, bytes, len);
    char                       *kept;
    int                         rc;

    if (e != NULL) {
        *id = (uint32_t)e->count - 1;
        return OK;
    }
    CHECK(v->count < v->size);
    rc = arena_alloc(v->arena, &kept, len + 1, 1);
    if (rc != OK)
        return rc;
    memcpy(kept, bytes, len);
    kept[len] = '\0';
    *id = v->count++;
    v->tokens[*id] = (struct token){ kept, (uint32_t)len };
    rc = wordmap_add(&v->ids, bytes, len, (uint64_t)*id + 1);
    return rc != WORDMAP_FULL ? rc
        : err_set(ERR_MEMORY, "the names of %lu tokens do not fit into an eighth of the memory "
            "(see --memory)", (unsigned long)v->count);
}

/* ---- the characters ---- */

struct character {
    uint32_t code;
    uint64_t count;
    bool     inner;
};

static int
by_count(const void *a_, const void *b_)
{
    const struct character *a = a_, *b = b_;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->code < b->code ? -1 : a->code > b->code;
}

static int
by_code(const void *a_, const void *b_)
{
    const struct character *a = a_, *b = b_;

    return a->code < b->code ? -1 : a->code > b->code;
}

/* counts[c] of the character c anywhere; inner[c] whether it occurs behind the first place. */
static int
count_characters(const struct wordmap *words, uint64_t *counts, uint8_t *inner, uint64_t *total)
{
    *total = 0;
    for (size_t i = 0; i < words->used; i++) {
        const struct wordmap_entry *e = &words->slots[i];
        const char                 *text = wordmap_text(e);

        for (size_t at = 0; at < e->len;) {
            bool     first = at == 0;
            uint32_t code = alphabet_next(text, &at);

            if (__builtin_add_overflow(*total, e->count, total))
                return err_set(ERR_LIMIT,
                    "the counts times the lengths of the words pass 2^64 - 1");
            counts[code] += e->count;
            inner[code] |= !first;
        }
    }
    return OK;
}

static int
add_forms(struct alphabet *a, struct vocab *v, const struct character *list)
{
    char token[TOKEN_LEN_MAX] = "##";
    int  rc = OK;

    for (int inner = 0; inner < 2; inner++)
        for (uint32_t i = 0; rc == OK && i < a->kept; i++) {
            size_t len = 2;

            if (inner && !list[i].inner)
                continue;
            U8_APPEND_UNSAFE((uint8_t *)token, len, list[i].code);
            if (inner)
                rc = vocab_add(v, token, len, &a->inner[list[i].code]);
            else
                rc = vocab_add(v, token + 2, len - 2, &a->first[list[i].code]);
        }
    return rc;
}

/* How many of the list are kept: common enough, few enough, and with room for their forms. */
static void
choose(struct alphabet *a, const struct character *list, const struct vocab *v, uint64_t count_min,
    uint32_t kept_max)
{
    uint32_t room = v->size - v->count;

    while (a->kept < a->seen && a->kept < kept_max && list[a->kept].count >= count_min) {
        uint32_t forms = list[a->kept].inner ? 2 : 1;

        if (forms > room)
            break;
        room -= forms;
        a->forms += forms;
        a->kept++;
    }
    for (uint32_t i = a->kept; i < a->seen; i++)
        a->lost += list[i].count;
}

int
alphabet_build(struct alphabet *a, struct vocab *v, const struct wordmap *words, uint64_t count_min,
    uint32_t kept_max)
{
    struct character *list;
    uint64_t         *counts;
    uint8_t          *inner;
    int               rc;

    *a = (struct alphabet){ 0 };
    rc = arena_alloc(v->arena, &a->first, CODE_POINTS, sizeof *a->first);
    if (rc == OK)
        rc = arena_alloc(v->arena, &a->inner, CODE_POINTS, sizeof *a->inner);
    if (rc == OK)
        rc = arena_alloc(v->arena, &counts, CODE_POINTS, sizeof *counts);
    if (rc == OK)
        rc = arena_alloc(v->arena, &inner, CODE_POINTS, 1);
    if (rc == OK)
        rc = count_characters(words, counts, inner, &a->total);
    if (rc != OK)
        return rc;
    for (uint32_t c = 0; c < CODE_POINTS; c++)
        a->seen += counts[c] > 0;
    rc = arena_alloc(v->arena, &list, a->seen + 1, sizeof *list);
    if (rc != OK)
        return rc;
    for (uint32_t c = 0, i = 0; c < CODE_POINTS; c++)
        if (counts[c] > 0)
            list[i++] = (struct character){ c, counts[c], inner[c] != 0 };
    qsort(list, a->seen, sizeof *list, by_count);
    choose(a, list, v, count_min, kept_max);
    qsort(list, a->kept, sizeof *list, by_code);
    return add_forms(a, v, list);
}
