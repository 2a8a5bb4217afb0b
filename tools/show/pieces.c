/* pieces.c -- ids as strings, by the vocabulary in a tokenizer.json: that alone is needed, so any
 * model of Hugging Face tokenizers will do. */
#include "tools/show/show.h"

#include <stdlib.h>
#include <string.h>

#include "lib/jsontext.h"

static void
name_id(struct pieces *p, const json_t *id, const char *piece)
{
    if (piece != NULL && json_is_integer(id) && json_integer_value(id) >= 0
        && json_integer_value(id) < p->vocab_size)
        p->piece[json_integer_value(id)] = piece;
}

int
pieces_open(struct pieces *p, const struct buf *tokenizer, uint32_t vocab_size, const char *where)
{
    const json_t *vocab, *added;
    const char   *piece;
    json_t       *value;
    size_t        i;
    int           rc;

    *p = (struct pieces){ .vocab_size = vocab_size };
    rc = jsontext_parse(&p->root, tokenizer->bytes, tokenizer->len, where);
    if (rc != OK)
        return rc;
    p->piece = calloc(vocab_size, sizeof *p->piece);
    if (p->piece == NULL) {
        pieces_close(p);
        return err_set(ERR_MEMORY, "%s: no memory for %u pieces", where, vocab_size);
    }
    vocab = json_object_get(json_object_get(p->root, "model"), "vocab");
    added = json_object_get(p->root, "added_tokens");
    if (json_is_object(vocab))
        json_object_foreach ((json_t *)vocab, piece, value)
            name_id(p, value, piece);
    json_array_foreach (vocab, i, value) /* Unigram: an array of pairs, in order of id */
        if (i < vocab_size)
            p->piece[i] = json_string_value(json_array_get(value, 0));
    json_array_foreach (added, i, value)
        name_id(
            p, json_object_get(value, "id"), json_string_value(json_object_get(value, "content")));
    return OK;
}

void
pieces_close(struct pieces *p)
{
    json_decref(p->root);
    free(p->piece);
    *p = (struct pieces){ 0 };
}

int
pieces_print(struct out *out, const struct pieces *p, const uint32_t *ids, uint32_t count)
{
    int rc = OK;

    for (uint32_t i = 0; i < count && rc == OK; i++) {
        const char *piece = ids[i] < p->vocab_size ? p->piece[ids[i]] : NULL;

        if (i > 0)
            rc = out_write(out, " ", 1);
        if (rc == OK)
            rc = piece != NULL ? out_puts(out, piece) : out_printf(out, "<%u>", ids[i]);
    }
    return rc == OK ? out_write(out, "\n", 1) : rc;
}
