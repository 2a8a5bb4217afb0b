/* seal.c -- see seal.h. */
#include "model/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/file.h"
#include "lib/jsontext.h"

enum { TRAINER_BYTES_MAX = 64 << 20, PIECE_BYTES = 1 << 20 };

static int
hash_of_file(char hex[HASH_HEX_BYTES], uint64_t *bytes, const char *path)
{
    XXH3_state_t *hash = XXH3_createState();
    struct buf    piece = { 0 };
    struct in     in;
    size_t        got = 1;
    int           rc = in_open(&in, path);

    if (rc != OK) {
        XXH3_freeState(hash);
        return rc;
    }
    if (hash == NULL)
        rc = err_set(ERR_MEMORY, "%s: no memory to check it", path);
    else
        rc = buf_reserve(&piece, PIECE_BYTES);
    if (rc == OK)
        XXH3_128bits_reset(hash);
    while (rc == OK && got > 0) {
        rc = in_read(&in, piece.bytes, PIECE_BYTES, &got);
        if (rc == OK && got > 0)
            XXH3_128bits_update(hash, piece.bytes, got);
    }
    if (rc == OK) {
        XXH128_hash_t digest = XXH3_128bits_digest(hash);

        snprintf(hex, HASH_HEX_BYTES, "%016" PRIx64 "%016" PRIx64, digest.high64, digest.low64);
        *bytes = in.offset;
    }
    buf_free(&piece);
    in_close(&in);
    XXH3_freeState(hash);
    return rc;
}

/* The hash of trainer.json itself is that of its object without the hash, in a fixed spelling. */
static int
hash_of_object(char hex[HASH_HEX_BYTES], const json_t *object, const char *path)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);

    if (text == NULL)
        return err_set(ERR_MEMORY, "%s: no memory for it", path);
    hash_hex(hex, text, strlen(text));
    free(text);
    return OK;
}

int
seal_add(json_t *files, const char *dir, const char *name, const char *hex, uint64_t bytes)
{
    char    path[PATH_BYTES], found[HASH_HEX_BYTES];
    json_t *entry;
    int     rc = path_join(path, dir, name);

    if (rc == OK && hex == NULL) {
        rc = hash_of_file(found, &bytes, path);
        hex = found;
    }
    if (rc != OK)
        return rc;
    entry = json_pack("{s:I, s:s}", "bytes", (json_int_t)bytes, "xxh3_128", hex);
    if (entry == NULL || json_object_set_new(files, name, entry) != 0)
        return err_set(ERR_MEMORY, "%s: no memory for trainer.json", dir);
    return OK;
}

static int
write_root(const char *path, json_t *root)
{
    char  hex[HASH_HEX_BYTES];
    char *text;
    int   rc = hash_of_object(hex, root, path);

    if (rc != OK)
        return rc;
    if (json_object_set_new(root, "xxh3_128", json_string(hex)) != 0)
        return err_set(ERR_MEMORY, "%s: no memory for it", path);
    text = json_dumps(root, JSON_INDENT(2) | JSON_SORT_KEYS);
    if (text == NULL)
        return err_set(ERR_MEMORY, "%s: no memory for it", path);
    rc = file_write_all(path, text, strlen(text));
    free(text);
    return rc;
}

int
seal_write(const char *dir, const json_t *trainer, json_t *files)
{
    char    path[PATH_BYTES];
    json_t *root;
    int     rc = path_join(path, dir, "trainer.json");

    CHECK(json_is_object(trainer));
    if (rc != OK)
        return rc;
    root = json_deep_copy(trainer);
    if (root != NULL && json_object_set(root, "files", files) == 0)
        rc = write_root(path, root);
    else
        rc = err_set(ERR_MEMORY, "%s: no memory for it", path);
    json_decref(root);
    return rc;
}

int
seal_read(json_t **root, const char *dir)
{
    struct buf  bytes = { 0 };
    char        path[PATH_BYTES], hex[HASH_HEX_BYTES], told[HASH_HEX_BYTES];
    const char *text;
    int         rc = path_join(path, dir, "trainer.json");

    if (rc != OK)
        return rc;
    rc = file_read_all(&bytes, path, TRAINER_BYTES_MAX);
    if (rc == OK)
        rc = jsontext_parse(root, bytes.bytes, bytes.len, path);
    buf_free(&bytes);
    if (rc != OK)
        return rc;
    if ((rc = jsontext_string(*root, "xxh3_128", &text, path)) == OK) {
        snprintf(told, sizeof told, "%s", text);
        json_object_del(*root, "xxh3_128");
        rc = hash_of_object(hex, *root, path);
        if (rc == OK && strcmp(hex, told) != 0)
            rc = err_set(ERR_FORMAT, "%s: damaged: its checksum is %s, not %s", path, hex, told);
    }
    if (rc != OK)
        json_decref(*root);
    return rc;
}

static int
verify_file(const char *dir, const char *name, const json_t *files, const char *where)
{
    const json_t *entry;
    const char   *told;
    char          path[PATH_BYTES], hex[HASH_HEX_BYTES];
    uint64_t      bytes, told_bytes;
    struct stat   st;
    int           rc;

    if ((rc = jsontext_object(files, name, &entry, where)) != OK ||
        (rc = jsontext_u64(entry, "bytes", INT64_MAX, &told_bytes, where)) != OK ||
        (rc = jsontext_string(entry, "xxh3_128", &told, where)) != OK ||
        (rc = path_join(path, dir, name)) != OK)
        return rc;
    if (stat(path, &st) != 0)
        return err_io("%s", path);
    if ((uint64_t)st.st_size != told_bytes)
        return err_set((uint64_t)st.st_size < told_bytes ? ERR_TRUNCATED : ERR_FORMAT,
            "%s: damaged: it has %" PRIu64 " bytes, not %" PRIu64, path, (uint64_t)st.st_size,
            told_bytes);
    if ((rc = hash_of_file(hex, &bytes, path)) != OK)
        return rc;
    if (bytes != told_bytes || strcmp(hex, told) != 0)
        return err_set(ERR_FORMAT, "%s: damaged: its checksum is %s, not %s", path, hex, told);
    return OK;
}

/* All that trainer.json vouches for. */
static int
verify_files(const char *dir, const json_t *files, const char *where)
{
    const char *name;
    json_t     *entry;
    int         rc = OK;

    json_object_foreach((json_t *)(uintptr_t)files, name, entry) {
        if (name[0] == '\0' || strchr(name, '/') != NULL)
            return err_set(ERR_FORMAT, "%s: \"%s\" is not the name of a file", where, name);
        if ((rc = verify_file(dir, name, files, where)) != OK)
            return rc;
    }
    return rc;
}

int
seal_verify(json_t **root, const char *dir, const char *const *names, size_t count)
{
    char          where[PATH_BYTES];
    const json_t *files, *entry;
    int           rc = path_join(where, dir, "trainer.json");

    if (rc != OK || (rc = seal_read(root, dir)) != OK)
        return rc;
    rc = jsontext_object(*root, "files", &files, where);
    for (size_t i = 0; rc == OK && i < count; i++)
        rc = jsontext_object(files, names[i], &entry, where);
    if (rc == OK)
        rc = verify_files(dir, files, where);
    if (rc != OK)
        json_decref(*root);
    return rc;
}
