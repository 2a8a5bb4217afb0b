/* added.c -- see added.h. */
#include "lib/added.h"

#include <string.h>

#include "lib/unitab.h"
#include "lib/utf8.h"

int
added_add(struct added *a, int set, const struct added_token *token, const char *pattern,
    size_t len)
{
    uint32_t      index = (uint32_t)(a->tokens.len / sizeof *token);
    unsigned char first = (unsigned char)pattern[0];
    bool          added;
    int           rc = buf_add(&a->tokens, token, sizeof *token);

    CHECK(len > 0);
    if (rc == OK)
        rc = unitab_open();
    if (rc == OK)
        rc = strtab_add(&a->patterns[set], pattern, len, &index, &added);
    if (rc == OK && !added)
        rc = err_set(ERR_FORMAT, "two added tokens are both found as \"%.*s\"",
            (int)(len < 100 ? len : 100), pattern);
    a->begins[set][first] = true;
    if (strtab_count(&a->patterns[set]) == 1)
        a->only[set] = first;
    else if (a->only[set] != first)
        a->only[set] = -1;
    return rc;
}

void
added_free(struct added *a)
{
    buf_free(&a->tokens);
    for (int set = 0; set < ADDED_SETS; set++)
        strtab_free(&a->patterns[set]);
}

/* The longest pattern at text; its length in *found. */
static uint32_t
longest(const struct strtab *t, const char *text, size_t len, size_t *found)
{
    uint64_t hash = STRTAB_SEED;
    uint32_t best = STRTAB_NONE;

    for (size_t i = 0; i < len && i < t->len_max; i++) {
        uint32_t index;

        hash = strtab_step(hash, text[i]);
        index = strtab_find_hashed(t, text, i + 1, hash);
        if (index != STRTAB_NONE) {
            best = index;
            *found = i + 1;
        }
    }
    return best;
}

static bool
in_word(const char *text, size_t len, size_t first, size_t end)
{
    const char *behind = text + end;
    size_t      before = first;

    if (first > 0 && (unitab_flag[utf8_last(text, &before)] & UNI_WORD) != 0)
        return true;
    return end < len && (unitab_flag[utf8_next(&behind)] & UNI_WORD) != 0;
}

static size_t
space_before(const char *text, size_t first, size_t least)
{
    while (first > least) {
        size_t before = first;

        if ((unitab_flag[utf8_last(text, &before)] & UNI_SPACE) == 0)
            break;
        first = before;
    }
    return first < least ? least : first;
}

static size_t
space_behind(const char *text, size_t len, size_t end)
{
    while (end < len) {
        const char *at = text + end;

        if ((unitab_flag[utf8_next(&at)] & UNI_SPACE) == 0)
            break;
        end = (size_t)(at - text);
    }
    return end;
}

static int
put(struct buf *parts, size_t first, size_t end, uint32_t id)
{
    struct added_part part = { first, end - first, id };

    return buf_add(parts, &part, sizeof part);
}

/* How many of the first bytes begin no pattern. */
static size_t
no_begin(const struct added *a, int set, const char *text, size_t len)
{
    const char *found;
    size_t      i = 0;

    if (a->only[set] >= 0) {
        found = memchr(text, a->only[set], len);
        return found != NULL ? (size_t)(found - text) : len;
    }
    while (i < len && !a->begins[set][(unsigned char)text[i]])
        i++;
    return i;
}

int
added_cut(const struct added *a, int set, const char *text, size_t len, struct buf *parts)
{
    const struct strtab *patterns = &a->patterns[set];
    size_t               done = 0; /* all before is in `parts` */
    int                  rc = OK;

    for (size_t i = strtab_count(patterns) > 0 ? 0 : len; rc == OK && i < len;) {
        const struct added_token *token;
        size_t                    found = 0, first, end;
        uint32_t                  index;

        i += no_begin(a, set, text + i, len - i);
        if (i == len)
            break;
        index = longest(patterns, text + i, len - i, &found);
        if (index == STRTAB_NONE) {
            i++;
            continue;
        }
        token = (const struct added_token *)(const void *)a->tokens.bytes + index;
        first = i;
        i += found;
        end = i;
        if (token->single_word && in_word(text, len, first, end))
            continue;
        if (token->lstrip)
            first = space_before(text, first, done);
        if (token->rstrip)
            end = space_behind(text, len, end);
        if (done < first)
            rc = put(parts, done, first, STRTAB_NONE);
        if (rc == OK)
            rc = put(parts, first, end, token->id);
        done = end;
    }
    return rc == OK && done < len ? put(parts, done, len, STRTAB_NONE) : rc;
}
