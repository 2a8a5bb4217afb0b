/* vocabjson.c -- see vocabjson.h. */
#include "lib/vocabjson.h"

#include <jansson.h>
#include <string.h>

#include "lib/jsontext.h"
#include "lib/tokenizer.h"
#include "lib/utf8.h"

enum { BYTES = 256 }; /* tokens that ByteLevel begins with: one a byte */

static const char end_of_text[] = "<|endoftext|>", version[] = "#version";

static size_t
skip_space(const char *text, size_t len, size_t i)
{
    while (i < len && (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r')))
        i++;
    return i;
}

bool
vocabjson_is(const void *bytes, size_t len)
{
    const char *text = bytes;
    size_t      i = skip_space(text, len, 0);

    if (i == len || text[i] != '{')
        return false;
    i = skip_space(text, len, i + 1);
    if (i == len || text[i] != '"')
        return false;
    for (i++; i < len && text[i] != '"'; i++)
        if (text[i] == '\\')
            i++;
    i = skip_space(text, len, i + 1);
    if (i >= len || text[i] != ':')
        return false;
    i = skip_space(text, len, i + 1);
    return i < len && text[i] >= '0' && text[i] <= '9';
}

static int
add_line(json_t *list, const char *line, size_t len)
{
    const char *space = memchr(line, ' ', len);

    if (space == NULL || space == line || space == line + len - 1 || line[len - 1] == '\r'
        || memchr(space + 1, ' ', (size_t)(line + len - space - 1)) != NULL
        || utf8_bad(line, len) < len)
        return ERR_FORMAT;
    return json_array_append_new(list, json_stringn_nocheck(line, len)) == 0 ? OK : ERR_MEMORY;
}

static int
read_merges(json_t *list, const struct buf *merges, const char *name)
{
    size_t number = 0;

    for (size_t at = 0; at < merges->len;) {
        const char *line = merges->bytes + at, *end = memchr(line, '\n', merges->len - at);
        size_t      len = end != NULL ? (size_t)(end - line) : merges->len - at;
        int         rc = OK;

        number++;
        at += len + 1;
        if (len < sizeof version - 1 || memcmp(line, version, sizeof version - 1) != 0)
            rc = add_line(list, line, len);
        if (rc == ERR_FORMAT)
            return err_set(rc, "%s: line %zu is not a pair of tokens with one space between", name,
                number);
        if (rc != OK)
            return err_set(rc, "%s: no memory", name);
    }
    return OK;
}

/* Others than GPT-2 publish two files of this kind and mean other things by them: CLIP has a
 * suffix, RoBERTa a template.  What is GPT-2's is all accounted for. */
static int
check_count(const json_t *vocab, const json_t *merges, const char *vocab_name,
    const char *merges_name)
{
    size_t tokens = json_object_size(vocab), made = json_array_size(merges);

    if (json_object_get(vocab, end_of_text) == NULL)
        return err_set(ERR_FORMAT, "%s: not a vocabulary of GPT-2's kind: the token %s is missing",
            vocab_name, end_of_text);
    if (tokens != made + BYTES + 1)
        return err_set(ERR_FORMAT, "%s: not a vocabulary of GPT-2's kind: it has %zu tokens, and "
            "%d bytes, %zu merges in %s and %s make %zu", vocab_name, tokens, BYTES, made,
            merges_name, end_of_text, made + BYTES + 1);
    return OK;
}

static json_t *
whole(json_t *vocab, json_t *merges)
{
    static const char bytes[] = "{s:s, s:b, s:b, s:b}";
    json_t *level[3], *added, *model;

    for (int i = 0; i < 3; i++) /* pre-tokenizer, post-processor, decoder */
        level[i] = json_pack(bytes, "type", "ByteLevel", "add_prefix_space", 0, "trim_offsets", 1,
            "use_regex", 1);
    added = json_pack("{s:O, s:s, s:b, s:b, s:b, s:b, s:b}", "id",
        json_object_get(vocab, end_of_text), "content", end_of_text, "single_word", 0, "lstrip", 0,
        "rstrip", 0, "normalized", 0, "special", 1);
    model = json_pack("{s:s, s:n, s:n, s:n, s:n, s:b, s:b, s:b, s:O, s:O}", "type", "BPE",
        "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", 0,
        "byte_fallback", 0, "ignore_merges", 0, "vocab", vocab, "merges", merges);
    return json_pack("{s:s, s:n, s:n, s:[o], s:n, s:o, s:o, s:o, s:o}", "version", "1.0",
        "truncation", "padding", "added_tokens", added, "normalizer", "pre_tokenizer", level[0],
        "post_processor", level[1], "decoder", level[2], "model", model);
}

int
vocabjson_json(struct buf *json, const struct buf *vocab, const struct buf *merges,
    const char *vocab_name, const char *merges_name)
{
    json_t *tokens, *list = json_array(), *root = NULL;
    int     rc = jsontext_parse(&tokens, vocab->bytes, vocab->len, vocab_name);

    if (rc == OK)
        rc = read_merges(list, merges, merges_name);
    if (rc == OK)
        rc = check_count(tokens, list, vocab_name, merges_name);
    if (rc == OK) {
        root = whole(tokens, list);
        rc = root != NULL ? jsontext_dump(json, root)
                          : err_set(ERR_MEMORY, "%s: no memory", vocab_name);
    }
    json_decref(root);
    json_decref(list);
    json_decref(tokens);
    return rc;
}
