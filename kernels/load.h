/* load.h -- backends that are shared objects, so that programs start where what they need is
 * not. */
#ifndef KERNELS_LOAD_H
#define KERNELS_LOAD_H

#include "kernels/backend.h"

/* load_backend -- the table `cuda_backend` of a shared object; a name with a slash is a path,
 * another is looked for as the system looks for libraries.  Loaded once, and kept.  Errors:
 * ERR_DEVICE, with what the loader said. */
MUST int load_backend(const struct backend **be, const char *file);

/* load_cuda -- cloze-cuda.so: ../lib/ from the program, then the usual places.  Errors:
 * ERR_DEVICE. */
MUST int load_cuda(const struct backend **be);

#endif
