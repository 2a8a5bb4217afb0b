/* buf_test.c -- the growing array: what is in it, its closing 0, its growth. */
#include "lib/buf.h"

#include <string.h>

#include "tests/tap.h"

/* With the address sanitizer, memory that is not there is NULL, as it is without. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

int
main(void)
{
    struct buf b = { 0 };
    bool       whole = true;
    size_t     moves = 0;
    char      *last = NULL;

    ok(buf_add(&b, "ab", 2) == OK && buf_addc(&b, 'c') == OK && buf_adds(&b, "de") == OK
        && buf_addf(&b, "%d-%s", 17, "x") == OK, "appending");
    ok(b.len == 9 && strcmp(b.bytes, "abcde17-x") == 0, "what was appended, with its closing 0");
    ok(buf_add(&b, NULL, 0) == OK && b.len == 9, "nothing may be NULL");
    ok(buf_add(&b, "\0z", 2) == OK && b.len == 11 && memcmp(b.bytes, "abcde17-x\0z", 12) == 0,
        "any bytes");
    buf_reset(&b);
    ok(b.len == 0 && b.max > 0 && b.bytes[0] == '\0', "reset keeps the memory");
    for (uint32_t i = 0; i < 100000; i++) {
        CHECK(buf_addc(&b, (char)i) == OK && b.bytes[b.len] == '\0' && b.len < b.max);
        moves += b.bytes != last;
        last = b.bytes;
    }
    for (uint32_t i = 0; i < 100000; i++)
        whole = whole && b.bytes[i] == (char)i;
    ok(whole && b.len == 100000, "100000 bytes, one by one");
    ok(moves <= 20, "it grows by doubling (%zu moves)", moves);
    ok(buf_reserve(&b, 1000) == OK && b.max > b.len + 1000 && b.len == 100000,
        "reserve makes room for so much and the 0");
    ok(buf_reserve(&b, SIZE_MAX) == ERR_MEMORY && b.len == 100000, "too much is refused: %s",
        err_msg());
    ok(buf_reserve(&b, SIZE_MAX / 8) == ERR_MEMORY && b.len == 100000 && b.bytes[7] == 7,
        "and what the system has not");
    buf_free(&b);
    ok(b.bytes == NULL && b.len == 0 && b.max == 0, "free gives an empty one");
    ok(buf_adds(&b, "") == OK && b.bytes != NULL && b.bytes[0] == '\0', "an empty text is a text");
    buf_free(&b);
    return tap_done();
}
