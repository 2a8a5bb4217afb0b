/* safetensors.c -- see safetensors.h. */
#define _GNU_SOURCE /* O_CLOEXEC */
#include "lib/safetensors.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/jsontext.h"
#include "lib/quote.h"

enum { HEAD_MAX_BYTES = 100000000, LENGTH_BYTES = 8 };

static const struct {
    const char *name;
    uint64_t    bytes;
} dtypes[] = {
    [SAFETENSORS_U64] = { "U64", 8 },
    [SAFETENSORS_I64] = { "I64", 8 },
    [SAFETENSORS_F64] = { "F64", 8 },
    [SAFETENSORS_F32] = { "F32", 4 },
    [SAFETENSORS_U32] = { "U32", 4 },
    [SAFETENSORS_I32] = { "I32", 4 },
    [SAFETENSORS_BF16] = { "BF16", 2 },
    [SAFETENSORS_F16] = { "F16", 2 },
    [SAFETENSORS_U16] = { "U16", 2 },
    [SAFETENSORS_I16] = { "I16", 2 },
    [SAFETENSORS_I8] = { "I8", 1 },
    [SAFETENSORS_U8] = { "U8", 1 },
    [SAFETENSORS_BOOL] = { "BOOL", 1 },
};

enum { DTYPES = sizeof dtypes / sizeof *dtypes };

const char *
safetensors_dtype_name(enum safetensors_dtype dtype)
{
    CHECK((int)dtype >= 0 && (int)dtype < DTYPES);
    return dtypes[dtype].name;
}

uint64_t
safetensors_dtype_bytes(enum safetensors_dtype dtype)
{
    CHECK((int)dtype >= 0 && (int)dtype < DTYPES);
    return dtypes[dtype].bytes;
}

/* ---- reading ---- */

static int
bad(const struct safetensors *s, const char *name, const char *what)
{
    return err_set(ERR_FORMAT, "%s: tensor \"%s\": %s", s->path, name, what);
}

/* The bytes of a tensor by its shape and dtype; ERR_FORMAT if they do not fit 64 bits. */
static int
shape_bytes(const struct safetensors *s, const struct safetensors_tensor *t, uint64_t *bytes)
{
    *bytes = dtypes[t->dtype].bytes;
    for (int i = 0; i < t->dims; i++)
        if (__builtin_mul_overflow(*bytes, t->shape[i], bytes))
            return bad(s, t->name, "the shape is too large for 64 bits");
    return OK;
}

static bool
is_count(const json_t *item)
{
    return json_is_integer(item) && json_integer_value(item) >= 0;
}

static int
parse_tensor(const struct safetensors *s, struct safetensors_tensor *t, const char *name,
    const json_t *entry)
{
    const json_t *shape = json_object_get(entry, "shape"),
                 *at = json_object_get(entry, "data_offsets");
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    uint64_t    end, bytes;
    int         rc, kind = 0;

    t->name = name;
    while (kind < DTYPES && (dtype == NULL || strcmp(dtypes[kind].name, dtype) != 0))
        kind++;
    if (kind == DTYPES)
        return bad(s, name, "its dtype is missing or unknown");
    t->dtype = (enum safetensors_dtype)kind;
    if (!json_is_array(shape) || json_array_size(shape) > SAFETENSORS_DIMS_MAX)
        return bad(s, name, "its shape is missing or has more than 8 dimensions");
    t->dims = (int)json_array_size(shape);
    for (int i = 0; i < t->dims; i++) {
        if (!is_count(json_array_get(shape, (size_t)i)))
            return bad(s, name, "its shape is not made of counts");
        t->shape[i] = (uint64_t)json_integer_value(json_array_get(shape, (size_t)i));
    }
    if (!json_is_array(at) || json_array_size(at) != 2 || !is_count(json_array_get(at, 0))
        || !is_count(json_array_get(at, 1)))
        return bad(s, name, "its data_offsets are not two counts");
    t->offset = (uint64_t)json_integer_value(json_array_get(at, 0));
    end = (uint64_t)json_integer_value(json_array_get(at, 1));
    rc = shape_bytes(s, t, &bytes);
    if (rc != OK)
        return rc;
    if (end < t->offset || end - t->offset != bytes)
        return bad(s, name, "its data_offsets do not fit its shape and dtype");
    t->bytes = bytes;
    return OK;
}

