/* values.c -- the parameters of model.h: views of them, and their values to and from the host. */
#include "model/model.h"

#include "lib/bf16.h"
#include "model/notebook.h"

struct view
model_weight(const struct model *m, int param)
{
    return params_view(&m->params, m->weight, m->wide, param);
}

struct view
model_operand(const struct model *m, int param)
{
    return params_view(&m->params, m->operand, m->real, param);
}

void
model_changed(struct model *m)
{
    m->is_stale = m->real == BF16;
}

struct view
model_gradient(const struct model *m, int param)
{
    return params_view(&m->params, m->gradient, m->wide, param);
}

static void *
array_of(const struct model *m, enum model_array array)
{
    void *flat[] = { m->weight, m->gradient, m->moment1, m->moment2 };

    CHECK(flat[array] != NULL);
    return flat[array];
}

/* Elements first .. first + count - 1 of a parameter, as one row. */
static struct view
piece_of(const struct model *m, enum model_array array, int param, size_t first, size_t count)
{
    size_t at = (m->params.param[param].offset + first) * dtype_bytes(m->wide);

    return view_of((char *)array_of(m, array) + at, m->wide, 1, (int)count);
}

static size_t
elements_of(const struct model *m, int param)
{
    return (size_t)m->params.param[param].rows * (size_t)m->params.param[param].cols;
}

/* Doubles to the device and back, by way of m->host; of BF16 back alone. */
void
model_upload(struct model *m, struct view v, const double *values)
{
    float *narrow = m->host;

    if (m->wide == F64) {
        op_upload(m->backend, v, values);
        return;
    }
    for (int i = 0; i < v.cols; i++)
        narrow[i] = (float)values[i];
    op_upload(m->backend, v, narrow);
}

void
model_download(const struct model *m, double *values, struct view v)
{
    size_t          count = (size_t)v.rows * (size_t)v.cols;
    const float    *narrow = m->host;
    const uint16_t *half = m->host;

    if (v.dtype == F64) {
        op_download(m->backend, values, v);
        return;
    }
    op_download(m->backend, m->host, v);
    for (size_t i = 0; i < count; i++)
        values[i] = (double)(v.dtype == BF16 ? bf16_float(half[i]) : narrow[i]);
}

void
model_get_piece(const struct model *m, enum model_array array, int param, size_t first,
    size_t count, double *values)
{
    CHECK(count <= MODEL_PIECE && first + count <= elements_of(m, param));
    model_download(m, values, piece_of(m, array, param, first, count));
}

void
model_set_piece(struct model *m, enum model_array array, int param, size_t first, size_t count,
    const double *values)
{
    CHECK(count <= MODEL_PIECE && first + count <= elements_of(m, param));
    model_upload(m, piece_of(m, array, param, first, count), values);
    model_changed(m);
}

/* How many elements from `first` on make the next piece of a parameter. */
static size_t
piece_length(const struct model *m, int param, size_t first)
{
    size_t rest = elements_of(m, param) - first;

    return rest < MODEL_PIECE ? rest : MODEL_PIECE;
}

void
model_get(const struct model *m, enum model_array array, int param, double *values)
{
    for (size_t first = 0; first < elements_of(m, param); first += MODEL_PIECE)
        model_get_piece(m, array, param, first, piece_length(m, param, first), values + first);
}

void
model_set(struct model *m, enum model_array array, int param, const double *values)
{
    for (size_t first = 0; first < elements_of(m, param); first += MODEL_PIECE)
        model_set_piece(m, array, param, first, piece_length(m, param, first), values + first);
}

void
model_start_one(struct model *m, int param, uint64_t seed)
{
    for (size_t first = 0; first < elements_of(m, param); first += MODEL_PIECE) {
        size_t count = piece_length(m, param, first);

        params_start(m->values, &m->params, param, first, count, (double)m->config.initializer,
            seed);
        model_set_piece(m, MODEL_WEIGHT, param, first, count, m->values);
    }
}

void
model_start(struct model *m, uint64_t seed)
{
    for (int i = 0; i < m->params.params; i++)
        model_start_one(m, i, seed);
    if (m->notebook != NULL)
        notebook_start(m, seed);
}

void
model_forget_moments(struct model *m)
{
    op_zero(m->backend, params_all(&m->params, m->moment1, m->wide));
    op_zero(m->backend, params_all(&m->params, m->moment2, m->wide));
}

void
model_forget(struct model *m)
{
    struct view all = params_all(&m->params, m->gradient, m->wide);

    op_zero(m->backend, all);
    m->unsummed = all.rows;
}
