/* halt.h -- signals that ask a long computation to save and leave.
 *
 * SIGTERM, SIGUSR1, SIGUSR2, SIGURG and SIGXCPU only leave a mark, for the computation to find;
 * batch systems send one of them some minutes before they kill: Slurm what --signal says, PBS TERM,
 * LSF what -wa says, of which URG is the usual, and USR2, Grid Engine USR1 and XCPU.  A second one
 * means now: the program ends by it, and what was being written stays without its final name.  So
 * it does by a first SIGINT or SIGHUP, unless these were ignored.  Only SIGXCPU never means now:
 * the kernel sends it again with each second of processor time above a soft limit.
 *
 * All of them are blocked in every thread and taken by one that does nothing else.  A handler would
 * not do: it runs on the stack of the thread that it interrupts, and inside a matrix product of
 * oneDNN the stack pointer may point into a work space on the heap.  The kernel then writes the
 * interrupted state over whatever lies below. */
#ifndef LIB_HALT_H
#define LIB_HALT_H

#include "lib/err.h"

/* halt_open -- before any thread is started: new ones inherit what is blocked. */
MUST int halt_open(void);

/* halt_signal -- the signal that asked, such as SIGTERM; 0: none.  From any thread. */
int halt_signal(void);
/* halt_name -- the same as "SIGTERM"; NULL: none. */
const char *halt_name(void);

#endif