static int
by_offset(const void *a, const void *b)
{
    const struct safetensors_tensor *x = a, *y = b;

    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int
by_key(const void *a, const void *b)
{
    return strcmp(
        ((const struct safetensors_note *)a)->key, ((const struct safetensors_note *)b)->key);
}

static int
parse_notes(struct safetensors *s, json_t *object)
{
    const char *key;
    json_t     *value;

    if (!json_is_object(object))
        return err_set(ERR_FORMAT, "%s: \"__metadata__\" is not an object", s->path);
    s->note = calloc(json_object_size(object) + 1, sizeof *s->note);
    if (s->note == NULL)
        return err_set(ERR_MEMORY, "%s: no memory for the metadata", s->path);
    json_object_foreach (object, key, value) {
        if (!json_is_string(value))
            return err_set(ERR_FORMAT, "%s: \"__metadata__\" holds \"%s\", which is not a string",
                s->path, key);
        s->note[s->notes++] = (struct safetensors_note){ key, json_string_value(value) };
    }
    qsort(s->note, s->notes, sizeof *s->note, by_key);
    return OK;
}

static int
parse_entries(struct safetensors *s)
{
    const char *name;
    json_t     *value;
    int         rc;

    s->tensor = calloc(json_object_size(s->json) + 1, sizeof *s->tensor);
    if (s->tensor == NULL)
        return err_set(
            ERR_MEMORY, "%s: no memory for %zu tensors", s->path, json_object_size(s->json));
    json_object_foreach ((json_t *)s->json, name, value) {
        if (strcmp(name, "__metadata__") == 0)
            rc = parse_notes(s, value);
        else
            rc = parse_tensor(s, &s->tensor[s->tensors++], name, value);
        if (rc != OK)
            return rc;
    }
    qsort(s->tensor, s->tensors, sizeof *s->tensor, by_offset);
    return OK;
}

static int
check_layout(const struct safetensors *s)
{
    uint64_t filled = 0, data_bytes = s->file_bytes - s->data_start;

    for (size_t i = 0; i < s->tensors; i++) {
        const struct safetensors_tensor *t = &s->tensor[i];

        if (t->offset != filled)
            return bad(s, t->name, "its data overlaps another's or leaves a hole");
        filled += t->bytes; /* bytes and offset are below 2^63 each: no overflow */
        if (filled > data_bytes)
            return err_set(ERR_TRUNCATED,
                "%s: truncated: tensor \"%s\" ends at byte %" PRIu64 ", the file at %" PRIu64,
                s->path, t->name, s->data_start + filled, s->file_bytes);
    }
    if (filled != data_bytes)
        return err_set(ERR_FORMAT, "%s: %" PRIu64 " bytes behind the last tensor", s->path,
            data_bytes - filled);
    return OK;
}

static int
read_at(const struct safetensors *s, void *bytes, uint64_t offset, uint64_t len)
{
    ssize_t n = file_read_at(s->fd, bytes, len, offset);

    if (n < 0)
        return err_io("%s: cannot read at byte %" PRIu64, s->path, offset);
    if ((size_t)n < len)
        return err_set(ERR_TRUNCATED, "%s: truncated at byte %" PRIu64, s->path,
            offset + (uint64_t)n);
    return OK;
}

static int
read_head(struct safetensors *s)
{
    struct buf text = { 0 };
    uint64_t   len;
    int        rc;

    if (s->file_bytes < LENGTH_BYTES)
        return err_set(ERR_TRUNCATED, "%s: truncated: %" PRIu64 " bytes are no safetensors file",
            s->path, s->file_bytes);
    rc = read_at(s, &len, 0, LENGTH_BYTES);
    if (rc != OK)
        return rc;
    if (len > HEAD_MAX_BYTES)
        return err_set(
            ERR_FORMAT, "%s: not a safetensors file: a header of %" PRIu64 " bytes", s->path, len);
    if (len > s->file_bytes - LENGTH_BYTES)
        return err_set(ERR_TRUNCATED,
            "%s: truncated: the header ends at byte %" PRIu64 ", the file at %" PRIu64, s->path,
            len + LENGTH_BYTES, s->file_bytes);
    s->data_start = LENGTH_BYTES + len;
    rc = buf_reserve(&text, len);
    if (rc == OK)
        rc = read_at(s, text.bytes, LENGTH_BYTES, len);
    if (rc == OK && (len == 0 || text.bytes[0] != '{'))
        rc = err_set(
            ERR_FORMAT, "%s: not a safetensors file: the header does not begin with {", s->path);
    if (rc == OK)
        rc = jsontext_parse((json_t **)&s->json, text.bytes, len, s->path);
    buf_free(&text);
    if (rc == OK)
        rc = parse_entries(s);
    return rc == OK ? check_layout(s) : rc;
}

int
safetensors_open(struct safetensors *s, const char *path)
{
    struct stat st;
    int         rc;

    *s = (struct safetensors){ .fd = -1 };
    s->path = strdup(path);
    if (s->path == NULL)
        return err_set(ERR_MEMORY, "no memory: cannot open %s", path);
    s->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0 || fstat(s->fd, &st) != 0)
        rc = err_io("%s: cannot open", path);
    else if (!S_ISREG(st.st_mode))
        rc = err_set(ERR_IO, "%s: is not a regular file", path);
    else {
        s->file_bytes = (uint64_t)st.st_size;
        rc = read_head(s);
    }
    if (rc != OK)
        safetensors_close(s);
    return rc;
}

