/* catdata.c -- the samples of a data directory as lines, for the tests of shard --export.
 *
 *     catdata DIR train|valid
 *
 * ids, "|", 1 or 0 for each whether a word begins there, "|", FIRST+COUNT=NOTE for each noted
 * word; divided by blanks. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/dataset.h"

static void
print(const struct dataset_sample *s)
{
    for (uint32_t i = 0; i < s->len; i++)
        printf("%" PRIu32 " ", s->ids[i]);
    putchar('|');
    for (uint32_t i = 0; i < s->len; i++)
        printf(" %d", s->word[i]);
    fputs(" |", stdout);
    for (uint32_t i = 0; i < s->spans; i++)
        printf(" %" PRIu32 "+%" PRIu32 "=%" PRIu32, s->span[i].first, s->span[i].count,
            s->span[i].note);
    putchar('\n');
}

int
main(int argc, char **argv)
{
    struct dataset        d;
    struct dataset_reader r;
    struct dataset_sample sample;
    enum dataset_split_id split;
    int                   rc;

    if (argc != 3) {
        fputs("catdata DIR train|valid\n", stderr);
        return 2;
    }
    split = strcmp(argv[2], "valid") == 0 ? DATASET_VALID : DATASET_TRAIN;
    rc = dataset_open(&d, argv[1]);
    if (rc == OK)
        rc = dataset_reader_open(&r, &d);
    for (uint64_t i = 0; rc == OK && i < d.split[split].samples; i++) {
        rc = dataset_get(&r, split, i, &sample);
        if (rc == OK)
            print(&sample);
    }
    if (rc != OK) {
        fprintf(stderr, "catdata: %s\n", err_msg());
        return 1;
    }
    dataset_reader_close(&r);
    dataset_close(&d);
    return 0;
}
