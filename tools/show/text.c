/* text.c -- the text files of the suite: tokenizer.json, and tables of words and counts. */
#include "tools/show/show.h"

#include <stdio.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/jsontext.h"

enum { TEXT_MAX_BYTES = 1 << 30, HEAD_ROWS = 10 };

static void
add_type(json_t *report, const json_t *root, const char *key)
{
    const json_t *part = json_object_get(root, key);
    const char   *type = json_string_value(json_object_get(part, "type"));

    if (part != NULL)
        report_string(report, key, type != NULL ? type : "none");
}

int
tokenizer_show(json_t *report, const char *path, struct ask *ask)
{
    struct buf    text = { 0 };
    json_t       *root = NULL;
    const json_t *model, *vocab;
    char          hex[HASH_HEX_BYTES];
    int           rc = file_read_all(&text, path, TEXT_MAX_BYTES);

    (void)ask;
    if (rc == OK)
        rc = jsontext_parse(&root, text.bytes, text.len, path);
    model = json_object_get(root, "model");
    vocab = json_object_get(model, "vocab");
    if (rc == OK && !json_is_object(vocab) && !json_is_array(vocab))
        rc = err_set(
            ERR_FORMAT, "%s: JSON, but no tokenizer.json: it has no model with a vocab", path);
    if (rc == OK) {
        hash_hex(hex, text.bytes, text.len);
        report_string(report, "kind", "tokenizer");
        add_type(report, root, "normalizer");
        add_type(report, root, "pre_tokenizer");
        add_type(report, root, "post_processor");
        add_type(report, root, "decoder");
        add_type(report, root, "model");
        report_count(report, "vocab_size",
            json_is_object(vocab) ? json_object_size(vocab) : json_array_size(vocab));
        report_count(report, "merges", json_array_size(json_object_get(model, "merges")));
        report_count(
            report, "added_tokens", json_array_size(json_object_get(root, "added_tokens")));
        report_count(report, "bytes", text.len);
        report_string(report, "xxh3_128", hex);
    }
    json_decref(root);
    buf_free(&text);
    return rc;
}

/* A row "word<TAB>count"; *next behind its newline.  ERR_FORMAT naming the line. */
static int
parse_row(char *row, char **next, uint64_t *count, const char *path, uint64_t line)
{
    char *end = strchr(row, '\n'), *tab = strchr(row, '\t');

    *count = 0;
    *next = row;
    if (end == NULL)
        return err_set(ERR_TRUNCATED, "%s: line %llu has no newline at its end", path,
            (unsigned long long)line);
    if (tab == NULL || tab > end || tab == row || tab + 1 == end)
        return err_set(ERR_FORMAT, "%s: line %llu is not a word, a tab and a count", path,
            (unsigned long long)line);
    for (char *at = tab + 1; at < end; at++) {
        if (*at < '0' || *at > '9' || __builtin_mul_overflow(*count, 10, count)
            || __builtin_add_overflow(*count, (uint64_t)(*at - '0'), count))
            return err_set(ERR_FORMAT, "%s: the count of line %llu is no number", path,
                (unsigned long long)line);
    }
    *tab = '\0';
    *next = end + 1;
    return OK;
}

int
words_show(json_t *report, const char *path, struct ask *ask)
{
    struct buf text = { 0 };
    json_t    *head = json_object();
    uint64_t   rows = 0, total = 0, count = 0, once = 0,
             limit = ask->limit > 0 ? (uint64_t)ask->limit : HEAD_ROWS;
    char *row, *next;
    int   rc = file_read_all(&text, path, TEXT_MAX_BYTES);

    for (row = text.bytes; rc == OK && row < text.bytes + text.len; row = next) {
        rc = parse_row(row, &next, &count, path, rows + 1);
        if (rc != OK)
            break;
        total += count;
        once += count == 1;
        if (rows++ < limit)
            report_count(head, row, count);
    }
    if (rc == OK) {
        report_string(report, "kind", "table of words");
        report_count(report, "words", rows);
        report_count(report, "occurrences", total);
        report_count(report, "seen_once", once);
        json_object_set(report, "head", head);
    }
    json_decref(head);
    buf_free(&text);
    return rc;
}
