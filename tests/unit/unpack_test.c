/* unpack_test.c -- decompression gives what was checked and no byte more: cuts, flipped bits. */
#include "lib/unpack.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "lib/bunzip_bits.h"
#include "tests/tap.h"

enum { TEXT_BYTES = 700000 };

static char  path[] = "/tmp/unpack_test.XXXXXX";
static char *text, *packed;
static int   jobs = 1;

/* ---- one member each, made by the libraries ---- */

enum { ROOM = 2 * TEXT_BYTES };

static size_t
pack_bzip2(char *to, const char *from, size_t len)
{
    unsigned to_len = ROOM;

    CHECK(BZ2_bzBuffToBuffCompress(to, &to_len, (char *)from, (unsigned)len, 1, 0, 0) == BZ_OK);
    return to_len;
}

static size_t
pack_gzip(char *to, const char *from, size_t len)
{
    z_stream z = { 0 };

    CHECK(deflateInit2(&z, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (unsigned char *)from;
    z.avail_in = (unsigned)len;
    z.next_out = (unsigned char *)to;
    z.avail_out = ROOM;
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&z);
    return ROOM - z.avail_out;
}

static size_t
pack_xz(char *to, const char *from, size_t len)
{
    size_t to_len = 0;

    CHECK(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, NULL, (const uint8_t *)from, len,
        (uint8_t *)to, &to_len, ROOM) == LZMA_OK);
    return to_len;
}

static size_t
pack_zstd(char *to, const char *from, size_t len)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    size_t     n;

    CHECK(c != NULL && !ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1)));
    n = ZSTD_compress2(c, to, ROOM, from, len);
    CHECK(!ZSTD_isError(n));
    ZSTD_freeCCtx(c);
    return n;
}

/* Reads the file; *good is false when something was given that is not the text's beginning. */
static int
read_file(const char *bytes, size_t len, size_t *got, bool *good)
{
    struct unpack u;
    struct in     in;
    const char   *some;
    size_t        some_len = 1;
    int           rc;

    CHECK(file_write_all(path, bytes, len) == OK && in_open(&in, path) == OK);
    *got = 0;
    rc = unpack_open(&u, &in, jobs);
    while (rc == OK && some_len > 0) {
        rc = unpack_some(&u, &some, &some_len);
        if (rc != OK)
            break;
        *good &= *got + some_len <= TEXT_BYTES && memcmp(text + *got, some, some_len) == 0;
        *got += some_len;
    }
    unpack_close(&u);
    in_close(&in);
    return rc;
}

/* Two members of one format, whole, cut, flipped and followed by something. */
static void
try_format(const char *name, size_t (*pack)(char *, const char *, size_t), bool only_sure)
{
    size_t first = pack(packed, text, 300000), got, last = 0;
    size_t len = first + pack(packed + first, text + 300000, TEXT_BYTES - 300000);
    bool   good = true, fails = true, grows = true;
    int    rc;

    ok(read_file(packed, len, &got, &good) == OK && got == TEXT_BYTES && good, "%s: two members",
        name);
    for (size_t cut = 8; cut < len; cut += cut < 100 ? 1 : len / 40) {
        rc = read_file(packed, cut, &got, &good);
        fails &= rc == (cut == first ? OK : ERR_TRUNCATED);
        grows &= got >= last;
        last = got;
    }
    for (size_t cut = first - 9; cut < first + 20; cut++)
        fails &= read_file(packed, cut, &got, &good) == (cut == first ? OK : ERR_TRUNCATED);
    ok(fails && good, "%s: cut anywhere it is truncated, and what was given is right", name);
    ok(grows && last > 500000, "%s: and what was whole before the cut is given (%zu)", name, last);
    fails = true;
    for (size_t i = 10; i < len; i += len / 40) {
        packed[i] ^= 16;
        fails &= read_file(packed, len, &got, &good) != OK;
        packed[i] ^= 16;
        good |= !only_sure;
    }
    ok(fails, "%s: a flipped bit is found", name);
    ok(good, "%s: and nothing wrong is given before, where that is promised", name);
    memset(packed + len, 0, 3);
    ok(read_file(packed, len + 3, &got, &good) == ERR_FORMAT && got == TEXT_BYTES
        && strstr(err_msg(), "what follows") != NULL, "%s", err_msg());
}

/* Cut and flipped, bzip2 gives the same bytes and the same sentence for any number of threads. */
static void
try_jobs(void)
{
    size_t len = pack_bzip2(packed, text, 400000), got[2], kept = len;
    bool   good = true, same = true;
    int    rc[2];
    char   first[300];

    len += pack_bzip2(packed + len, text + 400000, TEXT_BYTES - 400000);
    for (size_t i = 5; i < len; i += len / 24) {
        bool cut = i / (len / 24) % 2 == 0;

        packed[i] ^= 64;
        kept = cut ? i : len;
        for (int j = 0; j < 2; j++) {
            jobs = j == 0 ? 1 : 3;
            rc[j] = read_file(packed, kept, &got[j], &good);
            if (j == 0)
                snprintf(first, sizeof first, "%s", err_msg());
        }
        packed[i] ^= 64;
        same &= rc[0] != OK && rc[0] == rc[1] && got[0] == got[1] && strcmp(first, err_msg()) == 0;
        if (!same)
            break;
    }
    ok(same, "bzip2: one thread and three agree on what is good and what is wrong (%s)", first);
    ok(good, "bzip2: and what they give is right");
    for (jobs = 1; jobs < 6; jobs += 2)
        ok(read_file(packed, len, &got[0], &good) == OK && got[0] == TEXT_BYTES && good,
            "bzip2: %d threads, whole", jobs);
    jobs = 1;
}

