/* readback -- time what a trainer does with a data directory: read every sample in order, or
 * samples in the order of an epoch.
 *
 *     readback DIR [COUNT]
 *
 * With COUNT, that many samples at random places.  Opening, which reads the manifest and the heads
 * of the shards, counts too. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/dataset.h"

static int
read_samples(const struct dataset *d, uint64_t count, bool shuffled)
{
    struct dataset_reader r;
    struct dataset_sample sample;
    uint64_t              samples = d->split[DATASET_TRAIN].samples, tokens = 0;
    int                   rc = dataset_reader_open(&r, d);

    for (uint64_t i = 0; rc == OK && i < count; i++) {
        uint64_t at = shuffled ? dataset_order(1, (uint32_t)(i / samples), samples, i % samples)
            : i % samples;

        rc = dataset_get(&r, DATASET_TRAIN, at, &sample);
        if (rc == OK)
            tokens += sample.len;
    }
    if (rc == OK)
        printf("%" PRIu64 " samples, %" PRIu64 " tokens\n", count, tokens);
    dataset_reader_close(&r);
    return rc;
}

int
main(int argc, char **argv)
{
    struct dataset d;
    int            rc;

    if (argc != 2 && argc != 3) {
        fputs("readback DIR [COUNT]\n", stderr);
        return 2;
    }
    rc = dataset_open(&d, argv[1]);
    if (rc == OK) {
        rc = read_samples(&d, argc == 3 ? strtoull(argv[2], NULL, 10)
            : d.split[DATASET_TRAIN].samples, argc == 3);
        dataset_close(&d);
    }
    if (rc != OK)
        fprintf(stderr, "read: %s\n", err_msg());
    return rc == OK ? 0 : 1;
}