const struct safetensors_tensor *
safetensors_find(const struct safetensors *s, const char *name)
{
    for (size_t i = 0; i < s->tensors; i++)
        if (strcmp(s->tensor[i].name, name) == 0)
            return &s->tensor[i];
    return NULL;
}

const char *
safetensors_metadata(const struct safetensors *s, const char *key)
{
    for (size_t i = 0; i < s->notes; i++)
        if (strcmp(s->note[i].key, key) == 0)
            return s->note[i].text;
    return NULL;
}

int
safetensors_read(const struct safetensors *s, const struct safetensors_tensor *t, void *bytes,
    uint64_t from, uint64_t len)
{
    CHECK(from <= t->bytes && len <= t->bytes - from);
    return read_at(s, bytes, s->data_start + t->offset + from, len);
}

void
safetensors_close(struct safetensors *s)
{
    if (s->fd >= 0)
        close(s->fd);
    json_decref(s->json);
    free(s->path);
    free(s->tensor);
    free(s->note);
    *s = (struct safetensors){ .fd = -1 };
}

/* ---- writing ---- */

static int
by_dtype_and_name(const void *a, const void *b)
{
    const struct safetensors_tensor *x = a, *y = b;

    if (x->dtype != y->dtype)
        return x->dtype < y->dtype ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int
add_notes(struct buf *head, const struct safetensors_note *note, size_t notes)
{
    int rc = buf_adds(
        head, "{\"__metadata__\":{\"format\":\"pt\""); /* older readers insist on it */

    for (size_t i = 0; i < notes && rc == OK; i++) {
        CHECK(strcmp(note[i].key, "format") != 0);
        rc = buf_addc(head, ',');
        if (rc == OK)
            rc = quote_json(head, note[i].key, strlen(note[i].key));
        if (rc == OK)
            rc = buf_addc(head, ':');
        if (rc == OK)
            rc = quote_json(head, note[i].text, strlen(note[i].text));
    }
    return rc == OK ? buf_addc(head, '}') : rc;
}

static int
add_tensor(struct buf *head, const struct safetensors_tensor *t)
{
    int rc = buf_addc(head, ',');

    if (rc == OK)
        rc = quote_json(head, t->name, strlen(t->name));
    if (rc == OK)
        rc = buf_addf(head, ":{\"dtype\":\"%s\",\"shape\":[", dtypes[t->dtype].name);
    for (int i = 0; i < t->dims && rc == OK; i++)
        rc = buf_addf(head, "%s%" PRIu64, i > 0 ? "," : "", t->shape[i]);
    if (rc == OK)
        rc = buf_addf(
            head, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", t->offset, t->offset + t->bytes);
    return rc;
}

static int
write_hashed(struct safetensors_writer *w, const void *bytes, size_t len)
{
    XXH3_128bits_update(w->hash, bytes, len);
    return out_write(&w->out, bytes, len);
}

/* Fills in the offsets and writes everything before the data. */
static int
write_head(struct safetensors_writer *w, struct safetensors_tensor *tensor, size_t tensors,
    const struct safetensors_note *note, size_t notes)
{
    struct buf head = { 0 };
    uint64_t   len;
    int        rc = add_notes(&head, note, notes);

    for (size_t i = 0; i < tensors && rc == OK; i++) {
        struct safetensors_tensor *t = &tensor[i];

        CHECK(i == 0 || strcmp(tensor[i - 1].name, t->name) != 0);
        CHECK(strcmp(t->name, "__metadata__") != 0 && t->dims <= SAFETENSORS_DIMS_MAX);
        t->offset = w->data_bytes;
        t->bytes = dtypes[t->dtype].bytes;
        for (int j = 0; j < t->dims; j++)
            CHECK(!__builtin_mul_overflow(t->bytes, t->shape[j], &t->bytes));
        CHECK(!__builtin_add_overflow(w->data_bytes, t->bytes, &w->data_bytes));
        rc = add_tensor(&head, t);
    }
    if (rc == OK)
        rc = buf_addc(&head, '}');
    while (rc == OK && head.len % 8 != 0) /* the data stays aligned */
        rc = buf_addc(&head, ' ');
    len = head.len;
    if (rc == OK && len > HEAD_MAX_BYTES)
        rc = err_set(ERR_LIMIT, "%s: a header of %" PRIu64 " bytes; the format allows %d",
            out_name(&w->out), len, HEAD_MAX_BYTES);
    if (rc == OK)
        rc = write_hashed(w, &len, LENGTH_BYTES);
    if (rc == OK)
        rc = write_hashed(w, head.bytes, head.len);
    w->data_start = LENGTH_BYTES + len;
    buf_free(&head);
    return rc;
}

int
safetensors_create(struct safetensors_writer *w, const char *path,
    struct safetensors_tensor *tensor, size_t tensors, const struct safetensors_note *note,
    size_t notes)
{
    int rc;

    *w = (struct safetensors_writer){ .hash = XXH3_createState() };
    if (w->hash == NULL)
        return err_set(ERR_MEMORY, "no memory: cannot open %s", path);
    XXH3_128bits_reset(w->hash);
    if (tensors > 0)
        qsort(tensor, tensors, sizeof *tensor, by_dtype_and_name);
    rc = out_open(&w->out, path);
    if (rc != OK) {
        XXH3_freeState(w->hash);
        w->hash = NULL;
        return rc;
    }
    rc = write_head(w, tensor, tensors, note, notes);
    if (rc != OK)
        safetensors_abort(w);
    return rc;
}

int
safetensors_put(struct safetensors_writer *w, const void *bytes, size_t len)
{
    CHECK(w->out.offset + len <= w->data_start + w->data_bytes);
    return write_hashed(w, bytes, len);
}

int
safetensors_finish(struct safetensors_writer *w, char hex[HASH_HEX_BYTES], uint64_t *bytes)
{
    CHECK(w->out.offset == w->data_start + w->data_bytes);
    if (hex != NULL)
        hash_text(hex, XXH3_128bits_digest(w->hash));
    if (bytes != NULL)
        *bytes = w->out.offset;
    XXH3_freeState(w->hash);
    w->hash = NULL;
    return out_close(&w->out);
}

void
safetensors_abort(struct safetensors_writer *w)
{
    XXH3_freeState(w->hash);
    w->hash = NULL;
    out_abort(&w->out);
}

int
safetensors_save(const char *path, struct safetensors_tensor *tensor, size_t tensors,
    const struct safetensors_note *note, size_t notes, char hex[HASH_HEX_BYTES], uint64_t *bytes)
{
    struct safetensors_writer w;
    int                       rc = safetensors_create(&w, path, tensor, tensors, note, notes);

    if (rc != OK)
        return rc;
    for (size_t i = 0; i < tensors && rc == OK; i++)
        rc = safetensors_put(&w, tensor[i].data, tensor[i].bytes);
    if (rc == OK)
        return safetensors_finish(&w, hex, bytes);
    safetensors_abort(&w);
    return rc;
}