/* A block tells which bytes occur in it by masks of 16 bits, so by choice of bytes it can be made
 * to hold the 48 bits that a block, or the end, begins with. */
static void
try_false_magic(const char *what, const unsigned masks[3])
{
    char    *kept = text;
    unsigned set[48], count = 0, noise = 7, at = 0;
    size_t   len, got;
    bool     good = true;

    for (unsigned i = 0; i < 48; i++)
        if (masks[i / 16] >> (15 - i % 16) & 1)
            set[count++] = 64 + i;
    text = malloc(TEXT_BYTES);
    CHECK(text != NULL);
    for (size_t i = 0; i < TEXT_BYTES; i++)
        /* never one twice: the length of a run would be a byte of its own */
        text[i] = (char)set[at = (at + 1
            + ((noise = noise * 1664525 + 1013904223) >> 16) % (count - 1)) % count];
    len = pack_bzip2(packed, text, TEXT_BYTES);
    /* header, magic, checksum, a bit, where the text begins, which masks there are */
    ok(bunzip_bits_find(packed, len, 80) == 32 + 48 + 32 + 1 + 24 + 16, "bzip2: %s is there", what);
    for (jobs = 1; jobs < 4; jobs++)
        ok(read_file(packed, len, &got, &good) == OK && got == TEXT_BYTES && good,
            "bzip2: %s inside of blocks, %d threads", what, jobs);
    jobs = 1;
    free(text);
    text = kept;
}

/* The stream padding of xz(1): groups of four zeros after a stream, not before the first. */
static void
try_padding(void)
{
    size_t first = pack_xz(packed, text, 300000), len, got;
    bool   good = true;

    memset(packed + first, 0, 400000);
    len = first + 400000;
    len += pack_xz(packed + len, text + 300000, 1000);
    memset(packed + len, 0, 8);
    ok(read_file(packed, len + 8, &got, &good) == OK && got == 301000 && good,
        "xz: zeros between and after streams");
    ok(read_file(packed, len + 6, &got, &good) == ERR_FORMAT && got == 301000, "%s", err_msg());
}

/* Windows at the limit and beyond, by hand: RFC 8878 3.1.1.1.2; the .xz file format 3.1, 5.3.1. */
static void
try_windows(void)
{
    char   frame[] = "\x28\xb5\x2f\xfd\0\x88\x09\0\0\n"; /* 2^(10 + 17); one raw block: \n */
    size_t len = pack_xz(packed, text, 1000), got, at = 12, header;
    bool   good = true;

    ok(read_file(frame, sizeof frame - 1, &got, &good) == OK && got == 1 && good,
        "zstd: a window of 128 MiB");
    frame[5] = (char)0x90;
    ok(read_file(frame, sizeof frame - 1, &got, &good) == ERR_LIMIT
        && strstr(err_msg(), "frame at byte 0 has a window of more than 128 MiB") != NULL, "%s",
        err_msg());
    header = ((size_t)packed[12] + 1) * 4;
    while (memcmp(packed + at, "\x21\x01", 2) != 0) /* the filter LZMA2, one byte of properties */
        at++;
    for (int bits = 30; bits <= 32; bits += 2) { /* 128 and 256 MiB */
        uint32_t crc;

        packed[at + 2] = (char)bits;
        crc = lzma_crc32((uint8_t *)packed + 12, header - 4, 0);
        for (int i = 0; i < 4; i++)
            packed[12 + header - 4 + (size_t)i] = (char)(crc >> 8 * i);
        ok(read_file(packed, len, &got, &good) == (bits == 30 ? OK : ERR_LIMIT)
            && (bits == 30 || strstr(err_msg(), "stream at byte 0 needs 256 MiB") != NULL),
            "xz: a dictionary of %s MiB", bits == 30 ? "128" : "256");
    }
}

int
main(void)
{
    size_t   got;
    bool     good = true;
    uint32_t noise = 1;

    close(mkstemp(path));
    text = malloc(TEXT_BYTES);
    packed = malloc(4 * TEXT_BYTES);
    CHECK(text != NULL && packed != NULL);
    for (size_t i = 0; i < TEXT_BYTES; i++)
        text[i] = i % 7 == 0 ? '\n' : (char)('a' + ((noise = noise * 1664525 + 1013904223) >> 28));

    ok(read_file(text, TEXT_BYTES, &got, &good) == OK && got == TEXT_BYTES && good,
        "plain bytes are themselves");
    ok(read_file(packed, 0, &got, &good) == OK && got == 0, "an empty file is empty");
    try_format("bzip2", pack_bzip2, true);
    try_format("gzip", pack_gzip, false);
    try_format("xz", pack_xz, false);
    try_format("zstd", pack_zstd, false);
    try_jobs();
    try_false_magic("the magic of a block", (const unsigned[]){ 0x3141, 0x5926, 0x5359 });
    try_false_magic("the magic of the end", (const unsigned[]){ 0x1772, 0x4538, 0x5090 });
    try_padding();
    try_windows();
    ok(read_file("PK\3\4", 4, &got, &good) == ERR_FORMAT && strstr(err_msg(), "zip") != NULL, "%s",
        err_msg());
    ok(read_file("7z\xbc\xaf\x27\x1c", 6, &got, &good) == ERR_FORMAT
        && strstr(err_msg(), "7-zip") != NULL, "%s", err_msg());
    unlink(path);
    free(text);
    free(packed);
    return tap_done();
}
