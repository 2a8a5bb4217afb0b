/* fiber.c -- a switch of stacks is a call: what a call may change is lost anyway, so only the
 * registers that a callee must keep are saved, on the stack that is left.  (System V ABI for
 * x86-64, figure 3.4; Arm's AAPCS64, section 6.1.1.)  The address sanitizer is told of every
 * switch, or it would take the new stack for a wild pointer. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE */
#include "kernels/cuda/host/fiber.h"

#include <stdint.h>
#include <sys/mman.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define FIBER_SANITIZED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define FIBER_SANITIZED
#endif

/* A page below the stack is never given rights: who grows too deep stops there. */
enum { STACK_BYTES = 256 << 10, GUARD_BYTES = 64 << 10 };

/* fiber_switch -- leave the stack, noting in *left where; go on where `to` was left. */
void fiber_switch(void **left, void *to);

#if defined(__x86_64__)
enum { SAVED = 6 };
__asm__(".text\n"
        ".hidden fiber_switch\n"
        ".globl fiber_switch\n"
        ".type fiber_switch, @function\n"
        "fiber_switch:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size fiber_switch, . - fiber_switch\n");
#elif defined(__aarch64__)
enum { SAVED = 20 };
__asm__(".text\n"
        ".hidden fiber_switch\n"
        ".globl fiber_switch\n"
        ".type fiber_switch, %function\n"
        "fiber_switch:\n"
        "    sub sp, sp, #160\n"
        "    stp x19, x20, [sp, #0]\n"
        "    stp x21, x22, [sp, #16]\n"
        "    stp x23, x24, [sp, #32]\n"
        "    stp x25, x26, [sp, #48]\n"
        "    stp x27, x28, [sp, #64]\n"
        "    stp x29, x30, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n"
        "    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    mov x9, sp\n"
        "    str x9, [x0]\n"
        "    mov sp, x1\n"
        "    ldp x19, x20, [sp, #0]\n"
        "    ldp x21, x22, [sp, #16]\n"
        "    ldp x23, x24, [sp, #32]\n"
        "    ldp x25, x26, [sp, #48]\n"
        "    ldp x27, x28, [sp, #64]\n"
        "    ldp x29, x30, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n"
        "    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    add sp, sp, #160\n"
        "    ret\n"
        ".size fiber_switch, . - fiber_switch\n");
#else
#error "no switch of stacks for this processor: write fiber_switch for it"
#endif

static struct fiber *inside;  /* who runs */
static void         *outside; /* where the one who entered waits */

/* ---- what the address sanitizer wants to know ------------------------------------------------ */

#ifdef FIBER_SANITIZED
#include <sanitizer/common_interface_defs.h>

static const void *outer_stack;
static size_t      outer_bytes;
static void       *outer_shadow;

static void
before(void **shadow, const void *stack, size_t bytes)
{
    __sanitizer_start_switch_fiber(shadow, stack, bytes);
}

static void
after(void *shadow, const void **stack, size_t *bytes)
{
    __sanitizer_finish_switch_fiber(shadow, stack, bytes);
}

#define BEFORE_ENTER(f) before(&outer_shadow, (f)->stack, STACK_BYTES)
#define ENTERED(f) after((f)->shadow, &outer_stack, &outer_bytes)
#define BEFORE_LEAVE(f) before(&(f)->shadow, outer_stack, outer_bytes)
#define LEFT() after(outer_shadow, NULL, NULL)
#else
#define BEFORE_ENTER(f) (void)0
#define ENTERED(f) (void)0
#define BEFORE_LEAVE(f) (void)0
#define LEFT() (void)0
#endif

/* ---- in and out ------------------------------------------------------------------------------ */

/* The first function on a fiber's stack; it has none to return to. */
static void
begin(void)
{
    ENTERED(inside);
    for (;;) {
        inside->run(inside->arg);
        inside->ended = true;
        fiber_leave();
    }
}

bool
fiber_open(struct fiber *f, void (*run)(void *arg), void *arg)
{
    char  *memory = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    void **top;

    if (memory == MAP_FAILED)
        return false;
    if (mprotect(memory + GUARD_BYTES, STACK_BYTES, PROT_READ | PROT_WRITE) != 0)
        return munmap(memory, GUARD_BYTES + STACK_BYTES), false;
    *f = (struct fiber){ .stack = memory + GUARD_BYTES, .run = run, .arg = arg };
    top = (void **)(void *)(memory + GUARD_BYTES + STACK_BYTES) - 2;
    /* as if `begin` had called fiber_switch: new memory is 0, and so are the saved registers */
#if defined(__x86_64__)
    top[-2] = (void *)(uintptr_t)begin; /* where it returns to; above it 8 bytes, as in a call */
    f->left_at = top - 2 - SAVED;
#else
    f->left_at = top - SAVED;
    top[-SAVED + 11] = (void *)(uintptr_t)begin; /* x30, the link register */
#endif
    return true;
}

void
fiber_enter(struct fiber *f)
{
    inside = f;
    f->ended = false;
    BEFORE_ENTER(f);
    fiber_switch(&outside, f->left_at);
    LEFT();
}

void
fiber_leave(void)
{
    struct fiber *f = inside;

    BEFORE_LEAVE(f);
    fiber_switch(&f->left_at, outside);
    ENTERED(f);
}
