/* tally.c -- see tally.h. */
#include "tools/wikiextract/tally.h"

#include <stdlib.h>

#include "lib/hash.h"
#include "lib/quote.h"
#include "lib/utf8.h"

static int
grow_slots(struct tally *t)
{
    size_t    max = t->slot_max ? 2 * t->slot_max : 1024;
    uint32_t *slots = calloc(max, sizeof *slots);
    void     *names = realloc(t->names, max / 2 * sizeof *t->names);

    if (names != NULL)
        t->names = names;
    if (slots == NULL || names == NULL) {
        free(slots);
        return err_set(ERR_MEMORY, "no memory for the names of %zu templates", max / 2);
    }
    for (size_t n = 0; n < t->count; n++) {
        size_t i = t->names[n].hash & (max - 1);

        while (slots[i] != 0)
            i = (i + 1) & (max - 1);
        slots[i] = (uint32_t)n + 1;
    }
    free(t->slots);
    t->slots = slots;
    t->slot_max = max;
    return OK;
}

static int
add(struct tally *t, struct span name, int kind)
{
    uint32_t           hash = hash_u32(name.at, name.len, 0);
    struct tally_name *n;
    size_t             i;

    if (2 * t->count >= t->slot_max && grow_slots(t) != OK)
        return ERR_MEMORY;
    for (i = hash & (t->slot_max - 1); t->slots[i] != 0; i = (i + 1) & (t->slot_max - 1)) {
        n = &t->names[t->slots[i] - 1];
        if (n->hash == hash && span_is(name, n->name)) {
            n->counts[kind]++;
            return OK;
        }
    }
    if (t->count == TALLY_NAMES_MAX) {
        t->others[kind]++;
        return OK;
    }
    n = &t->names[t->count];
    *n = (struct tally_name){ .name = malloc(name.len + 1), .hash = hash };
    if (n->name == NULL)
        return err_set(ERR_MEMORY, "no memory for the names of templates");
    memcpy(n->name, name.at, name.len);
    n->name[name.len] = '\0';
    n->counts[kind] = 1;
    t->slots[i] = (uint32_t)++t->count;
    return OK;
}

int
tally_templates(struct tally *t, struct span dropped)
{
    int rc = OK;

    while (rc == OK && dropped.len > 0) {
        const char *end = memchr(dropped.at, '\n', dropped.len);
        size_t      len = end != NULL ? (size_t)(end - dropped.at) : dropped.len;

        if (len > 1)
            rc = add(t, (struct span){ dropped.at + 1, len - 1 },
                dropped.at[0] == 'l' ? TALLY_LOST : TALLY_KNOWN);
        len += end != NULL;
        dropped.at += len;
        dropped.len -= len;
    }
    return rc;
}

/* ---- the report ---- */

static int sorted_by; /* qsort has no argument for it; the report is made by one thread */

static int
by_count(const void *a, const void *b)
{
    const struct tally_name *x = a, *y = b;

    if (x->counts[sorted_by] != y->counts[sorted_by])
        return x->counts[sorted_by] < y->counts[sorted_by] ? 1 : -1;
    return strcmp(x->name, y->name);
}

static int
add_templates(struct tally *t, struct buf *json, int kind)
{
    uint64_t total = t->others[kind];
    int      rc;

    sorted_by = kind;
    if (t->count > 0)
        qsort(t->names, t->count, sizeof *t->names, by_count);
    for (size_t i = 0; i < t->count; i++)
        total += t->names[i].counts[kind];
    rc = buf_addf(json,
        "{\n    \"total\": %llu,\n    \"beyond_names_max\": %llu,\n    \"names\": [",
        (unsigned long long)total, (unsigned long long)t->others[kind]);
    for (size_t i = 0; rc == OK && i < t->count && t->names[i].counts[kind] > 0; i++) {
        rc = buf_adds(json, i > 0 ? ",\n      { \"name\": " : "\n      { \"name\": ");
        if (rc == OK)
            rc = quote_json(json, t->names[i].name, strlen(t->names[i].name));
        if (rc == OK)
            rc = buf_addf(json, ", \"count\": %llu }",
                (unsigned long long)t->names[i].counts[kind]);
    }
    return rc == OK ? buf_adds(json, "\n    ]\n  }") : rc;
}

/* It names a file, whose name may be no UTF-8. */
static int
add_failure(struct buf *json, const char *failure)
{
    struct buf mended = { 0 };
    uint64_t   bad;
    int        rc = utf8_mend(&mended, &bad, failure, strlen(failure), "\xEF\xBF\xBD");

    if (rc == OK)
        rc = quote_json(json, mended.bytes, mended.len);
    buf_free(&mended);
    return rc;
}

int
tally_json(struct tally *t, struct buf *json, const char *failure)
{
    static const char *const causes[CAUSES] = { "", "redirect", "namespace", "no_text", "deleted",
        "too_large", "too_deep", "not_wikitext", "short" };
    unsigned long long       seen = 0;
    int                      rc;

    for (int i = 0; i < CAUSES; i++)
        seen += t->pages[i];
    rc = buf_addf(json, "{\n  \"complete\": %s,\n  \"failure\": ", failure == NULL
        && t->damages == 0 ? "true" : "false");
    if (rc == OK)
        rc = failure != NULL ? add_failure(json, failure) : buf_adds(json, "null");
    if (rc == OK)
        rc = buf_addf(json,
            ",\n  \"damaged_places\": %llu,\n  \"bytes_in\": %llu,\n  \"bytes_out\": %llu,\n"
            "  \"pages_seen\": %llu,\n"
            "  \"pages_kept\": %llu,\n  \"pages_dropped\": {", (unsigned long long)t->damages,
            (unsigned long long)t->bytes_in,
            (unsigned long long)t->bytes_out, seen, (unsigned long long)t->pages[KEPT]);
    for (int i = 1; rc == OK && i < CAUSES; i++)
        rc = buf_addf(json, "%s\n    \"%s\": %llu", i > 1 ? "," : "", causes[i],
            (unsigned long long)t->pages[i]);
    if (rc == OK)
        rc = buf_addf(json,
            "\n  },\n  \"characters\": %llu,\n  \"paragraphs\": %llu,\n  \"sentences\": %llu,\n"
            "  \"sentences_that_lost_text\": %llu,\n  \"formulas_dropped\": %llu,\n  "
                "\"templates_lost\": ",
            (unsigned long long)t->characters, (unsigned long long)t->paragraphs,
            (unsigned long long)t->sentences, (unsigned long long)t->sentences_lost,
            (unsigned long long)t->formulas);
    if (rc == OK)
        rc = add_templates(t, json, TALLY_LOST);
    if (rc == OK)
        rc = buf_adds(json, ",\n  \"templates_without_text\": ");
    if (rc == OK)
        rc = add_templates(t, json, TALLY_KNOWN);
    return rc == OK ? buf_adds(json, "\n}\n") : rc;
}

void
tally_free(struct tally *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->names[i].name);
    free(t->names);
    free(t->slots);
    *t = (struct tally){ 0 };
}
