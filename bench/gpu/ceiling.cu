/* ceiling.cu -- what this GPU reaches in the two things that training is made of: copying memory,
 * and multiplying matrices.
 *
 *     ceiling [ROWS]      (131072: a batch of 256 sequences of 512)
 *
 * The products are cuBLASLt's, bf16 with sums in fp32, at the shapes of BERT-base: the four linear
 * layers, forward and by input in bf16, by weight with an fp32 result.  Of the eight ways that its
 * heuristic offers first, the fastest counts.  Numbers are random, as zeros are multiplied faster.
 * Times are the median of single calls by the GPU's own events. */
#include <cublasLt.h>
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

enum { CALLS = 15, WARM = 3, WAYS = 8, WIDEST = 3072 };

static const size_t  WORKSPACE = 64 << 20;
static cudaEvent_t   start, end;
static void         *workspace;
static cublasLtHandle_t handle;

static void
must(int error, const char *what)
{
    if (error == 0)
        return;
    fprintf(stderr, "ceiling: %s: error %d (%s)\n", what, error,
        cudaGetErrorString(static_cast<cudaError_t>(error)));
    exit(1);
}

__global__ void
fill(__nv_bfloat16 *x, size_t count, unsigned seed)
{
    size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x;

    for (; i < count; i += (size_t)gridDim.x * blockDim.x) {
        unsigned h = (unsigned)i * 2654435761u ^ seed;

        h ^= h >> 15;
        h *= 2246822519u;
        h ^= h >> 13;
        x[i] = __float2bfloat16((float)(h & 0xffff) / 32768.0f - 1);
    }
}

static void *
made(size_t bytes, unsigned seed)
{
    void *memory = NULL;

    must(cudaMalloc(&memory, bytes), "cudaMalloc");
    fill<<<1024, 256>>>(static_cast<__nv_bfloat16 *>(memory), bytes / sizeof(__nv_bfloat16), seed);
    must(cudaGetLastError(), "fill");
    return memory;
}

/* median_ms -- of a call that is queued on the default stream; negative if it cannot be done. */
template <typename Call>
static float
median_ms(Call call)
{
    std::vector<float> ms;

    for (int i = 0; i < WARM + CALLS; i++) {
        float spent = 0;

        must(cudaEventRecord(start), "cudaEventRecord");
        if (!call())
            return -1;
        must(cudaEventRecord(end), "cudaEventRecord");
        must(cudaEventSynchronize(end), "a call");
        must(cudaEventElapsedTime(&spent, start, end), "cudaEventElapsedTime");
        if (i >= WARM)
            ms.push_back(spent);
    }
    std::sort(ms.begin(), ms.end());
    return ms[CALLS / 2];
}

static void
copy_rate(void)
{
    const size_t bytes = (size_t)2 << 30;
    void        *from = made(bytes, 1), *to = made(bytes, 2);
    float        ms = median_ms([&] {
        return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice) == cudaSuccess;
    });

    printf("ceiling copy %.4f ms %.0f GB/s read and written\n", ms, 2e-6 * (double)bytes / ms);
    must(cudaFree(from), "cudaFree");
    must(cudaFree(to), "cudaFree");
}

