/* neighbours.c -- which notes of a checkpoint are near that of a word: do they mean something?
 *
 * Near is the cosine of the angle between two notes.  Rows of the table pass through memory in
 * pieces; the best so far are kept in order. */
#include "tools/show/show.h"

#include <math.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/notes.h"
#include "lib/safetensors.h"

enum { PIECE_VALUES = 1 << 18, SHOWN = 10 };

struct neighbour {
    uint32_t word;
    double   cosine;
};

struct search {
    struct notes                     notes;
    struct safetensors               file;
    const struct safetensors_tensor *tensor;
    uint64_t                         width;
    uint32_t                         word;
    bool                             is_open; /* the file */
    struct buf                       own, rows, best;
};

static double
dot(const float *a, const float *b, uint64_t count)
{
    double sum = 0;

    for (uint64_t i = 0; i < count; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Words and notes of the checkpoint, which must belong together. */
static int
open_notes(struct search *s, const char *dir)
{
    char        path[PATH_BYTES], hex[HASH_HEX_BYTES];
    const char *then;
    struct buf  words = { 0 };
    int         rc = path_join(path, dir, "notes.tsv");

    if (rc == OK)
        rc = file_read_all(&words, path, NOTES_BYTES_MAX);
    if (rc == OK)
        rc = notes_open(&s->notes, words.bytes, words.len, path);
    if (rc == OK)
        hash_hex(hex, words.bytes, words.len);
    buf_free(&words);
    if (rc == OK)
        rc = path_join(path, dir, "notes.safetensors");
    if (rc == OK)
        rc = safetensors_open(&s->file, path);
    s->is_open = rc == OK;
    if (rc != OK)
        return rc;
    s->tensor = safetensors_find(&s->file, "notes");
    then = safetensors_metadata(&s->file, "notes_hash");
    if (s->tensor == NULL || s->tensor->dims != 2 || s->tensor->dtype != SAFETENSORS_F32
        || s->tensor->shape[0] != notes_count(&s->notes) || s->tensor->shape[1] < 1
            || s->tensor->shape[1] > PIECE_VALUES)
        return err_set(ERR_FORMAT, "%s: no tensor \"notes\" of a row for each of %u words", path,
            (unsigned)notes_count(&s->notes));
    if (then == NULL || strcmp(then, hex) != 0)
        return err_set(ERR_MISMATCH, "%s: notes of other words than those of notes.tsv", path);
    s->width = s->tensor->shape[1];
    return OK;
}

static int
read_rows(struct search *s, struct buf *to, uint64_t first, uint64_t count)
{
    uint64_t row_bytes = s->width * sizeof(float);
    int      rc;

    buf_reset(to);
    rc = buf_reserve(to, count * row_bytes);
    return rc == OK
        ? safetensors_read(&s->file, s->tensor, to->bytes, first * row_bytes, count * row_bytes)
        : rc;
}

/* Into its place among the best `most`; of equals the earlier word stays before. */
static void
place(struct neighbour *best, size_t *count, size_t most, struct neighbour one)
{
    size_t at = *count;

    while (at > 0 && best[at - 1].cosine < one.cosine)
        at--;
    if (at >= most)
        return;
    if (*count < most)
        ++*count;
    memmove(best + at + 1, best + at, (*count - at - 1) * sizeof *best);
    best[at] = one;
}

static int
search(struct search *s, size_t most, size_t *found)
{
    uint64_t          words = notes_count(&s->notes), piece = PIECE_VALUES / s->width;
    struct neighbour *best;
    const float      *own;
    double            length;
    int               rc = read_rows(s, &s->own, s->word, 1);

    if (rc == OK)
        rc = buf_reserve(&s->best, most * sizeof *best);
    if (rc != OK)
        return rc;
    best = (void *)s->best.bytes;
    own = (const void *)s->own.bytes;
    length = sqrt(dot(own, own, s->width));
    for (uint64_t first = 0; first < words && rc == OK; first += piece) {
        uint64_t count = words - first < piece ? words - first : piece;

        rc = read_rows(s, &s->rows, first, count);
        for (uint64_t i = 0; rc == OK && i < count; i++) {
            const float *row = (const float *)(const void *)s->rows.bytes + i * s->width;
            double       both = length * sqrt(dot(row, row, s->width));

            if (first + i != s->word && both > 0)
                place(best, found, most,
                    (struct neighbour){ (uint32_t)(first + i), dot(own, row, s->width) / both });
        }
    }
    return rc;
}

static int
add_neighbour(json_t *list, const struct search *s, const struct neighbour *n)
{
    struct buf  word = { 0 };
    size_t      len;
    uint32_t    value;
    const char *bytes = strtab_get(&s->notes.words, n->word, &len, &value);
    int         rc = buf_add(&word, bytes, len);

    if (rc == OK)
        report_real(list, word.bytes, n->cosine);
    buf_free(&word);
    return rc;
}

static int
show_in(json_t *report, const char *dir, struct ask *ask, struct search *s)
{
    size_t  most, found = 0;
    int64_t word;
    json_t *list;
    int     rc = open_notes(s, dir);

    if (rc != OK)
        return rc;
    word = notes_find(&s->notes, ask->neighbours, strlen(ask->neighbours));
    if (word == NOTES_NONE)
        return err_set(ERR_MISMATCH, "%s: the word \"%s\" has no note there", dir,
            ask->neighbours);
    s->word = (uint32_t)word;
    most = ask->limit > 0 ? (size_t)ask->limit : SHOWN;
    if (most > notes_count(&s->notes))
        most = notes_count(&s->notes);
    rc = search(s, most, &found);
    list = json_object();
    for (size_t i = 0; rc == OK && i < found; i++)
        rc = add_neighbour(list, s, (const struct neighbour *)(const void *)s->best.bytes + i);
    report_string(report, "kind", "notes");
    report_count(report, "words", notes_count(&s->notes));
    report_string(report, "word", ask->neighbours);
    report_json(report, "neighbours", list);
    return rc;
}

int
neighbours_show(json_t *report, const char *path, enum kind kind, struct ask *ask)
{
    char          dir[PATH_BYTES];
    struct search s = { 0 };
    int           rc;

    if (kind != KIND_MODEL && kind != KIND_RUN)
        return err_set(ERR_MISMATCH,
            "%s: neither a checkpoint nor a run: --neighbours looks at the "
            "notes of one", path);
    rc = path_join(dir, path, kind == KIND_RUN ? "latest" : "");
    if (rc == OK)
        rc = show_in(report, dir, ask, &s);
    notes_close(&s.notes);
    if (s.is_open)
        safetensors_close(&s.file);
    buf_free(&s.own);
    buf_free(&s.rows);
    buf_free(&s.best);
    return rc;
}
