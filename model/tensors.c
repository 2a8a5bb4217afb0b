/* tensors.c -- see tensors.h.  Values pass in pieces through the model's own scratch memory, so a
 * checkpoint takes no memory that the model does not have. */
#include "model/tensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/bf16.h"

enum { NAME_BYTES = PARAM_NAME_BYTES + 16, LISTED_MAX = 20 };

/* Parameters first .. end - 1. */
struct part {
    int first, end;
};

static struct part
main_part(const struct model *m)
{
    return (struct part){ 0, m->params.generator_first };
}

static struct part
generator_part(const struct model *m)
{
    return (struct part){ m->params.generator_first, m->params.params };
}

static struct part
whole(const struct model *m)
{
    return (struct part){ 0, m->params.params };
}

static const struct {
    enum model_array array;
    const char      *suffix;
} arrays[] = {
    { MODEL_WEIGHT, "" },
    { MODEL_MOMENT1, ".exp_avg" }, /* PyTorch's names */
    { MODEL_MOMENT2, ".exp_avg_sq" },
};

/* ---- writing --------------------------------------------------------------------------------- */

/* A tensor of a file that is being written: safetensors_create sorts the descriptions, so each
 * carries along what it describes. */
struct source {
    char             name[NAME_BYTES];
    enum model_array array;
    int              param;
};

static size_t
elements_of(const struct param *p)
{
    return (size_t)p->rows * (size_t)p->cols;
}

static int
put(struct safetensors_writer *w, struct model *m, const struct source *s)
{
    size_t all = elements_of(&m->params.param[s->param]);
    float *narrow = m->host;
    int    rc = OK;

    for (size_t first = 0; first < all && rc == OK; first += MODEL_PIECE) {
        size_t count = all - first < MODEL_PIECE ? all - first : MODEL_PIECE;

        model_get_piece(m, s->array, s->param, first, count, m->values);
        if (m->wide == F64) {
            rc = safetensors_put(w, m->values, count * sizeof *m->values);
            continue;
        }
        for (size_t i = 0; i < count; i++)
            narrow[i] = (float)m->values[i];
        rc = safetensors_put(w, narrow, count * sizeof *narrow);
    }
    return rc;
}

static void
describe(struct safetensors_tensor *t, struct source *s, const struct model *m, int array,
    int param)
{
    const struct param *p = &m->params.param[param];

    snprintf(s->name, sizeof s->name, "%s%s", p->name, arrays[array].suffix);
    s->array = arrays[array].array;
    s->param = param;
    t->name = s->name;
    t->dtype = m->wide == F64 ? SAFETENSORS_F64 : SAFETENSORS_F32;
    t->dims = p->vector ? 1 : 2;
    t->shape[0] = (uint64_t)(p->vector ? p->cols : p->rows);
    t->shape[1] = (uint64_t)p->cols;
    t->data = s;
}

static int
write_file(struct model *m, const char *path, struct safetensors_tensor *tensor, size_t tensors,
    char hex[HASH_HEX_BYTES], uint64_t *bytes)
{
    struct safetensors_writer w;
    int                       rc = safetensors_create(&w, path, tensor, tensors, NULL, 0);

    if (rc != OK)
        return rc;
    for (size_t i = 0; i < tensors && rc == OK; i++)
        rc = put(&w, m, tensor[i].data);
    if (rc == OK)
        rc = op_sync(m->backend);
    if (rc == OK)
        return safetensors_finish(&w, hex, bytes);
    safetensors_abort(&w);
    return rc;
}

/* Arrays first .. last of some parameters. */
static int
save(struct model *m, const char *path, struct part part, int first, int last,
    char hex[HASH_HEX_BYTES], uint64_t *bytes)
{
    size_t     params = (size_t)(part.end - part.first),
        tensors = params * (size_t)(last - first + 1);
    struct buf descriptions = { 0 }, sources = { 0 };
    int        rc = buf_reserve(&descriptions, tensors * sizeof(struct safetensors_tensor));

    if (rc == OK)
        rc = buf_reserve(&sources, tensors * sizeof(struct source));
    if (rc == OK) {
        struct safetensors_tensor *tensor = (void *)descriptions.bytes;
        struct source             *source = (void *)sources.bytes;

        memset(tensor, 0, tensors * sizeof *tensor);
        for (size_t i = 0; i < tensors; i++)
            describe(&tensor[i], &source[i], m, first + (int)(i / params),
                part.first + (int)(i % params));
        rc = write_file(m, path, tensor, tensors, hex, bytes);
    }
    buf_free(&descriptions);
    buf_free(&sources);
    return rc;
}

int
tensors_save_weights(struct model *m, const char *path, char hex[HASH_HEX_BYTES], uint64_t *bytes)
{
    return save(m, path, main_part(m), 0, 0, hex, bytes);
}

int
tensors_save_generator(struct model *m, const char *path, char hex[HASH_HEX_BYTES],
    uint64_t *bytes)
{
    return save(m, path, generator_part(m), 0, 0, hex, bytes);
}

