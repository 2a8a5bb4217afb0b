/* halt.h -- signals that ask a long computation to save and leave.
 *
 * SIGTERM, SIGUSR1 and SIGUSR2 only leave a mark, for the computation to find; batch systems send
 * one of the three some minutes before they kill.  A second one means now: the program ends by it,
 * and what was being written stays without its final name.  So it does by a first SIGINT or SIGHUP,
 * unless these were ignored.
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

#endif
