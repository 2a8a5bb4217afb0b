/* jsontext.c -- see jsontext.h. */
#include "lib/jsontext.h"

int
jsontext_parse(json_t **root, const void *bytes, size_t len, const char *where)
{
    json_error_t error;

    *root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
    if (*root == NULL)
        return err_set(ERR_FORMAT, "%s: not JSON, line %d: %s", where, error.line, error.text);
    if (!json_is_object(*root)) {
        json_decref(*root);
        *root = NULL;
        return err_set(ERR_FORMAT, "%s: not a JSON object", where);
    }
    return OK;
}

static int
wrong(const char *key, const char *want, const char *where)
{
    return err_set(ERR_FORMAT, "%s: \"%s\" is missing or is not %s", where, key, want);
}

int
jsontext_u64(
    const json_t *object, const char *key, uint64_t max, uint64_t *value, const char *where)
{
    const json_t *item = json_object_get(object, key);

    if (!json_is_integer(item) || json_integer_value(item) < 0)
        return wrong(key, "a count", where);
    *value = (uint64_t)json_integer_value(item);
    if (*value > max)
        return err_set(ERR_LIMIT, "%s: \"%s\" is %llu; at most %llu is allowed", where, key,
            (unsigned long long)*value, (unsigned long long)max);
    return OK;
}

int
jsontext_real(const json_t *object, const char *key, double *value, const char *where)
{
    const json_t *item = json_object_get(object, key);

    if (!json_is_number(item))
        return wrong(key, "a number", where);
    *value = json_number_value(item);
    return OK;
}

int
jsontext_string(const json_t *object, const char *key, const char **text, const char *where)
{
    const json_t *item = json_object_get(object, key);

    if (!json_is_string(item))
        return wrong(key, "a string", where);
    *text = json_string_value(item);
    return OK;
}

int
jsontext_object(const json_t *object, const char *key, const json_t **value, const char *where)
{
    *value = json_object_get(object, key);
    return json_is_object(*value) ? OK : wrong(key, "an object", where);
}

int
jsontext_array(const json_t *object, const char *key, const json_t **value, const char *where)
{
    *value = json_object_get(object, key);
    return json_is_array(*value) ? OK : wrong(key, "an array", where);
}

static int
dump(const char *bytes, size_t len, void *text)
{
    return buf_add(text, bytes, len) == OK ? 0 : -1;
}

int
jsontext_dump(struct buf *text, const json_t *value)
{
    if (json_dump_callback(value, dump, text, JSON_COMPACT | JSON_PRESERVE_ORDER) != 0)
        return err_set(ERR_MEMORY, "no memory for a JSON text");
    return OK;
}
