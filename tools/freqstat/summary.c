/* summary.c -- see summary.h.  The table comes with the commonest word first, so the coverage of
 * the first N words is a running sum. */
#include "tools/freqstat/summary.h"

#include "lib/words.h"

static const uint64_t tops[] = { 1000, 10000, 32000, 100000 };

enum { TOPS = sizeof tops / sizeof *tops };

struct sums {
    uint64_t total, types, hapaxes;
    uint64_t covered[TOPS]; /* words, as far as the table goes */
    uint64_t rare_total, rare_types;
};

static double
share(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static int
add_up(struct sums *s, struct words *table, uint64_t rare_min, uint64_t rare_max)
{
    struct wordmap_word word;
    uint64_t            count;
    int                 rc;

    while ((rc = words_get(table, &word, &count)) == 1) {
        if (__builtin_add_overflow(s->total, count, &s->total))
            return err_set(ERR_LIMIT, "%s:%llu: the total passes 2^64 - 1", table->in.name,
                (unsigned long long)table->line);
        s->types++;
        s->hapaxes += count == 1;
        for (int i = 0; i < TOPS; i++)
            if (s->types <= tops[i])
                s->covered[i] = s->total;
        if (count >= rare_min && count <= rare_max) {
            s->rare_types++;
            s->rare_total += count;
        }
    }
    return rc;
}

int
summary_print(struct out *out, const char *path, uint64_t rare_min, uint64_t rare_max)
{
    struct sums  s = { 0 };
    struct words table;
    int          rc = words_open(&table, path, true);

    if (rc != OK)
        return rc;
    rc = add_up(&s, &table, rare_min, rare_max);
    words_close(&table);
    if (rc != OK)
        return rc;
    rc = out_printf(out, "{\n  \"total\": %llu,\n  \"types\": %llu,\n  \"hapaxes\": %llu,\n"
        "  \"coverage\": {", (unsigned long long)s.total, (unsigned long long)s.types,
        (unsigned long long)s.hapaxes);
    for (int i = 0; rc == OK && i < TOPS; i++)
        rc = out_printf(out, "%s\"%llu\": %.6f", i > 0 ? ", " : "", (unsigned long long)tops[i],
            share(s.covered[i], s.total));
    if (rc != OK)
        return rc;
    return out_printf(out, "},\n  \"rare\": {\"min\": %llu, \"max\": %llu, \"types\": %llu, "
        "\"total\": %llu, \"share_of_types\": %.6f, \"share_of_total\": %.6f}\n}\n",
        (unsigned long long)rare_min, (unsigned long long)rare_max,
        (unsigned long long)s.rare_types, (unsigned long long)s.rare_total,
        share(s.rare_types, s.types), share(s.rare_total, s.total));
}
