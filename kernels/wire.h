/* wire.h -- messages between the processes of a team: MPI's, of which only so much is used, and with
 * an end to every wait.
 *
 *     wire_send(1, bytes, count);         begun; the bytes stay as they are until wire_wait
 *     wire_receive(1, room, count);
 *     rc = wire_wait(patience, &late);    all that was begun is done, or rank `late` is to blame
 *
 * Messages between two ranks arrive in the order they were sent.  One thread alone calls these. */
#ifndef KERNELS_WIRE_H
#define KERNELS_WIRE_H

#include "kernels/ops.h"

/* wire_open -- begin MPI.  Errors: ERR_DEVICE (this build has none; MPI's), ERR_MEMORY. */
MUST int wire_open(int *rank, int *ranks);
void     wire_close(double timeout_s);
void     wire_abort(void);

void wire_send(int to, const void *bytes, size_t count);
void wire_receive(int from, void *bytes, size_t count);

/* wire_wait -- Errors: ERR_DEVICE; *late is the rank that did not answer within the time, or -1 if
 * MPI failed, of which err_msg() tells. */
MUST int wire_wait(struct team_patience patience, int *late);

#endif
