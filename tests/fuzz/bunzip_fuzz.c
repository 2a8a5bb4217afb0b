/* bunzip_fuzz.c -- the decoder of bzip2 against libbz2: what one takes the other takes, and alike.
 *
 * Most inputs fail at a checksum; so the bytes are given a second time as a text that libbz2
 * packs.  The first byte chooses the level and the number of threads. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h */
#include "lib/bunzip.h"
#include "tests/fuzz/fuzz.h"

#include <bzlib.h>

enum { ROOM = 1 << 20 };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

/* One stream; false when it is damaged, or longer than `to`. */
static bool
theirs(const char *packed, size_t packed_len, char *to, unsigned *len)
{
    bz_stream bz = { 0 };
    int       rc;

    fuzz_need(BZ2_bzDecompressInit(&bz, 0, 0) == BZ_OK);
    bz.next_in = (char *)packed;
    bz.avail_in = (unsigned)packed_len;
    bz.next_out = to;
    bz.avail_out = *len;
    rc = BZ2_bzDecompress(&bz);
    *len -= bz.avail_out;
    BZ2_bzDecompressEnd(&bz);
    return rc == BZ_STREAM_END && bz.avail_in == 0;
}

static bool
ours(const char *packed, size_t packed_len, int jobs, char *to, size_t max, size_t *len)
{
    struct bunzip *b;
    struct in      in = { .fd = fuzz_file(packed, packed_len), .name = "fuzz" };
    const char    *some;
    size_t         some_len = 1;
    int            rc = bunzip_open(&b, &in, NULL, 0, jobs);

    *len = 0;
    while (rc == OK && some_len > 0) {
        rc = bunzip_some(b, &some, &some_len);
        if (rc != OK || *len + some_len > max)
            break;
        if (some_len > 0)
            memcpy(to + *len, some, some_len);
        *len += some_len;
    }
    bunzip_close(b);
    return rc == OK && some_len == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static char a[ROOM], b[ROOM], packed[ROOM];
    unsigned    a_len = ROOM, packed_len = ROOM;
    size_t      b_len;
    int         jobs = len > 0 ? 1 + bytes[0] % 3 : 1;

    if (len > 0 && theirs((const char *)bytes + 1, len - 1, a, &a_len))
        if (!ours((const char *)bytes + 1, len - 1, jobs, b, ROOM, &b_len) || b_len != a_len
            || memcmp(a, b, b_len) != 0)
            abort();
    if (len > 0 && len < ROOM / 2) {
        fuzz_need(BZ2_bzBuffToBuffCompress(packed, &packed_len, (char *)bytes, (unsigned)len,
            1 + bytes[0] / 3 % 9, 0, 0) == BZ_OK);
        if (!ours(packed, packed_len, jobs, b, ROOM, &b_len) || b_len != len
            || memcmp(bytes, b, len) != 0)
            abort();
    }
    return 0;
}
