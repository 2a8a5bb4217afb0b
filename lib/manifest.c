/* manifest.c -- see manifest.h. */
#include "lib/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"

static const char key[] = "\"check\": \"", tail[] = "\"\n}\n";

enum { DIGITS = HASH_HEX_BYTES - 1, SEAL_BYTES = sizeof key - 1 + DIGITS + sizeof tail - 1 };

int
manifest_text(struct buf *text, const json_t *root)
{
    char   hex[HASH_HEX_BYTES];
    size_t start = text->len;
    char  *json = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    size_t len;
    int    rc;

    if (json == NULL)
        return err_set(ERR_MEMORY, "no memory: cannot write the manifest");
    len = strlen(json);
    CHECK(len > 4 && json_object_get(root, "check") == NULL);
    rc = buf_add(text, json, len - 2); /* without "\n}" */
    if (rc == OK)
        rc = buf_adds(text, ",\n  ");
    free(json);
    if (rc != OK)
        return rc;
    hash_hex(hex, text->bytes + start, text->len - start);
    return buf_addf(text, "%s%s%s", key, hex, tail);
}

int
manifest_parse(json_t **root, const void *bytes, size_t len, const char *where)
{
    const char *seal;
    char        hex[HASH_HEX_BYTES];

    *root = NULL;
    if (len < SEAL_BYTES)
        return err_set(ERR_TRUNCATED, "%s: truncated: it does not end with its check", where);
    seal = (const char *)bytes + len - SEAL_BYTES;
    if (memcmp(seal, key, sizeof key - 1) != 0
        || memcmp(seal + SEAL_BYTES - (sizeof tail - 1), tail, sizeof tail - 1) != 0)
        return err_set(
            ERR_TRUNCATED, "%s: truncated or damaged: it does not end with its check", where);
    hash_hex(hex, bytes, len - SEAL_BYTES);
    if (memcmp(hex, seal + sizeof key - 1, DIGITS) != 0)
        return err_set(
            ERR_FORMAT, "%s: damaged or edited by hand: its check does not fit its text", where);
    return jsontext_parse(root, bytes, len, where);
}
