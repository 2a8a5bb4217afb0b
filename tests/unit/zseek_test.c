/* zseek_test.c -- the seekable format: what is written comes back frame by frame, one changed byte
 * never gives other content, and lies in the table do not cost memory. */
#include "lib/zseek.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/philox.h"
#include "tests/tap.h"

enum { FRAMES = 5 };

static char   path[] = "/tmp/zseek_test.XXXXXX";
static char   bytes[1 << 16];
static size_t bytes_len;

static struct zseek_decoder decoder;

static const size_t frame_bytes[FRAMES] = { 256, 1, 3000, 0, 700 };

/* Frame i, half of it random, so that zstd makes blocks of several kinds. */
static void
make_frame(char *to, int i)
{
    for (size_t k = 0; k < frame_bytes[i]; k++)
        to[k] = k % 512 < 256 ? (char)('a' + i)
                              : (char)philox(1, PHILOX_DATA, (uint32_t)i, 0, k).x[0];
}

static void
write_file(void)
{
    struct zseek_packer p;
    struct zseek_writer w;
    struct buf          packed = { 0 }, whole = { 0 };
    struct out          out;
    char                content[4096];
    static const size_t cut[2] = { 100, 500 };
    XXH128_hash_t       hash, want;

    CHECK(zseek_packer_open(&p, 3) == OK && out_open(&out, path) == OK
        && zseek_start(&w, &out) == OK);
    for (int i = 0; i < FRAMES; i++) {
        make_frame(content, i);
        CHECK(zseek_pack(&p, &packed, i == 2 ? ZSEEK_STORE : ZSEEK_PACK, content, frame_bytes[i],
                  cut, frame_bytes[i] > 500 ? 2 : 0)
            == OK);
        CHECK(zseek_put(&w, &packed, frame_bytes[i]) == OK);
    }
    CHECK(zseek_end(&w) == OK);
    hash = zseek_hash(&w);
    zseek_stop(&w);
    zseek_packer_close(&p);
    CHECK(out_close(&out) == OK && file_read_all(&whole, path, sizeof bytes) == OK);
    memcpy(bytes, whole.bytes, bytes_len = whole.len);
    want = XXH3_128bits(bytes, bytes_len);
    ok(XXH128_isEqual(hash, want), "the hash is that of the file");
    buf_free(&packed);
    buf_free(&whole);
}

static void
put_file(const char *content, size_t len)
{
    FILE *file = fopen(path, "wb");

    CHECK(file != NULL && fwrite(content, 1, len, file) == len && fclose(file) == 0);
}

/* Change one byte of the file that is there. */
static void
poke(size_t at, char byte)
{
    static int fd = -1;

    if (fd < 0)
        fd = open(path, O_WRONLY);
    CHECK(pwrite(fd, &byte, 1, (off_t)at) == 1);
}

/* 1: all frames are as written; 0: one has other content; < 0: refused. */
static int
read_file(void)
{
    struct zseek z;
    struct buf   frame = { 0 };
    char         want[4096];
    int          rc;

    rc = zseek_open(&z, path);
    if (rc != OK)
        return rc;
    for (uint32_t i = 0; i < z.frames && rc == OK; i++) {
        rc = zseek_read(&z, &decoder, i, 1, sizeof want, &frame);
        if (rc != OK)
            break;
        make_frame(want, (int)i);
        if (i >= FRAMES || frame.len != frame_bytes[i] || memcmp(frame.bytes, want, frame.len) != 0)
            rc = 1;
    }
    rc = rc == OK ? z.frames == FRAMES : rc == 1 ? 0 : rc;
    zseek_close(&z);
    buf_free(&frame);
    return rc;
}

static int
read_back(const char *content, size_t len)
{
    put_file(content, len);
    return read_file();
}

static void
test_damage(void)
{
    bool cuts = true, lies = false, named = true;
    int  harmless = 0;

    for (size_t len = 0; len < bytes_len; len++) {
        cuts &= read_back(bytes, len) < 0;
        named &= strstr(err_msg(), path) != NULL;
    }
    ok(cuts, "cut anywhere, it is refused");
    put_file(bytes, bytes_len);
    for (size_t i = 0; i < bytes_len; i++)
        for (int bit = 0; bit < 8; bit++) {
            int rc;

            poke(i, (char)(bytes[i] ^ 1 << bit));
            rc = read_file();
            lies |= rc == 0;
            harmless += rc == 1;
            named &= rc >= 0 || strstr(err_msg(), path) != NULL;
            poke(i, bytes[i]);
        }
    ok(!lies, "no flipped bit gives other content");
    ok(harmless < 80, "and all but %d of %zu are refused", harmless, 8 * bytes_len);
    ok(named, "each refusal names the file");
}

static void
store_u32(char *at, uint32_t value)
{
    memcpy(at, &value, sizeof value);
}

static void
test_lies(void)
{
    static char lie[sizeof bytes];
    char       *table = lie + bytes_len - 9 - 12 * FRAMES;

    memcpy(lie, bytes, bytes_len);
    store_u32(table + 4, UINT32_MAX);
    ok(read_back(lie, bytes_len) == ERR_LIMIT,
        "a frame of 4 GiB is refused before memory is taken: %s", err_msg());
    memcpy(lie, bytes, bytes_len);
    store_u32(table + 4, 255);
    ok(read_back(lie, bytes_len) == ERR_FORMAT, "a frame longer than its entry is refused: %s",
        err_msg());
    memcpy(lie, bytes, bytes_len);
    store_u32(table + 4, 257);
    ok(read_back(lie, bytes_len) == ERR_FORMAT, "a frame shorter than its entry is refused: %s",
        err_msg());
    memcpy(lie, bytes, bytes_len);
    store_u32(
        lie + bytes_len - 9, UINT32_MAX / 12 + 2); /* times 12 it would wrap to a small number */
    ok(read_back(lie, bytes_len) < 0, "a count of frames that would overflow is refused: %s",
        err_msg());
    memcpy(lie, bytes, bytes_len);
    memset(lie + bytes_len / 2, 0, bytes_len - bytes_len / 2);
    ok(read_back(lie, bytes_len) < 0, "a tail of zeros is refused: %s", err_msg());
}

int
main(void)
{
    close(mkstemp(path));
    CHECK(zseek_decoder_open(&decoder, true) == OK);
    write_file();
    ok(read_back(bytes, bytes_len) == 1, "what was written comes back");
    ok(zseek_is(path), "and is recognised");
    test_damage();
    test_lies();
    put_file("x", 1);
    ok(!zseek_is(path) && !zseek_is("/dev/null") && !zseek_is("/"), "other files are not");
    zseek_decoder_close(&decoder);
    unlink(path);
    return tap_done();
}
