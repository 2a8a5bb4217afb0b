/* halt.c -- see halt.h. */
#include "lib/halt.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "lib/file.h"

static const struct {
    int         number;
    const char *name;
} asking[] = { { SIGTERM, "SIGTERM" }, { SIGUSR1, "SIGUSR1" }, { SIGUSR2, "SIGUSR2" },
    { SIGURG, "SIGURG" }, { SIGXCPU, "SIGXCPU" } };
enum { ASKING = sizeof asking / sizeof *asking };

static atomic_int asked;
static sigset_t   taken; /* not changed once the thread runs */

/* SIGURG ends nothing by itself, and was meant as SIGTERM. */
static void
end_by(int number)
{
    sigset_t one;

    if (number == SIGURG)
        number = SIGTERM;
    file_cleanup();
    signal(number, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, number);
    raise(number); /* pending until it is let through, to this thread */
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
}

static void *
run(void *nothing)
{
    int number;

    for (;;) {
        if (sigwait(&taken, &number) != 0)
            continue;
        if (number == SIGINT || number == SIGHUP)
            end_by(number);
        if (atomic_load(&asked) == 0)
            atomic_store(&asked, number);
        else if (number != SIGXCPU)
            end_by(number);
    }
    return nothing;
}

int
halt_open(void)
{
    static const int fatal[] = { SIGINT, SIGHUP };
    pthread_t        thread;
    int              error;

    sigemptyset(&taken);
    for (int i = 0; i < ASKING; i++)
        sigaddset(&taken, asking[i].number);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        struct sigaction now;

        if (sigaction(fatal[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&taken, fatal[i]);
    }
    error = pthread_sigmask(SIG_BLOCK, &taken, NULL);
    if (error == 0)
        error = pthread_create(&thread, NULL, run, NULL);
    if (error == 0)
        error = pthread_detach(thread);
    return error == 0 ? OK
        : err_set(ERR_MEMORY, "cannot start the thread that takes signals: %s", strerror(error));
}

int
halt_signal(void)
{
    return atomic_load(&asked);
}

const char *
halt_name(void)
{
    int number = halt_signal();

    for (int i = 0; i < ASKING; i++)
        if (asking[i].number == number)
            return asking[i].name;
    return NULL;
}