/* product -- D (m x n) = op(A) op(B), columns first, k terms each. */
static void
product(const char *name, int m, int n, int k, bool transpose_a, bool transpose_b, bool wide,
    const void *a, const void *b, void *d)
{
    cublasOperation_t      op_a = transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N;
    cublasOperation_t      op_b = transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N;
    cublasLtMatmulDesc_t   matmul;
    cublasLtMatrixLayout_t layout_a, layout_b, layout_d;
    cublasLtMatmulPreference_t       preference;
    cublasLtMatmulHeuristicResult_t  way[WAYS];
    int                              ways = 0;
    float                            best = 1e30f;
    const float                      one = 1, zero = 0;

    must(cublasLtMatmulDescCreate(&matmul, CUBLAS_COMPUTE_32F, CUDA_R_32F), name);
    must(cublasLtMatmulDescSetAttribute(matmul, CUBLASLT_MATMUL_DESC_TRANSA, &op_a, sizeof op_a),
        name);
    must(cublasLtMatmulDescSetAttribute(matmul, CUBLASLT_MATMUL_DESC_TRANSB, &op_b, sizeof op_b),
        name);
    must(cublasLtMatrixLayoutCreate(&layout_a, CUDA_R_16BF, transpose_a ? k : m,
        transpose_a ? m : k,
             transpose_a ? k : m), name);
    must(cublasLtMatrixLayoutCreate(&layout_b, CUDA_R_16BF, transpose_b ? n : k,
        transpose_b ? k : n,
             transpose_b ? n : k), name);
    must(cublasLtMatrixLayoutCreate(&layout_d, wide ? CUDA_R_32F : CUDA_R_16BF, m, n, m), name);
    must(cublasLtMatmulPreferenceCreate(&preference), name);
    must(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
             &WORKSPACE, sizeof WORKSPACE), name);
    if (cublasLtMatmulAlgoGetHeuristic(handle, matmul, layout_a, layout_b, layout_d, layout_d,
            preference, WAYS, way, &ways) != CUBLAS_STATUS_SUCCESS)
        ways = 0;
    for (int i = 0; i < ways; i++) {
        float ms = median_ms([&] {
            return cublasLtMatmul(handle, matmul, &one, a, layout_a, b, layout_b, &zero, d,
                layout_d, d,
                       layout_d, &way[i].algo, workspace, WORKSPACE, 0) == CUBLAS_STATUS_SUCCESS;
        });

        if (ms > 0)
            best = std::min(best, ms);
    }
    if (best < 1e30f)
        printf("ceiling %s %.4f ms %.1f TFLOP/s\n", name, best, 2e-9 * m * n * k / best);
    else
        printf("ceiling %s: cuBLASLt has no way\n", name);
    fflush(stdout);
    (void)cublasLtMatmulPreferenceDestroy(preference);
    (void)cublasLtMatrixLayoutDestroy(layout_a);
    (void)cublasLtMatrixLayoutDestroy(layout_b);
    (void)cublasLtMatrixLayoutDestroy(layout_d);
    (void)cublasLtMatmulDescDestroy(matmul);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int         out, in;
    } layer[] = { { "qkv", 2304, 768 }, { "proj", 768, 768 }, { "ffn-up", 3072, 768 },
        { "ffn-down", 768, 3072 } };
    int            rows = argc > 1 ? atoi(argv[1]) : 131072;
    cudaDeviceProp device;
    char           name[40];

    if (rows < 128) {
        fprintf(stderr, "ceiling: ROWS is at least 128\n");
        return 2;
    }
    must(cudaGetDeviceProperties(&device, 0), "no GPU");
    printf("device %s, %d multiprocessors, %zu MiB, L2 %d MiB, cuBLASLt %zu\n", device.name,
        device.multiProcessorCount, device.totalGlobalMem >> 20, device.l2CacheSize >> 20,
        cublasLtGetVersion());
    must(cudaEventCreate(&start), "cudaEventCreate");
    must(cudaEventCreate(&end), "cudaEventCreate");
    must(cublasLtCreate(&handle), "cublasLtCreate");
    copy_rate();
    workspace = made(WORKSPACE, 3);
    void *x = made((size_t)rows * WIDEST * 2, 4), *y = made((size_t)rows * WIDEST * 2, 5);
    void *weight = made((size_t)WIDEST * WIDEST * 2, 6),
        *dweight = made((size_t)WIDEST * WIDEST * 4, 7);

    /* Matrices are rows first here and columns first there: y = x W' is Y = W' X. */
    for (const auto &l : layer) {
        snprintf(name, sizeof name, "%s", l.name);
        product(name, l.out, rows, l.in, true, false, false, weight, x, y);
        snprintf(name, sizeof name, "%s-by-x", l.name);
        product(name, l.in, rows, l.out, false, false, false, weight, y, x);
        snprintf(name, sizeof name, "%s-by-w", l.name);
        product(name, l.in, l.out, rows, false, true, true, x, y, dweight);
    }
    must(cudaDeviceSynchronize(), "at the end");
    return 0;
}
