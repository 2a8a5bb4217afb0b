/* notefile.c -- see notefile.h. */
#include "model/notefile.h"

#include <string.h>

static size_t
elements_of(const struct model *m)
{
    return (size_t)m->notebook->table.rows * (size_t)m->notebook->table.cols;
}

static size_t
piece_of(size_t all, size_t first)
{
    return all - first < MODEL_PIECE ? all - first : MODEL_PIECE;
}

static enum safetensors_dtype
dtype_of(const struct model *m)
{
    return m->wide == F64 ? SAFETENSORS_F64 : SAFETENSORS_F32;
}

static void
hash_words(char hex[HASH_HEX_BYTES], const struct model *m)
{
    CHECK(m->notebook->words != NULL);
    hash_hex(hex, m->notebook->words->bytes, m->notebook->words->len);
}

int
notefile_save(struct model *m, const char *path, char hex[HASH_HEX_BYTES], uint64_t *bytes)
{
    char                      words[HASH_HEX_BYTES];
    struct safetensors_note   note = { "notes_hash", words };
    struct safetensors_tensor tensor = { .name = "notes", .dtype = dtype_of(m), .dims = 2,
        .shape = { (uint64_t)m->config.notes.words, (uint64_t)m->config.hidden } };
    struct safetensors_writer w;
    size_t                    all = elements_of(m);
    float                    *narrow = m->host;
    int                       rc;

    hash_words(words, m);
    if ((rc = safetensors_create(&w, path, &tensor, 1, &note, 1)) != OK)
        return rc;
    for (size_t first = 0; first < all && rc == OK; first += MODEL_PIECE) {
        size_t count = piece_of(all, first);

        notebook_get(m, first, count, m->values);
        if (m->wide == F64) {
            rc = safetensors_put(&w, m->values, count * sizeof *m->values);
            continue;
        }
        for (size_t i = 0; i < count; i++)
            narrow[i] = (float)m->values[i];
        rc = safetensors_put(&w, narrow, count * sizeof *narrow);
    }
    if (rc == OK)
        rc = op_sync(m->backend);
    if (rc == OK)
        return safetensors_finish(&w, hex, bytes);
    safetensors_abort(&w);
    return rc;
}

static int
read_values(struct model *m, const struct safetensors *file, const struct safetensors_tensor *t)
{
    size_t       all = elements_of(m), size = dtype_bytes(m->wide);
    const float *narrow = m->host;

    for (size_t first = 0; first < all; first += MODEL_PIECE) {
        size_t count = piece_of(all, first);
        void  *to = m->wide == F64 ? (void *)m->values : m->host;
        int    rc = safetensors_read(file, t, to, first * size, count * size);

        if (rc != OK)
            return rc;
        for (size_t i = 0; i < count && m->wide != F64; i++)
            m->values[i] = (double)narrow[i];
        notebook_set(m, first, count, m->values);
    }
    return OK;
}

int
notefile_load(struct model *m, const char *path)
{
    const struct safetensors_tensor *t;
    struct safetensors               file;
    const char                      *then;
    char                             words[HASH_HEX_BYTES];
    int                              rc = safetensors_open(&file, path);

    if (rc != OK)
        return rc;
    hash_words(words, m);
    t = safetensors_find(&file, "notes");
    then = safetensors_metadata(&file, "notes_hash");
    if (t == NULL || t->dims != 2 || t->dtype != dtype_of(m) ||
        t->shape[0] != (uint64_t)m->config.notes.words ||
        t->shape[1] != (uint64_t)m->config.hidden)
        rc = err_set(ERR_MISMATCH, "%s: has no tensor \"notes\" of %d x %d", path,
            m->config.notes.words, m->config.hidden);
    else if (then == NULL || strcmp(then, words) != 0)
        rc = err_set(ERR_MISMATCH, "%s: notes of other words: the hash of notes.tsv is %s there "
            "and %s here", path, then ? then : "missing", words);
    else
        rc = read_values(m, &file, t);
    safetensors_close(&file);
    return rc;
}
