/* bf16_test -- rounding to BF16, held against the distances to both neighbours. */
#include "lib/bf16.h"

#include <math.h>

#include "tests/tap.h"

static void
by_hand(void)
{
    /* 1 and its neighbour are 2^-7 apart: 1 + 2^-8 lies in the middle of them */
    const struct {
        float    x;
        uint16_t want;
        char     what[40];
    } cases[] = {
        { 1, 0x3f80, "one" },
        { -2.5f, 0xc020, "minus two and a half" },
        { 1 + 0x1p-8f, 0x3f80, "a middle, down to the even one" },
        { 1 + 3 * 0x1p-8f, 0x3f82, "a middle, up to the even one" },
        { 1 + 0x1p-8f + 0x1p-23f, 0x3f81, "just above a middle" },
        { 3.4028235e38f, 0x7f80, "the largest float is nearest to infinity" },
        { 3.3895314e38f, 0x7f7f, "the largest BF16" },
        { -INFINITY, 0xff80, "minus infinity" },
        { -0.0f, 0x8000, "minus zero" },
        { 0x1p-133f, 0x0001, "the least above 0" },
        { 0x1p-134f, 0x0000, "half of that" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ok(bf16_round(cases[i].x) == cases[i].want, "%s: %04x", cases[i].what,
            bf16_round(cases[i].x));
}

int
main(void)
{
    int kept = 0, nan = 0, nearest = 0, tried = 0;

    by_hand();
    for (uint32_t half = 0; half < 0x10000; half++) {
        float x = bf16_float((uint16_t)half);

        kept += bf16_round(x) == half || isnan(x);
        nan += isnan(x) && isnan(bf16_float(bf16_round(x)));
    }
    ok(kept == 0x10000 && nan == 2 * 127, "what is BF16 stays so, and NaN is NaN");
    for (uint32_t bits = 0x1234; bits < 0x7f700000; bits += 0x4321) {
        float  x, got, below, above;
        double to_below, to_above;

        memcpy(&x, &bits, sizeof x);
        got = bf16_float(bf16_round(x));
        below = bf16_float((uint16_t)(bits >> 16));
        above = bf16_float((uint16_t)((bits >> 16) + 1));
        to_below = (double)x - (double)below;
        to_above = (double)above - (double)x;
        nearest += to_below == to_above || got == (to_below < to_above ? below : above);
        tried++;
    }
    ok(nearest == tried && tried > 100000, "%d floats go to the nearest", tried);
    return tap_done();
}
