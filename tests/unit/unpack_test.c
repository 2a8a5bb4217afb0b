/* unpack_test.c -- decompression gives what was checked and no byte more: cuts, flipped bits. */
#include "lib/unpack.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/tap.h"

enum { TEXT_BYTES = 700000 };

static char  path[] = "/tmp/unpack_test.XXXXXX";
static char *text, *packed;

static unsigned
pack(char *to, const char *from, unsigned len, int level)
{
    unsigned to_len = 2 * TEXT_BYTES;

    CHECK(BZ2_bzBuffToBuffCompress(to, &to_len, (char *)from, len, level, 0, 0) == BZ_OK);
    return to_len;
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
    rc = unpack_open(&u, &in);
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

int
main(void)
{
    unsigned len, first;
    size_t   got, last = 0;
    bool     good = true, fails = true, grows = true, whole;

    close(mkstemp(path));
    text = malloc(TEXT_BYTES);
    packed = malloc(4 * TEXT_BYTES);
    CHECK(text != NULL && packed != NULL);
    for (size_t i = 0; i < TEXT_BYTES; i++)
        text[i] = i % 7 == 0 ? '\n' : (char)('a' + (i * i / 5 + i / 11) % 26);

    ok(read_file(text, TEXT_BYTES, &got, &good) == OK && got == TEXT_BYTES && good,
        "plain bytes are themselves");
    first = pack(packed, text, 300000, 1);
    len = first + pack(packed + first, text + 300000, TEXT_BYTES - 300000, 1);
    ok(read_file(packed, len, &got, &good) == OK && got == TEXT_BYTES && good,
        "two streams, several blocks");
    ok(read_file(packed, 0, &got, &good) == OK && got == 0, "an empty file is empty");
    for (unsigned cut = 4; cut < len; cut += 997) {
        whole = cut == first;
        fails &= (read_file(packed, cut, &got, &good) == OK) == whole;
        grows &= got >= last;
        last = got;
    }
    ok(fails && good, "cut anywhere it fails, and what was given is right");
    ok(grows && last > 500000, "and whole blocks before the cut are given (%zu)", last);
    for (unsigned i = 10; i < len; i += 1009) {
        packed[i] ^= 16;
        fails &= read_file(packed, len, &got, &good) != OK;
        packed[i] ^= 16;
    }
    ok(fails && good, "a flipped bit is found, and nothing wrong is given before");
    memset(packed + len, 0, 3);
    ok(read_file(packed, len + 3, &got, &good) == ERR_FORMAT && got == TEXT_BYTES, "%s", err_msg());
    ok(read_file("\x1f\x8b\b", 3, &got, &good) == ERR_FORMAT && strstr(err_msg(), "gzip") != NULL,
        "%s", err_msg());
    ok(read_file("\x28\xb5\x2f\xfd", 4, &got, &good) == ERR_FORMAT
        && strstr(err_msg(), "zstd") != NULL, "%s", err_msg());
    unlink(path);
    free(text);
    free(packed);
    return tap_done();
}
