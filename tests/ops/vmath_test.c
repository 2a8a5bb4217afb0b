/* vmath_test -- the vector functions against libm's in double, and what they do at the edges. */
#include "kernels/cpu/vmath.h"
#include "tests/tap.h"

/* ulps -- the error in units of the last place of the right number. */
static double
ulps(float got, double want)
{
    float near = (float)want;

    return fabs((double)got - want) / (double)(nextafterf(fabsf(near), INFINITY) - fabsf(near));
}

int
main(void)
{
    double exp_worst = 0, tanh_worst = 0, tail_worst = 0, tail_relative = 0;

    for (int i = 0; i <= 2000000; i++) {
        float  x = (float)(-87.2 + 175.1 * i / 2000000), y = (float)(-10 + 20.0 * i / 2000000);
        float  t = (float)(9.0 * i / 2000000);
        double q = 0.5 * erfc((double)t / sqrt(2)),
               got = (double)vmath_tail(t, vmath_exp(-0.5f * t * t));

        exp_worst = fmax(exp_worst, ulps(vmath_exp(x), exp((double)x)));
        tanh_worst = fmax(tanh_worst, ulps(vmath_tanh(y), tanh((double)y)));
        tail_worst = fmax(tail_worst, fabs(got - q));
        tail_relative = fmax(tail_relative, fabs(got - q) / q);
    }
    ok(exp_worst < 2, "exp within %.2f units in the last place", exp_worst);
    ok(tanh_worst < 3, "tanh within %.2f units in the last place", tanh_worst);
    ok(tail_worst < 2.5e-7 && tail_relative < 5e-6, "normal tail within %.2g, relative %.2g",
        tail_worst, tail_relative);
    ok(vmath_exp(0) == 1 && vmath_tanh(0) == 0, "exp 0 = 1, tanh 0 = 0");
    ok(vmath_exp(-INFINITY) == 0 && vmath_exp(-100) == 0 && vmath_exp(-3e38f) == 0,
        "exp of far below 0 is 0");
    ok(isinf(vmath_exp(89)) && isinf(vmath_exp(INFINITY)), "exp of 89 is infinite");
    ok(isnan(vmath_exp(NAN)) && isnan(vmath_tanh(NAN)) && isnan(vmath_tail(1, NAN)),
        "NaN stays NaN");
    ok(vmath_tanh(100) == 1 && vmath_tanh(-INFINITY) == -1, "tanh ends at 1 and -1");
    return tap_done();
}
