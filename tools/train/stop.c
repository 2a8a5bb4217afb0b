/* stop.c -- see stop.h. */
#include "tools/train/stop.h"

#include <signal.h>
#include <stddef.h>

#include "lib/file.h"
#include "tools/train/clock.h"

static volatile sig_atomic_t caught; /* the first signal, 0 before */
static double                start_s, limit_length_s;

static void
on_signal(int number)
{
    if (caught != 0) {
        file_cleanup();
        signal(number, SIG_DFL);
        raise(number);
    }
    caught = number;
}

void
stop_open(double limit_s)
{
    static const int numbers[] = { SIGTERM, SIGUSR1, SIGUSR2 };

    start_s = clock_s();
    limit_length_s = limit_s;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

        sigaction(numbers[i], &act, NULL);
    }
}

bool
stop_wanted(double reserve_s)
{
    return caught != 0 || (limit_length_s > 0 && clock_s() - start_s + reserve_s > limit_length_s);
}

const char *
stop_signal(void)
{
    switch (caught) {
    case SIGTERM:
        return "SIGTERM";
    case SIGUSR1:
        return "SIGUSR1";
    case SIGUSR2:
        return "SIGUSR2";
    default:
        return NULL;
    }
}
