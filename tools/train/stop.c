/* stop.c -- see stop.h. */
#include "tools/train/stop.h"

#include "lib/halt.h"
#include "tools/train/clock.h"

static double start_s, limit_length_s;

int
stop_open(double limit_s)
{
    start_s = clock_s();
    limit_length_s = limit_s;
    return halt_open();
}

bool
stop_wanted(double reserve_s)
{
    return halt_signal() != 0
        || (limit_length_s > 0 && clock_s() - start_s + reserve_s > limit_length_s);
}
