/* notes.c -- see notes.h. */
#include "lib/notes.h"

#include <string.h>

/* word <TAB> digits */
static bool
row_is_good(const char *row, size_t len, size_t *word_len)
{
    const char *tab = memchr(row, '\t', len);

    if (tab == NULL || tab == row || tab + 1 == row + len)
        return false;
    *word_len = (size_t)(tab - row);
    for (const char *c = tab + 1; c < row + len; c++)
        if (*c < '0' || *c > '9')
            return false;
    return true;
}

static int
add_row(struct notes *n, const char *bytes, size_t len, uint32_t row, const char *name)
{
    uint32_t value = row;
    size_t   word_len;
    bool     added;
    int      rc;

    if (!row_is_good(bytes, len, &word_len))
        return err_set(ERR_FORMAT, "%s: line %u is not a word, a tab and a count", name, row + 1);
    rc = strtab_add(&n->words, bytes, word_len, &value, &added);
    if (rc == OK && !added)
        rc = err_set(ERR_FORMAT, "%s: line %u: the word \"%.*s\" stands on line %u already", name,
            row + 1, (int)(word_len < 100 ? word_len : 100), bytes, value + 1);
    return rc;
}

int
notes_open(struct notes *n, const char *bytes, size_t len, const char *name)
{
    int rc = OK;

    *n = (struct notes){ 0 };
    for (size_t at = 0, row = 0; rc == OK && at < len; row++) {
        const char *end = memchr(bytes + at, '\n', len - at);
        size_t      row_len = end != NULL ? (size_t)(end - (bytes + at)) : len - at;

        rc = add_row(n, bytes + at, row_len, (uint32_t)row, name);
        at += row_len + 1;
    }
    if (rc != OK)
        notes_close(n);
    return rc;
}

void
notes_close(struct notes *n)
{
    strtab_free(&n->words);
}

int64_t
notes_find(const struct notes *n, const char *word, size_t len)
{
    uint32_t row = strtab_find(&n->words, word, len);

    return row == STRTAB_NONE ? NOTES_NONE : (int64_t)row;
}

uint32_t
notes_count(const struct notes *n)
{
    return (uint32_t)strtab_count(&n->words);
}