int
tensors_save_moments(struct model *m, const char *path, char hex[HASH_HEX_BYTES], uint64_t *bytes)
{
    return save(m, path, whole(m), 1, 2, hex, bytes);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Half precision: 1 sign, 5 exponent, 10 fraction bits. */
static double
half_value(uint16_t bits)
{
    int    exponent = bits >> 10 & 31;
    double fraction = bits & 1023, value;

    if (exponent == 31)
        value = fraction > 0 ? (double)NAN : (double)INFINITY;
    else if (exponent == 0)
        value = ldexp(fraction, -24);
    else
        value = ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -value : value;
}

static bool
is_float(enum safetensors_dtype dtype)
{
    return dtype == SAFETENSORS_F64 || dtype == SAFETENSORS_F32 || dtype == SAFETENSORS_F16 ||
        dtype == SAFETENSORS_BF16;
}

static void
to_doubles(double *values, const void *from, size_t count, enum safetensors_dtype dtype)
{
    const float    *f32 = from;
    const double   *f64 = from;
    const uint16_t *f16 = from;

    for (size_t i = 0; i < count; i++)
        values[i] = dtype == SAFETENSORS_F32 ? (double)f32[i]
            : dtype == SAFETENSORS_F64       ? f64[i]
            : dtype == SAFETENSORS_F16       ? half_value(f16[i])
                                             : (double)bf16_float(f16[i]);
}

static int
load(struct model *m, const struct safetensors *file, const struct safetensors_tensor *t,
    enum model_array array, int param)
{
    size_t all = elements_of(&m->params.param[param]), size = safetensors_dtype_bytes(t->dtype);

    for (size_t first = 0; first < all; first += MODEL_PIECE) {
        size_t count = all - first < MODEL_PIECE ? all - first : MODEL_PIECE;
        int    rc = safetensors_read(file, t, m->host, first * size, count * size);

        if (rc != OK)
            return rc;
        to_doubles(m->values, m->host, count, t->dtype);
        model_set_piece(m, array, param, first, count, m->values);
    }
    return OK;
}

static bool
fits(const struct safetensors_tensor *t, const struct param *p)
{
    if (!is_float(t->dtype))
        return false;
    if (p->vector)
        return t->dims == 1 && t->shape[0] == (uint64_t)p->cols;
    return t->dims == 2 && t->shape[0] == (uint64_t)p->rows && t->shape[1] == (uint64_t)p->cols;
}

/* Lists of names for a sentence: a few, and then how many more. */
struct list {
    struct buf text;
    int        count, rc;
};

static void
list_add(struct list *l, const char *name)
{
    if (l->rc == OK && l->count < LISTED_MAX)
        l->rc = buf_addf(&l->text, "%s%s", l->count ? ", " : "", name);
    else if (l->rc == OK && l->count == LISTED_MAX)
        l->rc = buf_adds(&l->text, ", ...");
    l->count++;
}

static int
mismatch(const char *path, const struct list *missing, const struct list *misshapen,
    const struct list *foreign)
{
    const struct list *const lists[] = { missing, misshapen, foreign };
    const char *const words[] = { "missing", "of another shape or type", "not of this model" };
    char                     text[400] = "";
    size_t                   used = 0;

    for (int i = 0; i < 3; i++) {
        if (lists[i] == NULL || lists[i]->count == 0 || used >= sizeof text)
            continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s (%d): %s", used ? "; " : "",
            words[i], lists[i]->count, lists[i]->text.bytes);
    }
    return err_set(ERR_MISMATCH, "%s does not fit the model: %s", path, text);
}

/* The arrays first .. last of some parameters, and nothing else. */
static int
load_arrays(struct model *m, const char *path, struct part part, int first, int last)
{
    struct list        missing = { 0 }, misshapen = { 0 };
    struct safetensors file;
    size_t             wanted = (size_t)(part.end - part.first) * (size_t)(last - first + 1);
    int                rc = safetensors_open(&file, path);

    if (rc != OK)
        return rc;
    for (int a = first; a <= last; a++) {
        for (int i = part.first; i < part.end && rc == OK; i++) {
            const struct safetensors_tensor *t;
            char                             name[NAME_BYTES];

            snprintf(name, sizeof name, "%s%s", m->params.param[i].name, arrays[a].suffix);
            t = safetensors_find(&file, name);
            if (t == NULL)
                list_add(&missing, name);
            else if (!fits(t, &m->params.param[i]))
                list_add(&misshapen, name);
            else
                rc = load(m, &file, t, arrays[a].array, i);
        }
    }
    if (rc == OK && missing.count + misshapen.count > 0)
        rc = mismatch(path, &missing, &misshapen, NULL);
    else if (rc == OK && file.tensors > wanted)
        rc = err_set(ERR_MISMATCH, "%s has %zu tensors that are not of this model", path,
            file.tensors - wanted);
    buf_free(&missing.text);
    buf_free(&misshapen.text);
    safetensors_close(&file);
    return rc;
}

