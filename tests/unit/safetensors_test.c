/* safetensors_test.c -- judged against the reference implementation: safetensors_golden.py made
 * the files, and says of each whether the reference takes it. */
#include "lib/safetensors.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/tap.h"

static char path[] = "/tmp/safetensors_test.XXXXXX";

/* Stricter than the reference, on purpose: both are forbidden by the text of the format. */
static const char *const stricter[] = { "space before", "duplicate names" };

static size_t
from_hex(char *bytes, const char *hex)
{
    size_t   len = 0;
    unsigned byte;

    for (; hex[2 * len] != '\n'; len++) {
        CHECK(sscanf(hex + 2 * len, "%2x", &byte) == 1);
        bytes[len] = (char)byte;
    }
    return len;
}

static int
opens(const void *bytes, size_t len)
{
    struct safetensors s;
    FILE              *file = fopen(path, "wb"); /* thousands of times: without a sync */
    int                rc;

    CHECK(file != NULL && fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
    rc = safetensors_open(&s, path);
    if (rc == OK)
        safetensors_close(&s);
    return rc;
}

/* The tensors of the case "written", in any order. */
static const float                     weights[6] = { 0, 1, 2, 3, 4, 5 }, half = 0.5f;
static const int64_t                   ids[3] = { 0, 1, 2 };
static const uint16_t                  halves[2] = { 0x3C00, 0xC000 };
static const int32_t                   seven = 7;
static const uint8_t                   mask[3] = { 1, 0, 1 }, five[5] = { 0, 1, 2, 3, 4 };
static const struct safetensors_tensor tensors[] = {
    { .name = "mask", .dtype = SAFETENSORS_BOOL, .dims = 1, .shape = { 3 }, .data = mask },
    { .name = "bytes", .dtype = SAFETENSORS_U8, .dims = 1, .shape = { 5 }, .data = five },
    { .name = "b.weight", .dtype = SAFETENSORS_F32, .dims = 2, .shape = { 2, 3 }, .data = weights },
    { .name = "ids", .dtype = SAFETENSORS_I64, .dims = 1, .shape = { 3 }, .data = ids },
    { .name = "none", .dtype = SAFETENSORS_F32, .dims = 2, .shape = { 0, 4 }, .data = weights },
    { .name = "half", .dtype = SAFETENSORS_F16, .dims = 1, .shape = { 2 }, .data = halves },
    { .name = "a.weight", .dtype = SAFETENSORS_F32, .data = &half },
    { .name = "count", .dtype = SAFETENSORS_I32, .dims = 1, .shape = { 1 }, .data = &seven },
};
enum { TENSORS = sizeof tensors / sizeof *tensors };

static void
test_writing(const char *want, size_t want_len)
{
    struct safetensors_tensor t[TENSORS];
    struct buf                got = { 0 };
    char                      hex[HASH_HEX_BYTES], want_hex[HASH_HEX_BYTES];
    uint64_t                  bytes;

    memcpy(t, tensors, sizeof t);
    CHECK(safetensors_save(path, t, TENSORS, NULL, 0, hex, &bytes) == OK);
    CHECK(file_read_all(&got, path, 1 << 20) == OK);
    ok(got.len == want_len && memcmp(got.bytes, want, want_len) == 0,
        "the same bytes as the reference writes");
    hash_hex(want_hex, want, want_len);
    ok(bytes == want_len && strcmp(hex, want_hex) == 0, "size and hash are those of the file");
    buf_free(&got);
}

static void
test_reading(void)
{
    struct safetensors               s;
    struct safetensors_tensor        t[TENSORS];
    const struct safetensors_tensor *b;
    const struct safetensors_note    notes[] = { { "zeta", "say \"so\"\n\\ \x01" },
           { "b", "\xc3\xa9" } };
    float                            got[6], part[2];

    memcpy(t, tensors, sizeof t);
    CHECK(safetensors_save(path, t, TENSORS, notes, 2, NULL, NULL) == OK);
    CHECK(safetensors_open(&s, path) == OK);
    b = safetensors_find(&s, "b.weight");
    ok(s.tensors == TENSORS && b != NULL && b->dims == 2 && b->shape[0] == 2 && b->shape[1] == 3
            && b->dtype == SAFETENSORS_F32 && b->bytes == 24,
        "name, dtype and shape come back");
    ok(safetensors_read(&s, b, got, 0, 24) == OK && memcmp(got, weights, 24) == 0,
        "and the values");
    ok(safetensors_read(&s, b, part, 8, 8) == OK && part[0] == 2 && part[1] == 3,
        "and a part of them");
    ok(safetensors_find(&s, "c") == NULL, "a name that is not there is not found");
    ok(strcmp(safetensors_metadata(&s, "format"), "pt") == 0
            && strcmp(safetensors_metadata(&s, "zeta"), notes[0].text) == 0
            && strcmp(safetensors_metadata(&s, "b"), notes[1].text) == 0
            && safetensors_metadata(&s, "x") == NULL,
        "and the metadata, escapes and all");
    ok(s.data_start % 8 == 0, "the data is aligned");
    safetensors_close(&s);
}

static void
test_golden(const char *golden)
{
    static char bytes[1 << 16];
    struct buf  text = { 0 };
    char       *line, *next, *verdict, *hex;
    bool        want;
    size_t      len;
    int         rc;

    CHECK(file_read_all(&text, golden, 1 << 20) == OK);
    for (line = text.bytes; *line != '\0'; line = next) {
        next = strchr(line, '\n') + 1;
        verdict = strchr(line, '\t');
        *verdict++ = '\0';
        hex = strchr(verdict, '\t');
        *hex++ = '\0';
        len = from_hex(bytes, hex);
        want = strcmp(verdict, "ok") == 0;
        for (size_t i = 0; i < sizeof stricter / sizeof *stricter; i++)
            want &= strcmp(line, stricter[i]) != 0;
        rc = opens(bytes, len);
        ok((rc == OK) == want, "%s: %s%s", line,
            want ? "read" : "refused: ", rc == OK ? "" : err_msg());
        if (strcmp(line, "written") == 0)
            test_writing(bytes, len);
    }
    buf_free(&text);
}

/* Any byte string gives a result or an error: every cut, every changed byte of header and
 * length. */
static void
test_damage(void)
{
    struct safetensors_tensor t[TENSORS];
    struct buf                whole = { 0 };
    bool                      cuts = true;
    int                       taken = 0;

    memcpy(t, tensors, sizeof t);
    CHECK(safetensors_save(path, t, TENSORS, NULL, 0, NULL, NULL) == OK);
    CHECK(file_read_all(&whole, path, 1 << 20) == OK);
    for (size_t len = 0; len < whole.len; len++)
        cuts &= opens(whole.bytes, len) < 0;
    ok(cuts, "cut anywhere, it is refused");
    for (size_t i = 0; i < whole.len - 68; i++)
        for (int bit = 0; bit < 8; bit++) {
            whole.bytes[i] ^= (char)(1 << bit);
            taken += opens(whole.bytes, whole.len) == OK;
            whole.bytes[i] ^= (char)(1 << bit);
        }
    ok(taken > 0 && taken < 700,
        "a flipped bit changes a name, or is refused (%d of %zu are names)", taken,
        (whole.len - 68) * 8);
    buf_free(&whole);
}

int
main(void)
{
    close(mkstemp(path));
    test_golden("tests/unit/safetensors_golden.tsv");
    test_reading();
    test_damage();
    unlink(path);
    ok(safetensors_save(
           "/dev/full", (struct safetensors_tensor[]){ tensors[0] }, 1, NULL, 0, NULL, NULL)
            == ERR_IO,
        "a full disk is an error: %s", err_msg());
    return tap_done();
}
