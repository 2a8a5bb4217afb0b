/* fiber.h -- a function that stops in its middle and goes on later, on a stack of its own.
 *
 *     fiber_open(&f, run, arg)
 *     fiber_enter(&f)     runs run(arg) until it calls fiber_leave, or ends; again: goes on there
 *     f.ended             run has come to its end; the next fiber_enter begins it anew
 *
 * One thread alone uses fibers, and a fiber does not enter another.  x86-64 and arm64. */
#ifndef KERNELS_CUDA_HOST_FIBER_H
#define KERNELS_CUDA_HOST_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct fiber {
    void *left_at; /* its stack pointer while it does not run */
    void *stack, *shadow; /* shadow: what the address sanitizer keeps of it */
    void (*run)(void *arg);
    void *arg;
    bool  ended;
};

/* fiber_open -- false without memory. */
bool fiber_open(struct fiber *f, void (*run)(void *arg), void *arg);
void fiber_enter(struct fiber *f);
void fiber_leave(void);

#ifdef __cplusplus
}
#endif

#endif
