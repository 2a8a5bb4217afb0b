/* tap.h -- the little that a test program needs: ok() and the plan, in the Test Anything Protocol.
 *
 * A failing ok() goes on, so that one run shows all that is wrong; tap_done() prints the plan and
 * gives the exit status.  A program that dies in between has no plan, which tests/run.sh sees. */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3))) static inline bool
ok(bool good, const char *fmt, ...)
{
    va_list args;

    printf("%s %d - ", good ? "ok" : "not ok", ++tap_count);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
    tap_failed += !good;
    return good;
}

__attribute__((format(printf, 1, 2))) static inline void
skip(const char *fmt, ...)
{
    va_list args;

    printf("ok %d # SKIP ", ++tap_count);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
}

static inline int
tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed > 0;
}

#endif
