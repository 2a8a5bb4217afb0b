/* words.c -- see words.h. */
#include "lib/words.h"

#include <string.h>

enum { READ_BYTES = 1 << 18, ROW_MAX_BYTES = WORDMAP_LEN_MAX + 32 };

int
words_open(struct words *w, const char *path, bool ordered)
{
    *w = (struct words){ .ordered = ordered, .count = UINT64_MAX };
    return in_open(&w->in, path);
}

void
words_open_bytes(struct words *w, const char *bytes, size_t len, const char *name, bool ordered)
{
    *w = (struct words){ .in = { .fd = -1, .name = name },
        .ordered = ordered,
        .text = bytes,
        .len = len,
        .ended = true,
        .count = UINT64_MAX };
}

void
words_close(struct words *w)
{
    in_close(&w->in);
    buf_free(&w->read);
    buf_free(&w->word);
}

static int
bad(const struct words *w, const char *cause)
{
    return err_set(ERR_FORMAT, "%s:%llu: %s", w->in.name, (unsigned long long)w->line, cause);
}

/* Move what is left to the front and read on. */
static int
refill(struct words *w)
{
    size_t got;
    int    rc;

    if (w->at > 0)
        memmove(w->read.bytes, w->read.bytes + w->at, w->read.len - w->at);
    w->read.len -= w->at;
    w->at = 0;
    w->len = w->read.len;
    if (w->len > ROW_MAX_BYTES) {
        w->line++;
        return bad(w, "the row is too long");
    }
    rc = buf_reserve(&w->read, READ_BYTES);
    w->text = w->read.bytes;
    if (rc == OK)
        rc = in_some(&w->in, w->read.bytes + w->len, READ_BYTES, &got);
    if (rc != OK)
        return rc;
    w->len = w->read.len += got;
    w->ended = got == 0;
    return OK;
}

/* 1 and the bytes of the next line without its end, 0 at the end of the file. */
static int
next_line(struct words *w, const char **line, size_t *len)
{
    size_t searched = 0;

    for (;;) {
        size_t      rest = w->len - w->at;
        const char *start = rest > 0 ? w->text + w->at : NULL; /* there may be no memory */
        const char *end = rest > searched ? memchr(start + searched, '\n', rest - searched) : NULL;
        int         rc;

        if (end != NULL || (w->ended && rest > 0)) {
            *line = start;
            *len = end != NULL ? (size_t)(end - start) : rest;
            w->at += *len + (end != NULL);
            w->line++;
            return *len <= ROW_MAX_BYTES ? 1 : bad(w, "the row is too long");
        }
        if (w->ended)
            return 0;
        searched = rest;
        rc = refill(w);
        if (rc != OK)
            return rc;
    }
}

static int
parse_count(const struct words *w, const char *digits, size_t len, uint64_t *count)
{
    *count = 0;
    if (len == 0)
        return bad(w, "no count behind the tab");
    for (size_t i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return bad(w, "the count is not a number");
        if (__builtin_mul_overflow(*count, (uint64_t)10, count)
            || __builtin_add_overflow(*count, (uint64_t)(digits[i] - '0'), count))
            return bad(w, "the count passes 2^64 - 1");
    }
    return *count > 0 ? OK : bad(w, "the count is 0");
}

static int
check_order(struct words *w, const struct wordmap_word *word, uint64_t count)
{
    size_t shorter = word->len < w->word.len ? word->len : w->word.len;
    int    order = w->count != count ? -1 : 0;

    if (order == 0 && shorter > 0)
        order = memcmp(w->word.bytes, word->bytes, shorter);
    if (count > w->count || order > 0 || (order == 0 && w->word.len >= word->len))
        return bad(w, "the rows are not in order: count descending, then bytes (freqstat --merge "
            "puts them in order)");
    w->count = count;
    buf_reset(&w->word);
    return buf_add(&w->word, word->bytes, word->len);
}

int
words_get(struct words *w, struct wordmap_word *word, uint64_t *count)
{
    const char *line = NULL, *tab;
    size_t      len = 0;
    int         rc = next_line(w, &line, &len);

    if (rc != 1)
        return rc;
    tab = memchr(line, '\t', len);
    if (tab == NULL)
        return bad(w, "no tab between word and count");
    *word = (struct wordmap_word){ line, (size_t)(tab - line) };
    if (word->len == 0)
        return bad(w, "no word before the tab");
    if (word->len > WORDMAP_LEN_MAX)
        return bad(w, "the word is too long");
    for (size_t i = 0; i < word->len; i++)
        if (words_is_space(line[i]))
            return bad(w, "white space within the word");
    rc = parse_count(w, tab + 1, len - word->len - 1, count);
    if (rc == OK && w->ordered)
        rc = check_order(w, word, *count);
    return rc == OK ? 1 : rc;
}
