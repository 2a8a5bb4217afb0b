/* halt_test.c -- each signal that asks to save and leave is heard and named, a second one ends the
 * program, and no number of SIGXCPU does.  Each case is a process of its own: what was asked stays
 * asked. */
#define _POSIX_C_SOURCE 200809L
#include "lib/halt.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/tap.h"

enum { HEARD = 0, DEAF = 1, MISNAMED = 2 };

static void
pause_ms(long ms)
{
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* In the child: `first`, then `times` of `second`.  Gets past both: HEARD. */
static int
be_asked(int first, const char *name, int second, int times)
{
    if (halt_open() != OK || halt_name() != NULL)
        return DEAF;
    kill(getpid(), first);
    for (int i = 0; i < 1000 && halt_signal() == 0; i++)
        pause_ms(10);
    if (halt_signal() != first)
        return DEAF;
    if (strcmp(halt_name(), name) != 0)
        return MISNAMED;
    for (int i = 0; i < times; i++) {
        kill(getpid(), second);
        pause_ms(50);
    }
    for (int i = 0; i < 1000 && times > 0 && second != SIGXCPU; i++)
        pause_ms(10); /* until it ends */
    return halt_signal() == first ? HEARD : DEAF;
}

/* How the child ended: its status, or minus the signal. */
static int
end_of(int first, const char *name, int second, int times)
{
    int   status = 0;
    pid_t child = fork();

    if (child == 0)
        _exit(be_asked(first, name, second, times));
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int
main(void)
{
    static const struct {
        int         number;
        const char *name;
    } asking[] = { { SIGTERM, "SIGTERM" }, { SIGUSR1, "SIGUSR1" }, { SIGUSR2, "SIGUSR2" },
        { SIGURG, "SIGURG" }, { SIGXCPU, "SIGXCPU" } };

    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++) {
        int         number = asking[i].number;
        const char *name = asking[i].name;

        ok(end_of(number, name, 0, 0) == HEARD, "%s is heard, and named", name);
        ok(end_of(number, name, SIGXCPU, 3) == HEARD, "SIGXCPU behind %s ends nothing", name);
        if (number != SIGXCPU) {
            int end = number == SIGURG ? -SIGTERM : -number; /* SIGURG alone ends nothing */

            ok(end_of(number, name, number, 1) == end, "a second %s ends the program", name);
            ok(end_of(SIGXCPU, "SIGXCPU", number, 1) == end, "%s behind SIGXCPU ends it", name);
        }
    }
    ok(end_of(SIGTERM, "SIGTERM", SIGINT, 1) == -SIGINT, "SIGINT ends the program");
    return tap_done();
}
