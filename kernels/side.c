/* side.c -- see side.h. */
#include "kernels/side.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

enum { JOBS = 64 }; /* more than a step has; who adds another waits */

struct job {
    int (*sum)(struct view y);
    struct view y;
};

static struct {
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    struct job      job[JOBS];
    unsigned long   added, done; /* job i is in job[i % JOBS] */
    bool            runs, ends;
    int             rc;
    char            sentence[1024]; /* err_msg() is each thread's own */
} side = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static bool busy;

static void
keep(int rc)
{
    if (side.rc != OK || rc == OK)
        return;
    side.rc = rc;
    snprintf(side.sentence, sizeof side.sentence, "%s", err_msg());
}

static void *
run(void *nothing)
{
    pthread_mutex_lock(&side.lock);
    while (!side.ends) {
        struct job job = side.job[side.done % JOBS];
        int        rc = side.rc;

        if (side.done == side.added) {
            pthread_cond_wait(&side.changed, &side.lock);
            continue;
        }
        pthread_mutex_unlock(&side.lock);
        if (rc == OK)
            rc = job.sum(job.y);
        pthread_mutex_lock(&side.lock);
        keep(rc);
        side.done++;
        pthread_cond_broadcast(&side.changed);
    }
    pthread_mutex_unlock(&side.lock);
    return nothing;
}

/* Signals are for the first thread. */
static bool
start(void)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    side.runs = pthread_create(&side.thread, NULL, run, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return side.runs;
}

void
side_add(int (*sum)(struct view y), struct view y, bool at_once)
{
    busy = true;
    if (at_once || (!side.runs && !start())) {
        if (side.rc == OK)
            keep(sum(y));
        return;
    }
    pthread_mutex_lock(&side.lock);
    while (side.added - side.done == JOBS)
        pthread_cond_wait(&side.changed, &side.lock);
    side.job[side.added++ % JOBS] = (struct job){ sum, y };
    pthread_cond_broadcast(&side.changed);
    pthread_mutex_unlock(&side.lock);
}

int
side_wait(void)
{
    int rc;

    pthread_mutex_lock(&side.lock);
    while (side.done < side.added)
        pthread_cond_wait(&side.changed, &side.lock);
    rc = side.rc;
    side.rc = OK;
    pthread_mutex_unlock(&side.lock);
    busy = false;
    return rc == OK ? OK : err_set(rc, "%s", side.sentence);
}

bool
side_busy(void)
{
    return busy;
}

void
side_close(void)
{
    if (!side.runs)
        return;
    pthread_mutex_lock(&side.lock);
    side.ends = true;
    pthread_cond_broadcast(&side.changed);
    pthread_mutex_unlock(&side.lock);
    pthread_join(side.thread, NULL);
    side.runs = side.ends = false;
    side.done = side.added;
    busy = false;
}
