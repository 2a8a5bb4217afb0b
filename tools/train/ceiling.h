/* ceiling.h -- how fast this machine could be: what flop_utilisation divides by.
 *
 * The ceiling is the rate of one large matrix product in the same type through the same backend
 * with the same threads, the best of several, measured when train starts.  So a utilisation of 0.6
 * says that a step does its arithmetic at six tenths of the speed that a product alone reaches
 * here.  It is measured, not looked up: no table of processors to be wrong, and a busy machine
 * shows as one. */
#ifndef TOOLS_TRAIN_CEILING_H
#define TOOLS_TRAIN_CEILING_H

#include "kernels/ops.h"

MUST int ceiling_measure(double *flops, const struct backend *be, enum dtype real);

#endif
