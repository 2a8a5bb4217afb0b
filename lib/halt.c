/* halt.c -- see halt.h. */
#include "lib/halt.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "lib/file.h"

static atomic_int asked;
static sigset_t   taken; /* not changed once the thread runs */

static void
end_by(int number)
{
    sigset_t one;

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
        if (number == SIGINT || number == SIGHUP || atomic_load(&asked) != 0)
            end_by(number);
        atomic_store(&asked, number);
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
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGUSR1);
    sigaddset(&taken, SIGUSR2);
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
