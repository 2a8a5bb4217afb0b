/* product.cu -- see product.h.  cuBLASLt, whose matrices have columns where ours have rows: it
 * is asked for c^T = op(b)^T op(a)^T, so its A is our b.
 *
 * What it adds on the way out (its "epilogue") costs no pass over memory: the bias; and the
 * sums of a's rows, the gradient of a bias.  Where it knows no epilogue for a shape, kernels of
 * our own do the same: c begins as the bias, and the columns are summed.
 *
 * The library's own choice among its algorithms is asked for once a shape and kept, rounded as
 * shape.h says.  Nothing is timed, for a clock would decide about bits.  F32 is computed in F32,
 * never in TF32; and where a sum is cut into parts, these are floats too, added up in a step of its
 * own. */
#include "kernels/cuda/product.h"

#include <cublasLt.h>

#include "kernels/cuda/columns.h"
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/remark.h"
#include "kernels/cuda/room.h"
#include "kernels/cuda/shape.h"

static constexpr size_t WORKSPACE_BYTES = ROOM_WORKSPACE_BYTES;

/* A choice that was made; `checked` is the last shape that rounds to this one and was looked at. */
struct plan {
    struct shape         shape, checked;
    bool                 known, possible, fits;
    enum shape_epilogue  epilogue;
    cublasLtMatmulAlgo_t algorithm;
};

static struct plan      plans[SHAPES];
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

template <typename T>
static void
set(struct description *d, cublasLtMatmulDescAttributes_t what, T value)
{
    (void)cublasLtMatmulDescSetAttribute(&d->matmul, what, &value, sizeof value);
}

/* Of the epilogue's vector only the alignment matters until there is a product: the least that
 * vector_of gives. */
