/* device.cu -- is there a GPU for this process, and a driver that can run what nvcc has made?
 *
 * The runtime is linked in and finds the driver by itself.  A driver serves every toolkit of its
 * major version (CUDA's "minor version compatibility"), and older ones.
 *
 * Why a step is not captured in a CUDA graph.  A graph wants the shapes it was captured with, and a
 * batch has the rows of its tokens, without padding: hardly two steps are alike, and capturing anew
 * costs the host as much as launching.  What there is to gain, with 3 to 5 us of the host a launch:
 *
 *     base, TUPE-R, 256 x 512   12 layers of 9 launches forward and 25 backward, 10 groups of 28 in
 *                               the head, 50 elsewhere: some 740, 3 ms of the host beside 164 ms
 *     tiny, 32 x 128            2 layers, one group: some 150, 0.6 ms beside 0.4 ms
 *
 * Launches do not wait for the GPU, so at base it never runs dry, and a graph would save nothing;
 * padding to fixed shapes, which it needs, would cost base the 2 to 3 % that packing leaves free.
 * Only where the GPU waits for the host does it pay: models as small as tiny, and fine-tuning by
 * batches of 32 short sentences.  Whoever needs these faster pads them to a few shapes first. */
#include "kernels/cuda/cuda.h"
#include "kernels/team.h"

#include <stdio.h>
#include <string.h>

cudaStream_t cuda_stream;

enum { LEAST_CAPABILITY = 80 }; /* bf16 on tensor cores, and asynchronous copies: A100 */

static int
no_device(cudaError_t error)
{
    int driver = 0, runtime = 0;

    (void)cudaDriverGetVersion(&driver);
    (void)cudaRuntimeGetVersion(&runtime);
    if (driver == 0)
        return err_set(ERR_DEVICE,
            "no GPU: this machine has no NVIDIA driver, or it is not loaded");
    if (error == cudaErrorInsufficientDriver)
        return err_set(ERR_DEVICE, "the NVIDIA driver is too old: it serves CUDA up to %d.%d, this "
            "build needs %d.0", driver / 1000, driver % 1000 / 10, runtime / 1000);
    return err_set(ERR_DEVICE, "no GPU to be used: %s (the driver serves CUDA up to %d.%d)",
        cudaGetErrorString(error), driver / 1000, driver % 1000 / 10);
}

/* choose -- ranks of one host share its GPUs out in their order.  A launcher that shows each
 * rank one GPU alone is fine too. */
static int
choose(int *device, int devices)
{
    int place = 0, ranks = team_ranks(), rank = team_rank(), beside = 0;

    for (int r = 0; r < ranks; r++) {
        bool here = r == rank || !strcmp(team_host(r), team_host(rank));

        beside += here;
        place += here && r < rank;
    }
    if (devices > 1 && beside > devices)
        return err_set(ERR_DEVICE, "%d processes run on %s, which has %d GPUs: start one for each",
            beside, team_host(rank), devices);
    *device = place % devices;
    return OK;
}

int
cuda_open(int threads)
{
    int         devices = 0, device = 0, major = 0, minor = 0, rc;
    cudaError_t error;

    (void)threads;
    if (cuda_stream)
        return OK;
    error = cudaGetDeviceCount(&devices);
    if (error != cudaSuccess || devices == 0)
        return no_device(error != cudaSuccess ? error : cudaErrorNoDevice);
    rc = choose(&device, devices);
    if (rc != OK)
        return rc;
    error = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
    if (error == cudaSuccess)
        error = cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device);
    if (error == cudaSuccess && 10 * major + minor < LEAST_CAPABILITY)
        return err_set(ERR_DEVICE,
            "GPU %d has compute capability %d.%d, and 8.0 (A100) is the least", device, major,
            minor);
    if (error == cudaSuccess)
        error = cudaSetDevice(device);
    if (error == cudaSuccess)
        error = cudaStreamCreateWithFlags(&cuda_stream, cudaStreamNonBlocking);
    return error == cudaSuccess ? OK
        : err_set(ERR_DEVICE, "GPU %d: %s", device, cudaGetErrorString(error));
}

void
cuda_device(struct device_info *info)
{
    cudaDeviceProp properties;
    int            device = 0;

    cuda_keep(cudaGetDevice(&device), "op_device");
    cuda_keep(cudaGetDeviceProperties(&properties, device), "op_device");
    cuda_keep(cudaMemGetInfo(&info->free_bytes, &info->total_bytes), "op_device");
    snprintf(info->name, sizeof info->name, "%.60s", properties.name);
}
