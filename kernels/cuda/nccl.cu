/* nccl.cu -- see nccl.h.
 *
 * Of NCCL only point-to-point messages are used (collective.cu says why).  It is loaded when the
 * first is sent, so a single process needs none; it is told not to block, and asked after,
 * because its own waits know no end.  Before the first of some collectives the ranks meet on the
 * host: who does not come is named there, and nothing is begun that would wait for it.
 *
 * The stream of messages goes before others where both have blocks to run: its own are few, and
 * they are waited for by all ranks. */
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/nccl.h"
#include "kernels/team.h"

cudaStream_t cuda_nccl_stream;

#if __has_include(<nccl.h>)

#include <dlfcn.h>
#include <nccl.h>

/* What is used of the library. */
#define NCCL_FUNCTIONS(DO) \
    DO(GetUniqueId) DO(CommInitRankConfig) DO(GroupStart) DO(GroupEnd) DO(Send) DO(Recv) \
    DO(CommGetAsyncError) DO(GetErrorString) DO(GetLastError)

#define DECLARE(name) decltype(&nccl##name) name;
static struct {
    NCCL_FUNCTIONS(DECLARE)
} nccl;
static ncclComm_t   comm;
static ncclResult_t failure;
static cudaEvent_t  behind; /* what cuda_stream was asked */

static int
load(void)
{
    void *library = dlopen("libnccl.so.2", RTLD_NOW | RTLD_LOCAL);

    if (library == NULL)
        return err_set(ERR_DEVICE, "several processes with a GPU each need NCCL: %s", dlerror());
#define FIND(name) \
    nccl.name = reinterpret_cast<decltype(nccl.name)>(dlsym(library, "nccl" #name)); \
    if (nccl.name == NULL) \
        return err_set(ERR_DEVICE, "libnccl.so.2 is too old: it has no nccl" #name " (2.14 has)");
    NCCL_FUNCTIONS(FIND)
    return OK;
}

static int
said(ncclResult_t result)
{
    const char *more = nccl.GetLastError(comm);

    return err_set(ERR_DEVICE, "NCCL: %s%s%s", nccl.GetErrorString(result),
        more && *more ? ": " : "", more ? more : "");
}

/* What was begun on the host is on its way: 1; not yet: 0. */
static int
begun(void)
{
    ncclResult_t state, result = nccl.CommGetAsyncError(comm, &state);

    result = result == ncclSuccess ? state : result;
    return result == ncclInProgress ? 0 : result == ncclSuccess ? 1 : said(result);
}

static int
cuda_said(cudaError_t error)
{
    (void)cudaGetLastError();
    return err_set(ERR_DEVICE, "CUDA: %s", cudaGetErrorString(error));
}

/* The stream is empty: 1; not yet: 0. */
static int
done(void)
{
    cudaError_t error = cudaStreamQuery(cuda_nccl_stream);
    int         state = begun();

    if (error == cudaErrorNotReady)
        (void)cudaGetLastError(); /* or the next launch would take it for its own failure */
    if (state < 0)
        return state;
    if (error != cudaSuccess && error != cudaErrorNotReady)
        return cuda_said(error);
    return error == cudaSuccess;
}

static int
open_stream(void)
{
    int         low, high;
    cudaError_t error = cudaDeviceGetStreamPriorityRange(&low, &high);

    if (error == cudaSuccess)
        error = cudaStreamCreateWithPriority(&cuda_nccl_stream, cudaStreamNonBlocking, high);
    if (error == cudaSuccess)
        error = cudaEventCreateWithFlags(&behind, cudaEventDisableTiming);
    return error == cudaSuccess ? OK : cuda_said(error);
}

/* open -- the ranks get to know each other by the number that rank 0 draws. */
static int
open(void)
{
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    ncclUniqueId id = {};
    int          drawn = 1, rc = load();

    if (rc == OK)
        rc = open_stream();
    if (rc != OK)
        return rc;
    if (team_rank() == 0)
        drawn = nccl.GetUniqueId(&id) == ncclSuccess;
    rc = team_spread(&drawn, sizeof drawn);
    if (rc == OK && !drawn)
        return err_set(ERR_DEVICE, "NCCL: rank 0 finds no network interface to be called at");
    if (rc == OK)
        rc = team_spread(&id, sizeof id);
    if (rc != OK)
        return rc;
    config.blocking = 0;
    failure = nccl.CommInitRankConfig(&comm, team_ranks(), id, team_rank(), &config);
    if (failure != ncclSuccess && failure != ncclInProgress)
        return said(failure);
    return team_await(begun);
}

static void
keep(ncclResult_t result)
{
    if (result != ncclSuccess && result != ncclInProgress)
        failure = result;
}

int
cuda_nccl_meet(void)
{
    double here = 1;
    int    rc = comm == NULL ? open() : OK;

    return rc == OK ? team_sum(&here, 1) : rc;
}

int
cuda_nccl_follow(void)
{
    cudaError_t error = cudaEventRecord(behind, cuda_stream);

    if (error == cudaSuccess)
        error = cudaStreamWaitEvent(cuda_nccl_stream, behind, 0);
    return error == cudaSuccess ? OK : cuda_said(error);
}

int
cuda_nccl_begin(void)
{
    failure = nccl.GroupStart();
    return failure == ncclSuccess ? OK : said(failure);
}

void
cuda_nccl_send(int to, const void *bytes, size_t count)
{
    keep(nccl.Send(bytes, count, ncclInt8, to, comm, cuda_nccl_stream));
}

void
cuda_nccl_receive(int from, void *bytes, size_t count)
{
    keep(nccl.Recv(bytes, count, ncclInt8, from, comm, cuda_nccl_stream));
}

int
cuda_nccl_end(void)
{
    keep(nccl.GroupEnd());
    return failure == ncclSuccess ? team_await(begun) : said(failure);
}

int
cuda_nccl_wait(void)
{
    return team_await(done);
}

#else

static int
no_nccl(void)
{
    return err_set(ERR_DEVICE, "several processes with a GPU each: this build has no NCCL");
}

int
cuda_nccl_meet(void)
{
    return no_nccl();
}

int
cuda_nccl_follow(void)
{
    return no_nccl();
}

int
cuda_nccl_begin(void)
{
    return no_nccl();
}

void
cuda_nccl_send(int to, const void *bytes, size_t count)
{
    (void)to, (void)bytes, (void)count;
}

void
cuda_nccl_receive(int from, void *bytes, size_t count)
{
    (void)from, (void)bytes, (void)count;
}

int
cuda_nccl_end(void)
{
    return no_nccl();
}

int
cuda_nccl_wait(void)
{
    return no_nccl();
}

#endif
