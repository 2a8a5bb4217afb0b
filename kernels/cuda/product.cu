/* product.cu -- see product.h.  cuBLASLt, whose matrices have columns where ours have rows: it
 * is asked for c^T = op(b)^T op(a)^T, so its A is our b.
 *
 * What it adds on the way out (its "epilogue") costs no pass over memory: the bias; and the
 * sums of a's rows, the gradient of a bias.  Where it knows no epilogue for a shape, kernels of
 * our own do the same: c begins as the bias, and the columns are summed.
 *
 * The library's own choice among its algorithms is asked for once a shape and kept: it follows
 * from the shape alone, and from the alignment of the matrices.  Nothing is timed, for a clock
 * would decide about bits.  F32 is computed in F32, never in TF32; and where a sum is cut into
 * parts, these are floats too, added up in a step of its own. */
#include "kernels/cuda/product.h"

#include <cublasLt.h>
#include <string.h>

#include "kernels/cuda/columns.h"
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/room.h"

static constexpr size_t WORKSPACE_BYTES = ROOM_WORKSPACE_BYTES;

/* What an epilogue's vector begins at a multiple of. */
static constexpr int VECTOR_ALIGN = 16;

enum epilogue { NOTHING, BIAS, ROW_SUMS };

/* A choice that was made, for all products alike in this. */
struct shape {
    int rows, cols, inner, a_type, c_type, turned, keep, want;
    int align[4]; /* of a, b, c, and the epilogue's vector */
};

struct plan {
    struct shape          shape;
    bool                  known, possible;
    enum epilogue         epilogue;
    cublasLtMatmulAlgo_t  algorithm;
};

/* By a hash; of two that meet the later stays. */
static constexpr size_t PLANS = 1024;
static struct plan      plans[PLANS];

static cublasLtHandle_t handle;
static void            *workspace;

/* ---- descriptions ---------------------------------------------------------------------------- */

struct description {
    cublasLtMatmulDescOpaque_t   matmul;
    cublasLtMatrixLayoutOpaque_t a, b, c;
};

static cudaDataType
type_of(int dtype)
{
    return dtype == F32 ? CUDA_R_32F : CUDA_R_16BF;
}

static int
alignment(const void *p)
{
    uintptr_t at = (uintptr_t)p | 256;

    return (int)(at & -at);
}

template <typename T>
static void
set(struct description *d, cublasLtMatmulDescAttributes_t what, T value)
{
    (void)cublasLtMatmulDescSetAttribute(&d->matmul, what, &value, sizeof value);
}

