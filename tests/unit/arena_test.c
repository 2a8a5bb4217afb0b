/* arena_test.c -- one cap, nothing moves, marks give back. */
#include "lib/arena.h"

#include <stdint.h>
#include <string.h>

#include "tests/tap.h"

int
main(void)
{
    struct arena a;
    char        *one, *two, *again;
    uint64_t    *many;
    size_t       mark;
    bool         zero = true;

    ok(arena_open(&a, 1 << 20) == OK, "opens");
    CHECK(arena_alloc(&a, &one, 3, 1) == OK && arena_alloc(&a, &two, 5, 1) == OK);
    ok((uintptr_t)one % 64 == 0 && (uintptr_t)two % 64 == 0 && two >= one + 3,
        "aligned to 64, apart");
    CHECK(arena_alloc(&a, &many, 1000, sizeof *many) == OK);
    for (int i = 0; i < 1000; i++)
        zero = zero && many[i] == 0;
    ok(zero, "fresh memory is zero");
    mark = arena_mark(&a);
    CHECK(arena_alloc(&a, &two, 100, 1) == OK);
    memset(two, 'x', 100);
    arena_rewind(&a, mark);
    CHECK(arena_alloc(&a, &again, 100, 1) == OK);
    ok(again == two && again[99] == 'x', "rewound, the same place holds what was there");
    ok(arena_alloc(&a, &again, 1 << 20, 1) == ERR_MEMORY && strstr(err_msg(),
        "cap of 1 MiB") != NULL,
        "the cap is kept and named: %s", err_msg());
    ok(arena_alloc(&a, &again, SIZE_MAX / 2, 4) == ERR_MEMORY, "a size that overflows is refused");
    ok(arena_alloc(&a, &again, 0, 8) == OK, "none of something is something");
    arena_rewind(&a, 0);
    ok(arena_alloc(&a, &again, 1 << 20, 1) == OK && arena_alloc(&a, &two, 1, 1) == ERR_MEMORY,
        "all of it, not a byte more");
    arena_close(&a);
    ok(a.base == NULL, "closed");
    ok(arena_open(&a, SIZE_MAX / 4) == ERR_MEMORY, "more than there are addresses: %s", err_msg());
    return tap_done();
}
