/* wire.h -- messages between the processes of a team, with an end to every wait.
 *
 *     wire->send(1, bytes, count);          begun; the bytes stay as they are until all is done
 *     wire->receive(1, room, count);
 *     while ((state = wire->move(&late)) == 0)
 *         ...                               rank `late` is waited for: is there patience left?
 *
 * Messages between two ranks arrive in the order they were sent; until all are done there is at
 * most one each way.  One thread at a time calls these.  There are two: MPI, and TCP where the
 * launcher speaks no MPI. */
#ifndef KERNELS_WIRE_H
#define KERNELS_WIRE_H

#include "kernels/launch.h"

struct wire {
    /* Errors: ERR_DEVICE (this build has none; the launcher's; a rank that does not come),
     * ERR_MEMORY. Where rank and ranks are not known before, they are set. */
    int (*open)(struct launch *launch, struct team_patience patience);
    void (*close)(double timeout_s);
    /* end_all -- end all, or leave them so that they find this one gone; comes back only if it
     * is TCP. */
    void (*end_all)(void);
    void (*send)(int to, const void *bytes, size_t count);
    void (*receive)(int from, void *bytes, size_t count);
    /* move -- let through what can be; where nothing can, not without a moment's sleep.  1: all
     * that was begun is done; 0: not yet, and rank *late is the first that something is expected
     * of.  Errors: ERR_DEVICE, with err_msg() a sentence whose subject is the rank *late; or whole,
     * where that is -1. */
    int (*move)(int *late);
};

extern const struct wire wire_mpi, wire_tcp;

#endif