static void
describe(struct description *d, const struct shape *s, enum shape_epilogue epilogue)
{
    cudaDataType type = type_of(s->a_type);
    int          a_rows = s->a_turned ? s->inner : s->rows;
    int          a_cols = s->a_turned ? s->rows : s->inner;
    int          b_rows = s->b_turned ? s->cols : s->inner;
    int          b_cols = s->b_turned ? s->inner : s->cols;

    (void)cublasLtMatmulDescInit(&d->matmul, CUBLAS_COMPUTE_32F, CUDA_R_32F);
    set(d, CUBLASLT_MATMUL_DESC_TRANSA, s->b_turned ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(d, CUBLASLT_MATMUL_DESC_TRANSB, s->a_turned ? CUBLAS_OP_T : CUBLAS_OP_N);
    if (epilogue == SHAPE_BIAS)
        set(d, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
    if (epilogue == SHAPE_ROW_SUMS)
        set(d, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BGRADB);
    if (epilogue != SHAPE_NOTHING) {
        set(d, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, (int32_t)type_of(s->c_type));
        set(d, CUBLASLT_MATMUL_DESC_BIAS_POINTER,
            static_cast<void *>(static_cast<char *>(workspace) + SHAPE_VECTOR));
    }
    (void)cublasLtMatrixLayoutInit(&d->a, type, (uint64_t)b_cols, (uint64_t)b_rows, b_cols);
    (void)cublasLtMatrixLayoutInit(&d->b, type, (uint64_t)a_cols, (uint64_t)a_rows, a_cols);
    (void)cublasLtMatrixLayoutInit(&d->c, type_of(s->c_type), (uint64_t)s->cols, (uint64_t)s->rows,
        s->cols);
}

/* ---- the choice ------------------------------------------------------------------------------ */

static bool
ask(struct plan *plan, enum shape_epilogue epilogue)
{
    struct description              d;
    cublasLtMatmulPreferenceOpaque_t preference;
    cublasLtMatmulHeuristicResult_t result;
    const int                      *align = plan->shape.align;
    uint32_t                        a = (uint32_t)align[1], b = (uint32_t)align[0];
    uint32_t                        c = (uint32_t)align[2];
    uint32_t                        parts = CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;
    int                             found = 0;

    describe(&d, &plan->shape, epilogue);
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

/* A number of the algorithm's, 0 where this version of the library has none of the kind. */
static unsigned
number_of(const struct plan *plan, cublasLtMatmulAlgoConfigAttributes_t what)
{
    unsigned number = 0;
    size_t   written;

    (void)cublasLtMatmulAlgoConfigGetAttribute(&plan->algorithm, what, &number, sizeof number,
        &written);
    return number;
}

static void
remark(const struct plan *plan)
{
    char name[SHAPE_NAME], sentence[REMARK_BYTES];

    shape_name(name, &plan->shape);
    if (!plan->possible)
        snprintf(sentence, sizeof sentence, "%s: cuBLASLt knows no way", name);
    else
        snprintf(sentence, sizeof sentence,
            "%s: cuBLASLt's algorithm %u, tile %u, stages %u, parts %u%s", name,
            number_of(plan, CUBLASLT_ALGO_CONFIG_ID), number_of(plan, CUBLASLT_ALGO_CONFIG_TILE_ID),
            number_of(plan, CUBLASLT_ALGO_CONFIG_STAGES_ID),
            number_of(plan, CUBLASLT_ALGO_CONFIG_SPLITK_NUM),
            plan->epilogue == static_cast<enum shape_epilogue>(plan->shape.want) ? ""
                                                                        : ", no epilogue");
    cuda_remark_add(sentence);
}

/* kept -- the choice for the shape as it is. */
static struct plan *
kept(const struct shape *s)
{
    struct plan *plan = &plans[shape_place(s)];

    if (plan->known && shape_same(&plan->shape, s))
        return plan;
    memset(plan, 0, sizeof *plan);
    plan->known = true;
    plan->shape = *s;
    plan->possible =
        ask(plan, static_cast<enum shape_epilogue>(s->want)) || ask(plan, SHAPE_NOTHING);
    remark(plan);
    return plan;
}

/* fits -- the algorithm for the rounded shape takes the exact one. */
static bool
fits(struct plan *plan, const struct shape *s)
{
    cublasLtMatmulHeuristicResult_t result;
    struct description              d;

    if (!plan->possible || shape_same(&plan->shape, s))
        return plan->possible;
    if (!shape_same(&plan->checked, s)) {
        describe(&d, s, plan->epilogue);
        plan->checked = *s;
        plan->fits = cublasLtMatmulAlgoCheck(handle, &d.matmul, &d.a, &d.b, &d.c, &d.c,
            &plan->algorithm, &result) == CUBLAS_STATUS_SUCCESS &&
            result.workspaceSize <= WORKSPACE_BYTES;
    }
    return plan->fits;
}

static const struct plan *
plan_of(const struct shape *s)
{
    struct shape rounded = shape_rounded(*s);
    struct plan *plan = kept(&rounded);

    return fits(plan, s) ? plan : kept(s);
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
    size_t count = (size_t)(plan->epilogue == SHAPE_ROW_SUMS ? p->c.rows : p->c.cols);
    void  *vector;

    if (plan->epilogue == SHAPE_BIAS && plan->shape.align[3] == SHAPE_VECTOR)
        return const_cast<void *>(p->bias);
    vector = cuda_scratch(op, room_vector(count));
    if (vector && plan->epilogue == SHAPE_BIAS)
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
    struct shape       shape = shape_of(p);
    const struct plan *plan = plan_of(&shape);
    struct description d;
    float              one = 1, keep = p->keep ? 1 : 0;
    cublasStatus_t     status;
    void              *beside = nullptr;

    if (!plan->possible) {
        cuda_fail(op, "cuBLASLt knows no way for a product of this shape");
        return;
    }
    if (plan->epilogue != SHAPE_NOTHING && !(beside = vector_of(op, p, plan)))
        return;
    if (p->bias && plan->epilogue == SHAPE_NOTHING) {
        bias_alone(p);
        keep = 1;
    }
    describe(&d, &shape, plan->epilogue);
    if (plan->epilogue != SHAPE_NOTHING)
        set(&d, CUBLASLT_MATMUL_DESC_BIAS_POINTER, beside);
    status = cublasLtMatmul(handle, &d.matmul, &one, p->b.data, &d.a, p->a.data, &d.b, &keep,
        p->c.data, &d.c, p->c.data, &d.c, &plan->algorithm, workspace, WORKSPACE_BYTES,
        cuda_stream);
    if (status != CUBLAS_STATUS_SUCCESS)
        cuda_fail(op, cublasLtGetStatusString(status));
    else if (plan->epilogue == SHAPE_ROW_SUMS)
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
