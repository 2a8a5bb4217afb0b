/* notes.c -- see notes.h. */
#include "lib/notes.h"

#include "lib/words.h"

static int
add_row(struct notes *n, const struct words *table, const struct wordmap_word *word)
{
    uint32_t value = notes_count(n);
    bool     added;
    int      rc = strtab_add(&n->words, word->bytes, word->len, &value, &added);

    if (rc == OK && !added)
        rc = err_set(ERR_FORMAT, "%s:%llu: the word \"%.*s\" stands on line %u already",
            table->in.name, (unsigned long long)table->line,
            (int)(word->len < 100 ? word->len : 100), word->bytes, value + 1);
    return rc;
}

int
notes_open(struct notes *n, const char *bytes, size_t len, const char *name)
{
    struct words        table;
    struct wordmap_word word;
    uint64_t            count;
    int                 rc;

    *n = (struct notes){ 0 };
    words_open_bytes(&table, bytes, len, name, true);
    while ((rc = words_get(&table, &word, &count)) == 1) {
        rc = add_row(n, &table, &word);
        if (rc != OK)
            break;
    }
    words_close(&table);
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