int
tensors_load_all(struct model *m, const char *weights, const char *generator, const char *moments)
{
    int rc = load_arrays(m, weights, main_part(m), 0, 0);

    if (rc == OK && m->generator != NULL)
        rc = load_arrays(m, generator, generator_part(m), 0, 0);
    return rc == OK ? load_arrays(m, moments, whole(m), 1, 2) : rc;
}

/* ---- weights of another ---------------------------------------------------------------------- */

/* By a name, or by TensorFlow's for layer norms, which old files of Hugging Face keep. */
static const struct safetensors_tensor *
find_either(const struct safetensors *file, const char *name)
{
    const struct safetensors_tensor *t = safetensors_find(file, name);
    const char                      *norm = strstr(name, "LayerNorm.");
    char                             old[NAME_BYTES];

    if (t != NULL || norm == NULL)
        return t;
    snprintf(old, sizeof old, "%.*s%s", (int)(norm - name) + 10, name,
        strcmp(norm + 10, "weight") == 0 ? "gamma" : "beta");
    return safetensors_find(file, old);
}

/* The names a parameter may have in a file: ours; that of the other kind of model; without either
 * prefix, as in a file of the bare encoder. */
static const struct safetensors_tensor *
find_any(const struct safetensors *file, const char *name)
{
    static const char *const         owners[] = { "bert.", "electra.", "" };
    const struct safetensors_tensor *t = find_either(file, name);
    const char                      *rest = NULL;
    char                             other[NAME_BYTES];

    for (int i = 0; i < 2; i++)
        if (strncmp(name, owners[i], strlen(owners[i])) == 0)
            rest = name + strlen(owners[i]);
    for (int i = 0; i < 3 && t == NULL && rest != NULL; i++) {
        snprintf(other, sizeof other, "%s%s", owners[i], rest);
        t = find_either(file, other);
    }
    return t;
}

struct take { /* of weights from a file */
    struct list missing, misshapen, fresh, left;
    struct buf  used; /* a byte a tensor of the file */
};

static int
take_all(struct model *m, struct take *take, const struct safetensors *file, struct part part,
    uint64_t seed)
{
    int rc = OK;

    for (int i = part.first; i < part.end && rc == OK; i++) {
        const struct param              *p = &m->params.param[i];
        const struct safetensors_tensor *t = find_any(file, p->name);

        if (t != NULL)
            take->used.bytes[t - file->tensor] = 1;
        if (t != NULL && fits(t, p)) {
            rc = load(m, file, t, MODEL_WEIGHT, i);
        } else if (t != NULL) {
            list_add(&take->misshapen, p->name);
        } else if (i < m->params.head) {
            list_add(&take->missing, p->name);
        } else {
            list_add(&take->fresh, p->name);
            model_start_one(m, i, seed);
        }
    }
    for (size_t i = 0; i < file->tensors; i++)
        if (!take->used.bytes[i])
            list_add(&take->left, file->tensor[i].name);
    return rc;
}

static int
tell(struct buf *told, const char *path, const struct take *take)
{
    int rc = OK;

    if (take->fresh.count > 0)
        rc = buf_addf(told, "%s does not have %s: new\n", path, take->fresh.text.bytes);
    if (rc == OK && take->left.count > 0)
        rc = buf_addf(told, "%s: not used: %s\n", path, take->left.text.bytes);
    return rc;
}

static int
load_weights(struct model *m, struct buf *told, const char *path, struct part part, uint64_t seed)
{
    struct take        take = { 0 };
    struct safetensors file;
    int                rc = safetensors_open(&file, path);

    if (rc != OK)
        return rc;
    if ((rc = buf_reserve(&take.used, file.tensors + 1)) == OK) {
        memset(take.used.bytes, 0, file.tensors + 1);
        rc = take_all(m, &take, &file, part, seed);
    }
    if (rc == OK && take.missing.count + take.misshapen.count > 0)
        rc = mismatch(path, &take.missing, &take.misshapen, &take.left);
    else if (rc == OK)
        rc = tell(told, path, &take);
    buf_free(&take.used);
    buf_free(&take.missing.text);
    buf_free(&take.misshapen.text);
    buf_free(&take.fresh.text);
    buf_free(&take.left.text);
    safetensors_close(&file);
    return rc;
}

int
tensors_load_weights(struct model *m, struct buf *told, const char *path, uint64_t seed)
{
    return load_weights(m, told, path, main_part(m), seed);
}

int
tensors_load_generator(struct model *m, struct buf *told, const char *path, uint64_t seed)
{
    return load_weights(m, told, path, generator_part(m), seed);
}

void
tensors_start_generator(struct model *m, uint64_t seed)
{
    for (int i = m->params.generator_first; i < m->params.params; i++)
        model_start_one(m, i, seed);
}