static void
describe(struct description *d, const struct product *p, enum epilogue epilogue)
{
    cudaDataType type = type_of(p->a.dtype);

    (void)cublasLtMatmulDescInit(&d->matmul, CUBLAS_COMPUTE_32F, CUDA_R_32F);
    set(d, CUBLASLT_MATMUL_DESC_TRANSA, p->b_turned ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(d, CUBLASLT_MATMUL_DESC_TRANSB, p->a_turned ? CUBLAS_OP_T : CUBLAS_OP_N);
    if (epilogue == BIAS)
        set(d, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
    if (epilogue == ROW_SUMS)
        set(d, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BGRADB);
    if (epilogue != NOTHING)
        set(d, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, (int32_t)type_of(p->c.dtype));
    (void)cublasLtMatrixLayoutInit(&d->a, type, (uint64_t)p->b.cols, (uint64_t)p->b.rows,
        p->b.cols);
    (void)cublasLtMatrixLayoutInit(&d->b, type, (uint64_t)p->a.cols, (uint64_t)p->a.rows,
        p->a.cols);
    (void)cublasLtMatrixLayoutInit(&d->c, type_of(p->c.dtype), (uint64_t)p->c.cols,
        (uint64_t)p->c.rows, p->c.cols);
}

/* ---- the choice ------------------------------------------------------------------------------ */

static bool
ask(struct plan *plan, const struct product *p, enum epilogue epilogue)
{
    struct description              d;
    cublasLtMatmulPreferenceOpaque_t preference;
    cublasLtMatmulHeuristicResult_t result;
    const int                      *align = plan->shape.align;
    uint32_t                        a = (uint32_t)align[1], b = (uint32_t)align[0];
    uint32_t                        c = (uint32_t)align[2];
    uint32_t                        parts = CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;
    int                             found = 0;

    describe(&d, p, epilogue);
    /* of the epilogue's vector only the alignment is looked at: the least that vector_of gives */
    if (epilogue != NOTHING)
        set(&d, CUBLASLT_MATMUL_DESC_BIAS_POINTER,
            static_cast<void *>(static_cast<char *>(workspace) + VECTOR_ALIGN));
    (void)cublasLtMatmulPreferenceInit(&preference);
    (void)cublasLtMatmulPreferenceSetAttribute(&preference,
        CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &WORKSPACE_BYTES, sizeof WORKSPACE_BYTES);
    (void)cublasLtMatmulPreferenceSetAttribute(&preference,
        CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &parts, sizeof parts);
    (void)cublasLtMatmulPreferenceSetAttribute(&preference,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, &a, sizeof a);
    (void)cublasLtMatmulPreferenceSetAttribute(&preference,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, &b, sizeof b);
    (void)cublasLtMatmulPreferenceSetAttribute(&preference,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, &c, sizeof c);
    (void)cublasLtMatmulPreferenceSetAttribute(&preference,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, &c, sizeof c);
    if (cublasLtMatmulAlgoGetHeuristic(handle, &d.matmul, &d.a, &d.b, &d.c, &d.c, &preference, 1,
            &result, &found) != CUBLAS_STATUS_SUCCESS || !found ||
        result.state != CUBLAS_STATUS_SUCCESS)
        return false;
    plan->algorithm = result.algo;
    plan->epilogue = epilogue;
    return true;
}

static struct shape
shape_of(const struct product *p)
{
    struct shape s;

    memset(&s, 0, sizeof s); /* it is compared as bytes */
    s.rows = p->c.rows;
    s.cols = p->c.cols;
    s.inner = p->a_turned ? p->a.rows : p->a.cols;
    s.a_type = p->a.dtype;
    s.c_type = p->c.dtype;
    s.turned = 2 * p->a_turned + p->b_turned;
    s.keep = p->keep;
    s.want = p->bias ? BIAS : p->row_sums ? ROW_SUMS : NOTHING;
    s.align[0] = alignment(p->a.data);
    s.align[1] = alignment(p->b.data);
    s.align[2] = alignment(p->c.data);
    s.align[3] = alignment(p->bias) < VECTOR_ALIGN ? 4 : VECTOR_ALIGN;
    return s;
}

static struct plan *
plan_of(const struct product *p)
{
    struct shape s = shape_of(p);
    const int   *word = reinterpret_cast<const int *>(&s);
    uint64_t     hash = 0;
    struct plan *plan;

    for (size_t i = 0; i < sizeof s / sizeof *word; i++)
        hash = (hash + (uint64_t)(unsigned)word[i]) * 0x9E3779B97F4A7C15u;
    plan = &plans[(hash >> 32) % PLANS];
    if (plan->known && !memcmp(&plan->shape, &s, sizeof s))
        return plan;
    plan->known = true;
    plan->shape = s;
    plan->possible = ask(plan, p, static_cast<enum epilogue>(s.want)) || ask(plan, p, NOTHING);
    return plan;
}

/* ---- a product ------------------------------------------------------------------------------- */

bool
cuda_product_open(const char *op)
{
    void *memory = nullptr;

    if (handle && workspace)
        return true;
    if (!handle && cublasLtCreate(&handle) != CUBLAS_STATUS_SUCCESS) {
        handle = nullptr;
        cuda_fail(op, "cuBLASLt does not open");
        return false;
    }
    cuda_keep(cudaMalloc(&memory, WORKSPACE_BYTES), op);
    workspace = memory;
    return workspace != nullptr;
}

/* vector_of -- where the epilogue reads its bias, or writes its sums; NULL without memory. */
static void *
vector_of(const char *op, const struct product *p, const struct plan *plan)
{
    size_t count = (size_t)(plan->epilogue == ROW_SUMS ? p->c.rows : p->c.cols);
    void  *vector;

    if (plan->epilogue == BIAS && plan->shape.align[3] == VECTOR_ALIGN)
        return const_cast<void *>(p->bias);
    vector = cuda_scratch(op, room_vector(count));
    if (vector && plan->epilogue == BIAS)
        cuda_keep(cudaMemcpyAsync(vector, p->bias, count * dtype_bytes(p->c.dtype),
                      cudaMemcpyDeviceToDevice, cuda_stream), op);
    return vector;
}

/* c = bias, or 0. */
template <typename T>
static __global__ void
fill(T *c, const T *__restrict__ bias, size_t count, int cols)
{
    size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;

    if (i < count)
        c[i] = bias ? bias[i % (size_t)cols] : from_float<T>(0);
}

static void
bias_alone(const struct product *p)
{
    size_t count = cuda_count(p->c);

    REAL_SWITCH(p->c.dtype, T,
        LAUNCH(fill<T>, cuda_blocks(count, 256), 256, 0, static_cast<T *>(p->c.data),
            static_cast<const T *>(p->bias), count, p->c.cols));
}

static void
multiply(const char *op, const struct product *p)
{
    const struct plan *plan = plan_of(p);
    struct description d;
    float              one = 1, keep = p->keep ? 1 : 0;
    cublasStatus_t     status;
    void              *beside = nullptr;

    if (!plan->possible) {
        cuda_fail(op, "cuBLASLt knows no way for a product of this shape");
        return;
    }
    if (plan->epilogue != NOTHING && !(beside = vector_of(op, p, plan)))
        return;
    if (p->bias && plan->epilogue == NOTHING) {
        bias_alone(p);
        keep = 1;
    }
    describe(&d, p, plan->epilogue);
    if (plan->epilogue != NOTHING)
        set(&d, CUBLASLT_MATMUL_DESC_BIAS_POINTER, beside);
    status = cublasLtMatmul(handle, &d.matmul, &one, p->b.data, &d.a, p->a.data, &d.b, &keep,
        p->c.data, &d.c, p->c.data, &d.c, &plan->algorithm, workspace, WORKSPACE_BYTES,
        cuda_stream);
    if (status != CUBLAS_STATUS_SUCCESS)
        cuda_fail(op, cublasLtGetStatusString(status));
    else if (plan->epilogue == ROW_SUMS)
        cuda_add_parts(static_cast<float *>(p->row_sums), static_cast<float *>(beside), 1,
            p->c.rows, p->c.rows);
    else if (p->row_sums)
        cuda_column_sums(op, static_cast<float *>(p->row_sums), p->a);
}

void
cuda_product(const char *op, const struct product *p)
{
    CHECK(!p->bias || !p->keep);
    if (!cuda_count(p->c) || !cuda_product_open(op))
        return;
    if (p->a_turned ? p->a.rows : p->a.cols)
        multiply(op, p);
    else if (!p->keep) /* a product of nothing */
        bias_alone(p);
}
