/* safetensors.h -- files of named tensors, as Hugging Face reads and writes them.
 *
 *     u64 N                 little-endian; N is at most 100,000,000
 *     N bytes of JSON       first byte '{', may end in spaces; one entry a tensor
 *                               "name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}
 *                           and "__metadata__", an object of strings
 *     data                  offsets count from here
 *
 * The rules are those of the reference implementation: ordered by offset the tensors fill the data
 * from first to last byte without hole or overlap, each is as long as its shape and dtype say, no
 * name occurs twice.  A file that breaks one is refused before anything is allocated by it.  NaN
 * and infinity are not looked at.  Little-endian, row-major. */
#ifndef LIB_SAFETENSORS_H
#define LIB_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/file.h"
#include "lib/hash.h"

/* In the order of a file: the wider first, so that all data is aligned. */
enum safetensors_dtype {
    SAFETENSORS_U64,
    SAFETENSORS_I64,
    SAFETENSORS_F64,
    SAFETENSORS_F32,
    SAFETENSORS_U32,
    SAFETENSORS_I32,
    SAFETENSORS_BF16,
    SAFETENSORS_F16,
    SAFETENSORS_U16,
    SAFETENSORS_I16,
    SAFETENSORS_I8,
    SAFETENSORS_U8,
    SAFETENSORS_BOOL
};

enum { SAFETENSORS_DIMS_MAX = 8 };

struct safetensors_tensor {
    const char            *name; /* of a reader: kept by it; of a writer: the caller's */
    enum safetensors_dtype dtype;
    int                    dims; /* 0: a scalar */
    uint64_t               shape[SAFETENSORS_DIMS_MAX];
    uint64_t               offset, bytes; /* within the data; a writer fills them in */
    const void            *data;          /* safetensors_save only: where the values are */
};

/* A string that describes the file: "__metadata__".  `"format":"pt"` is always written. */
struct safetensors_note {
    const char *key, *text;
};

const char *safetensors_dtype_name(enum safetensors_dtype dtype);
uint64_t    safetensors_dtype_bytes(enum safetensors_dtype dtype);

/* ---- reading ---- */

struct safetensors {
    int                        fd;
    char                      *path;
    uint64_t                   data_start, file_bytes;
    size_t                     tensors, notes;
    struct safetensors_tensor *tensor; /* in order of offset */
    struct safetensors_note   *note;   /* in order of key */
    void                      *json;   /* holds the strings */
};

/* safetensors_open -- read and check the header.  Errors: ERR_IO, ERR_FORMAT, ERR_TRUNCATED,
 * ERR_LIMIT, ERR_MEMORY; the sentence names file and tensor. */
MUST int safetensors_open(struct safetensors *s, const char *path);
/* safetensors_find -- NULL if there is none of that name. */
const struct safetensors_tensor *safetensors_find(const struct safetensors *s, const char *name);
/* safetensors_metadata -- the text under `key` in "__metadata__", or NULL. */
const char *safetensors_metadata(const struct safetensors *s, const char *key);
/* safetensors_read -- bytes [from, from + len) of the tensor.  Any thread, any order. */
MUST int safetensors_read(const struct safetensors *s, const struct safetensors_tensor *t,
    void *bytes, uint64_t from, uint64_t len);
void     safetensors_close(struct safetensors *s);

/* ---- writing ---- */

struct safetensors_writer {
    struct out    out;
    uint64_t      data_start, data_bytes;
    XXH3_state_t *hash; /* of the file so far */
};

/* safetensors_create -- begin PATH.  Sorts `tensor` into the order of the file (by dtype, then
 * by name) and fills in offset and bytes; the data must then come in that order,
 * in pieces of any size.  `note` may be NULL. */
MUST int safetensors_create(struct safetensors_writer *w, const char *path,
    struct safetensors_tensor *tensor, size_t tensors, const struct safetensors_note *note,
    size_t notes);
MUST int safetensors_put(struct safetensors_writer *w, const void *bytes, size_t len);
/* safetensors_finish -- sync, rename; all data must have come.  `hex` gets XXH3-128 of the file
 * and *bytes its size; both may be NULL. */
MUST int safetensors_finish(
    struct safetensors_writer *w, char hex[HASH_HEX_BYTES], uint64_t *bytes);
void safetensors_abort(struct safetensors_writer *w);

/* safetensors_save -- the three together, for tensors whose `data` is in host memory. */
MUST int safetensors_save(const char *path, struct safetensors_tensor *tensor, size_t tensors,
    const struct safetensors_note *note, size_t notes, char hex[HASH_HEX_BYTES], uint64_t *bytes);

#endif
