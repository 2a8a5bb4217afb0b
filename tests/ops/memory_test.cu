/* memory_test -- copies on the laziest of GPUs: nothing is copied before the host waits for an
 * event behind it, and then no more than must be.  So what overtakes what is seen, and when the
 * host waits. */
#include "kernels/cuda/cuda.h"

#include <stdio.h>
#include <vector>

#include "tests/tap.h"

cudaStream_t cuda_stream;

struct copy {
    void       *to;
    const void *from;
    size_t      bytes;
};

static std::vector<struct copy> copies;  /* all that were asked for */
static std::vector<size_t>      events;  /* how many there were when each was recorded */
static size_t                   done;    /* copies */
static int                      waits;   /* that were in vain but for */

static void
run_to(size_t end)
{
    waits += end > done;
    for (; done < end; done++)
        memcpy(copies[done].to, copies[done].from, copies[done].bytes);
}

static cudaError_t
lazy_copy(void *to, const void *from, size_t bytes)
{
    copies.push_back({ to, from, bytes });
    return cudaSuccess;
}

static cudaError_t
lazy_event(cudaEvent_t *event)
{
    *event = (cudaEvent_t)events.size();
    events.push_back(0);
    return cudaSuccess;
}

#define cudaMemcpyAsync(to, from, bytes, kind, stream) lazy_copy(to, from, bytes)
#define cudaEventCreateWithFlags(event, flags) lazy_event(event)
#define cudaEventRecord(event, stream) (events[(size_t)(event)] = copies.size(), cudaSuccess)
#define cudaEventSynchronize(event) (run_to(events[(size_t)(event)]), cudaSuccess)
#define cudaStreamSynchronize(stream) (run_to(copies.size()), cudaSuccess)
#include "kernels/cuda/memory.cu"

enum { TOKENS = 131072, ARRAYS = 5 };

/* What a step's batch brings: some arrays of a number a token, each step with other numbers, from
 * an array that is used again at once. */
static void
upload_step(std::vector<int> &device, int step)
{
    std::vector<int> host(TOKENS);

    for (int k = 0; k < ARRAYS; k++) {
        for (int i = 0; i < TOKENS; i++)
            host[(size_t)i] = (step * ARRAYS + k) * TOKENS + i;
        cuda_upload(view_of(device.data() + (size_t)k * TOKENS, I32, TOKENS, 1), host.data());
    }
}

static bool
has_step(const std::vector<int> &device, int step)
{
    for (size_t i = 0; i < device.size(); i++)
        if (device[i] != step * ARRAYS * TOKENS + (int)i)
            return false;
    return true;
}

/* Where a step's posts go: its number, in the order of the stream. */
static void
steps(void)
{
    enum { STEPS = 40 };
    static int       number[STEPS];
    std::vector<int> device(ARRAYS * TOKENS);
    bool             right = true;
    int              ahead = 0;

    for (int step = 0; step < STEPS; step++) {
        int before = waits, told = -1;

        number[step] = step;
        upload_step(device, step);
        cuda_post(step % POST_SLOTS, view_of(&number[step], I32, 1, 1));
        ahead += waits > before;
        if (step == 0)
            continue;
        right &= cuda_take(&told, (step - 1) % POST_SLOTS) == OK && told == step - 1 &&
            has_step(device, step - 1);
    }
    ok(ahead == 0, "no step's uploads wait for the step before: %d of %d do", ahead, STEPS);
    ok(right, "what is taken is of the step before, and by then its numbers are there");
    ok(cuda_sync() == OK && has_step(device, STEPS - 1), "and then the last");
}

/* More than there is room for, in sizes that fit nowhere: the oldest are waited for, no more. */
static void
floods(void)
{
    enum { PIECES_HERE = 300 };
    std::vector<std::vector<unsigned char>> device(PIECES_HERE);
    bool                                    right = true;

    waits = 0;
    for (size_t i = 0; i < device.size(); i++) {
        size_t                     bytes = 4 * (1 + i * i * 7919 % 100003);
        std::vector<unsigned char> host(bytes, (unsigned char)(i * 37));

        device[i].resize(bytes);
        cuda_upload(view_of(device[i].data(), I32, (int)bytes / 4, 1), host.data());
    }
    ok(waits > 10 && done < copies.size(), "a full ring waits for what is oldest, %d times", waits);
    if (cuda_sync() != OK)
        right = false;
    for (size_t i = 0; i < device.size(); i++)
        for (unsigned char byte : device[i])
            right &= byte == (unsigned char)(i * 37);
    ok(right, "every byte arrives");
}

static void
down(void)
{
    std::vector<int> device(5000001), host(5000001), small(1, 7);

    for (size_t i = 0; i < device.size(); i++)
        device[i] = (int)i * 3;
    cuda_upload(view_of(small.data(), I32, 1, 1), device.data() + 5);
    cuda_download(host.data(), view_of(device.data(), I32, (int)device.size(), 1));
    ok(host == device && small[0] == 15, "20 MB down, behind what goes up");
}

int
main(void)
{
    steps();
    floods();
    down();
    return tap_done();
}
