/* sort_test.c -- whatever the memory, records come out in the order of their keys, each as it went
 * in: all in memory, from one merge, and from merges of merges. */
#include "lib/sort.h"

#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/philox.h"
#include "tests/tap.h"

static char content[1 << 21];

/* Record `number`: its key is one of few, so that there are ties; its bytes follow from the
 * number. */
static uint64_t
make_record(uint64_t number, size_t bytes_max, size_t *len)
{
    struct philox random = philox(1, PHILOX_DATA, 0, 0, number);

    *len = random.x[0] % (bytes_max + 1);
    memset(content, (int)(random.x[1] & 0xff), *len);
    if (*len >= sizeof number)
        memcpy(content, &number, sizeof number);
    return random.x[2] % 1000;
}

/* Sort `count` records; true if they come back in order, each once and as it was.  `hash` is of all
 * that came out. */
static bool
sorts(size_t memory_bytes, uint64_t count, size_t bytes_max, uint64_t *hash, int *runs)
{
    struct sort s;
    const void *bytes;
    size_t      len, want_len;
    uint64_t    key, at, last_key = 0, seen = 0, *of_number = calloc(count, sizeof *of_number);
    bool        good = true;
    int         rc;

    CHECK(of_number != NULL && sort_open(&s, memory_bytes, "/tmp") == OK);
    for (uint64_t i = 0; i < count; i++) {
        key = make_record(i, bytes_max, &len);
        CHECK(sort_add(&s, key, i, content, len) == OK);
        of_number[i] = XXH3_64bits(content, len) + key;
    }
    *runs = s.runs;
    *hash = 0;
    rc = sort_begin(&s);
    CHECK(rc == OK);
    while ((rc = sort_next(&s, &key, &at, &bytes, &len)) == 1) {
        good &= key >= last_key;
        last_key = key;
        seen++;
        *hash = *hash * 0x9E3779B97F4A7C15u + XXH3_64bits(bytes, len) + key;
        if (len >= 8) {
            uint64_t number;

            memcpy(&number, bytes, sizeof number);
            good &= number < count && of_number[number] == XXH3_64bits(bytes, len) + key
                && make_record(number, bytes_max, &want_len) == key && want_len == len;
            of_number[number < count ? number : 0] = 0; /* a second time it would not match */
        }
    }
    free(of_number);
    sort_close(&s);
    return good && rc == OK && seen == count;
}

int
main(void)
{
    uint64_t in_memory, spilled;
    int      runs = 0;
    bool     good;

    ok(sorts(4 << 20, 0, 1, &in_memory, &runs), "nothing is sorted");
    ok(sorts(64 << 20, 20000, 1000, &in_memory, &runs) && runs == 0, "20000 records in memory");
    good = sorts(4 << 20, 20000, 1000, &spilled, &runs);
    ok(good && runs > 1, "and from %d runs", runs);
    ok(in_memory == spilled, "in the same order");
    ok(sorts(256 << 20, 60, 1 << 20, &in_memory, &runs) && runs == 0, "60 large records in memory");
    good = sorts(4 << 20, 60, 1 << 20, &spilled, &runs);
    ok(good && runs > 4, "and from %d runs, two at a time", runs);
    ok(in_memory == spilled, "in the same order");
    {
        struct sort s;

        CHECK(sort_open(&s, 4 << 20, "/nonexistent") == OK);
        CHECK(sort_add(&s, 0, 0, content, 2 << 20) == OK);
        ok(sort_add(&s, 0, 1, content, 2 << 20) == ERR_IO, "no place for the file is an error: %s",
            err_msg());
        sort_close(&s);
    }
    return tap_done();
}
