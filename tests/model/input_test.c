/* input_test.c -- the truncation of pairs against the loop of Devlin et al.'s code, which takes
 * away one token at a time. */
#include "tools/glue-eval/input.c"

#include "tests/tap.h"

static void
by_loop(size_t *a, size_t *b, size_t room)
{
    while (*a + *b > room) {
        if (*a > *b)
            --*a;
        else
            --*b;
    }
}

int
main(void)
{
    size_t wrong = 0, cases = 0;

    for (size_t room = 5; room < 20; room++)
        for (size_t a = 0; a < 30; a++)
            for (size_t b = 0; b < 30; b++) {
                size_t a_loop = a, b_loop = b, a_cut = a, b_cut = b;

                by_loop(&a_loop, &b_loop, room);
                input_cut(&a_cut, &b_cut, room);
                wrong += a_cut != a_loop || b_cut != b_loop;
                cases++;
            }
    ok(cases == 15 * 900 && wrong == 0, "input_cut agrees with the loop in %zu cases", cases);
    return tap_done();
}
