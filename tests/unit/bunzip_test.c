/* bunzip_test.c -- blocks of bzip2 decode to what libbz2, the reference, makes of them. */
#include "lib/bunzip.h"

#include <bzlib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/bunzip_block.h"
#include "lib/philox.h"
#include "tests/tap.h"

enum { TEXT_MAX = 1000000, ROOM = TEXT_MAX + TEXT_MAX / 50 + 1000, SHAPES = 9, LONG = 50000000 };

static char path[] = "/tmp/bunzip_test.XXXXXX";

/* Texts that are hard for some part of a decoder. */
static size_t
make_text(unsigned char *text, int shape, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint32_t draw = philox(7, 0, (uint32_t)i, (uint32_t)shape, 0).x[0];

        switch (shape) {
        case 0: text[i] = 'a'; break;                                     /* one letter */
        case 1: text[i] = (unsigned char)("ab"[i % 2]); break;            /* many short cycles */
        case 2: text[i] = (unsigned char)("abcabcd"[i % 7]); break;
        case 3: text[i] = (unsigned char)draw; break;                     /* nothing to gain */
        case 4: text[i] = (unsigned char)(i / (4 + i / 2000)); break;     /* runs of any length */
        case 5: text[i] = (unsigned char)(draw % 7 != 0 && i > 0 ? text[i - 1] : draw >> 8); break;
        case 6: text[i] = (unsigned char)("etaoin shrdlu"[draw % 13]); break;
        case 7: text[i] = (unsigned char)(i < 1000 ? draw : text[i - 1000]); break; /* a period */
        default: text[i] = (unsigned char)(draw % 3 == 0 ? draw >> 8 & 3 : 'x'); break;
        }
    }
    return len;
}

/* All that bunzip gives, into to[max]; OK only at a proper end. */
static int
decode(const char *packed, size_t packed_len, int jobs, char *to, size_t max, size_t *len)
{
    struct bunzip *b;
    struct in      in;
    const char    *some;
    size_t         some_len = 1;
    int            rc;

    *len = 0;
    CHECK(file_write_all(path, packed, packed_len) == OK && in_open(&in, path) == OK);
    rc = bunzip_open(&b, &in, NULL, 0, jobs);
    while (rc == OK && some_len > 0) {
        rc = bunzip_some(b, &some, &some_len);
        if (rc == OK && some_len > 0) {
            CHECK(*len + some_len <= max);
            memcpy(to + *len, some, some_len);
            *len += some_len;
        }
    }
    bunzip_close(b);
    in_close(&in);
    return rc;
}

static void
try_texts(char *text, char *packed, char *got)
{
    static const size_t lens[] = { 1, 2, 3, 4, 5, 7, 8, 9, 255, 258, 259, 260, 511, 512, 513, 2000,
        99980, 100000, 250001, TEXT_MAX };

    for (int shape = 0; shape < SHAPES; shape++) {
        int same = 0, tried = 0;

        for (size_t n = 0; n < sizeof lens / sizeof *lens; n++) {
            size_t   len = make_text((unsigned char *)text, shape, lens[n]), got_len;
            unsigned packed_len = ROOM;
            int      level = 1 + (int)(n + (size_t)shape) % 9;

            CHECK(BZ2_bzBuffToBuffCompress(packed, &packed_len, text, (unsigned)len, level, 0, 30)
                == BZ_OK);
            same += decode(packed, packed_len, 1 + (int)n % 3, got, ROOM, &got_len) == OK
                && got_len == len && memcmp(got, text, len) == 0;
            tried++;
        }
        ok(same == tried, "shape %d, of 1 to %d bytes", shape, TEXT_MAX);
    }
}

/* Every bit flipped of a small stream of three blocks: both fail, or both give the same. */
static void
try_flips(char *text, char *packed, char *got)
{
    char    *want = malloc(ROOM);
    unsigned packed_len = ROOM;
    int      differ = 0, tried = 0;

    make_text((unsigned char *)text, 5, 3000);
    make_text((unsigned char *)text + 3000, 6, 3000);
    CHECK(want != NULL
        && BZ2_bzBuffToBuffCompress(packed, &packed_len, text, 6000, 1, 0, 30) == BZ_OK);
    for (size_t bit = 0; bit < 8 * (size_t)packed_len; bit += bit < 4000 ? 1 : 37) {
        unsigned want_len = ROOM;
        size_t   got_len;
        bool     theirs, ours;

        packed[bit / 8] = (char)(packed[bit / 8] ^ 1 << bit % 8);
        theirs = BZ2_bzBuffToBuffDecompress(want, &want_len, packed, packed_len, 0, 0) == BZ_OK;
        ours = decode(packed, packed_len, 1, got, ROOM, &got_len) == OK;
        differ += theirs != ours
            || (ours && (got_len != want_len || memcmp(got, want, got_len) != 0));
        packed[bit / 8] = (char)(packed[bit / 8] ^ 1 << bit % 8);
        tried++;
    }
    ok(tried > 4000 && differ == 0, "of %d flipped bits %d are taken otherwise than by libbz2",
        tried, differ);
    free(want);
}

/* 50 MB of one letter are 46 MB a block, but no block is ever held in that form. */
static void
try_long(char *packed)
{
    bz_stream           bz = { 0 };
    struct buf          text = { 0 };
    struct bunzip_block *block = bunzip_block_new();
    static char         zeros[LONG / 50], piece[1000];
    uint64_t            end;
    size_t              at = 0, len, total = 0;

    CHECK(block != NULL && BZ2_bzCompressInit(&bz, 9, 0, 0) == BZ_OK);
    bz.next_out = packed;
    bz.avail_out = ROOM;
    for (int i = 0; i < 45; i++) {
        bz.next_in = zeros;
        bz.avail_in = sizeof zeros;
        CHECK(BZ2_bzCompress(&bz, BZ_RUN) == BZ_RUN_OK);
    }
    CHECK(BZ2_bzCompress(&bz, BZ_FINISH) == BZ_STREAM_END);
    BZ2_bzCompressEnd(&bz);
    ok(bunzip_block_decode(block, packed, ROOM - bz.avail_out, 32, '9', &text, &end) == OK,
        "45 MB of zeros are a block");
    ok(text.max <= 1 << 20, "held in %zu bytes", text.max);
    while ((len = bunzip_block_expand(&text, &at, piece, sizeof piece)) > 0)
        total += len;
    ok(total == 45 * sizeof zeros, "and given in full");
    buf_free(&text);
    bunzip_block_free(block);
}

int
main(void)
{
    char *text = malloc(TEXT_MAX), *packed = malloc(ROOM), *got = malloc(ROOM);
    int   fd = mkstemp(path);

    CHECK(text != NULL && packed != NULL && got != NULL && fd >= 0);
    close(fd);
    try_texts(text, packed, got);
    try_flips(text, packed, got);
    try_long(packed);
    unlink(path);
    free(text);
    free(packed);
    free(got);
    return tap_done();
}
