/* strm_test.c -- a stream is whole or it is refused: every cut, every flipped bit. */
#include "lib/strm.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/tap.h"

static char   path[] = "/tmp/strm_test.XXXXXX";
static char   bytes[8192];
static size_t bytes_len;

static void
write_two_frames(void)
{
    static const uint64_t counts[STRM_COUNTS] = { 1, 2, 3 };
    struct strm_writer    w;
    struct out            out;
    struct buf            whole = { 0 };

    CHECK(out_open(&out, path) == OK);
    CHECK(strm_start(&w, &out, "tokens u16 vocab=7 name=x") == OK);
    CHECK(strm_put(&w, "hello", 5) == OK && strm_put(&w, "worlds", 6) == OK);
    CHECK(strm_end(&w, counts) == OK && out_close(&out) == OK);
    CHECK(file_read_all(&whole, path, sizeof bytes) == OK);
    memcpy(bytes, whole.bytes, bytes_len = whole.len);
    buf_free(&whole);
}

static int
read_all(size_t len, const char *kind)
{
    struct strm_reader r = { 0 };
    struct in          in;
    const void        *payload;
    FILE              *file = fopen(path, "wb"); /* thousands of times: without a sync */
    int                rc;

    CHECK(file != NULL && fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
    CHECK(in_open(&in, path) == OK);
    rc = strm_open(&r, &in, kind);
    while (rc >= 0 && (rc = strm_get(&r, &payload)) > 0)
        ;
    strm_close(&r);
    in_close(&in);
    return rc;
}

int
main(void)
{
    int cut_ok = 1, flip_ok = 1;

    close(mkstemp(path));
    write_two_frames();
    ok(read_all(bytes_len, "tokens") == OK, "a whole stream reads");
    ok(bytes[STRM_HEAD_BYTES - 1] == '\n', "the header is one line of 256 bytes");
    ok(read_all(bytes_len, "shard") == ERR_FORMAT, "another kind is refused: %s", err_msg());
    for (size_t n = 0; n < bytes_len; n++)
        cut_ok &= read_all(n, "tokens") < 0;
    ok(cut_ok, "cut anywhere, it is refused");
    for (size_t i = 0; i < bytes_len; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (char)(1 << bit);
            flip_ok &= read_all(bytes_len, "tokens") < 0;
            bytes[i] ^= (char)(1 << bit);
        }
    ok(flip_ok, "one flipped bit anywhere is refused");
    bytes[bytes_len] = 'x';
    ok(read_all(bytes_len + 1, "tokens") == ERR_FORMAT, "a byte behind the end is refused: %s",
        err_msg());
    unlink(path);
    return tap_done();
}
