/* text.c -- the text files of the suite: tokenizer.json, and tables of words and counts. */
#include "tools/show/show.h"

#include "lib/hash.h"
#include "lib/jsontext.h"
#include "lib/utf8.h"
#include "lib/words.h"

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

/* A word as JSON and a terminal can have it: what is not UTF-8 and NUL are shown as U+FFFD. */
static int
add_row(json_t *head, const struct wordmap_word *word, uint64_t count)
{
    struct buf key = { 0 }, raw = { 0 };
    uint64_t   bad;
    int        rc = buf_add(&raw, word->bytes, word->len);

    for (size_t i = 0; i < raw.len; i++)
        if (raw.bytes[i] == '\0')
            raw.bytes[i] = (char)0xFF;
    if (rc == OK)
        rc = utf8_mend(&key, &bad, raw.bytes, raw.len, "\xEF\xBF\xBD");
    if (rc == OK)
        report_count(head, key.bytes, count);
    buf_free(&raw);
    buf_free(&key);
    return rc;
}

int
words_show(json_t *report, const char *path, struct ask *ask)
{
    struct words        words;
    struct wordmap_word word;
    json_t             *head = json_object();
    uint64_t            rows = 0, total = 0, count = 0, once = 0,
             limit = ask->limit > 0 ? (uint64_t)ask->limit : HEAD_ROWS;
    int rc = words_open(&words, path, true), more;

    if (rc != OK) {
        json_decref(head);
        return rc;
    }
    while ((more = words_get(&words, &word, &count)) == 1 && rc == OK) {
        if (__builtin_add_overflow(total, count, &total))
            rc = err_set(ERR_FORMAT, "%s:%llu: the total passes 2^64 - 1", path,
                (unsigned long long)words.line);
        once += count == 1;
        if (rc == OK && rows++ < limit)
            rc = add_row(head, &word, count);
    }
    if (rc == OK)
        rc = more;
    if (rc == OK) {
        report_string(report, "kind", "table of words");
        report_count(report, "words", rows);
        report_count(report, "occurrences", total);
        report_count(report, "seen_once", once);
        json_object_set(report, "head", head);
    }
    json_decref(head);
    words_close(&words);
    return rc;
}
