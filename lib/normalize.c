/* normalize.c -- see normalize.h.  Text becomes an array of characters, each step writes a new
 * one, the last becomes UTF-8 again. */
#include "lib/normalize.h"

#include <string.h>

#include "lib/basictok.h"
#include "lib/reorder.h"
#include "lib/unitab.h"
#include "lib/utf8.h"

static uint32_t *
codes_of(const struct buf *b)
{
    return (uint32_t *)(void *)b->bytes;
}

static size_t
count_of(const struct buf *b)
{
    return b->len / sizeof(uint32_t);
}

/* ---- the list of steps ---- */

int
normalize_add(struct normalizer *n, enum normalize_kind kind)
{
    if (n->count == NORMALIZE_STEPS_MAX)
        return err_set(ERR_LIMIT, "more than %d normalizer steps", NORMALIZE_STEPS_MAX);
    n->steps[n->count++] = (struct normalize_step){ .kind = kind };
    return kind == NORMALIZE_GOOGLE_CASED || kind == NORMALIZE_GOOGLE_UNCASED ? basictok_open()
        : unitab_open();
}

static int
decode(struct buf *codes, const char *text, size_t len)
{
    const char *at = text;
    uint32_t   *out;
    int         rc;

    buf_reset(codes);
    rc = buf_reserve(codes, len * sizeof *out);
    if (rc != OK)
        return rc;
    out = codes_of(codes);
    while (at < text + len)
        *out++ = utf8_next(&at);
    codes->len = (size_t)((char *)out - codes->bytes);
    return OK;
}

int
normalize_replace(struct normalizer *n, const char *from, size_t from_len, const char *to,
    size_t to_len)
{
    struct normalize_step *step = &n->steps[n->count - 1];
    int                    rc;

    CHECK(n->count > 0 && (step->kind == NORMALIZE_PREPEND
        || (step->kind == NORMALIZE_REPLACE && from_len > 0)));
    rc = decode(&step->from, from, from_len);
    if (rc == OK)
        rc = decode(&step->to, to, to_len);
    return rc;
}

void
normalize_free(struct normalizer *n)
{
    for (int i = 0; i < n->count; i++) {
        buf_free(&n->steps[i].from);
        buf_free(&n->steps[i].to);
    }
    n->count = 0;
}

void
normalize_work_free(struct normalize_work *work)
{
    buf_free(&work->text);
    buf_free(&work->codes);
    buf_free(&work->next);
}

/* ---- steps in place: never longer than before ---- */

static void
drop(struct buf *codes, unsigned flags)
{
    uint32_t *c = codes_of(codes);
    size_t    count = count_of(codes), kept = 0;

    for (size_t i = 0; i < count; i++)
        if ((unitab_flag[c[i]] & flags) == 0)
            c[kept++] = c[i];
    codes->len = kept * sizeof *c;
}

static void
clean(struct buf *codes)
{
    uint32_t *c = codes_of(codes);
    size_t    count;

    drop(codes, UNI_DROP);
    count = count_of(codes);
    for (size_t i = 0; i < count; i++)
        if ((unitab_flag[c[i]] & UNI_SPACE) != 0)
            c[i] = ' ';
}

/* UAX 15, D117: each character joins the last starter unless something between blocks it. */
static void
compose(struct buf *codes)
{
    uint32_t *c = codes_of(codes);
    size_t    count = count_of(codes), kept = 0, starter = SIZE_MAX;
    unsigned  last_class = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned class = unitab_class(c[i]);
        bool     next_to = starter != SIZE_MAX && starter + 1 == kept;
        uint32_t both = 0;

        if (starter != SIZE_MAX && (next_to || (last_class != 0 && last_class < class)))
            both = unitab_compose(c[starter], c[i]);
        if (both != 0) {
            c[starter] = both;
            continue;
        }
        if (class == 0)
            starter = kept;
        last_class = class;
        c[kept++] = c[i];
    }
    codes->len = kept * sizeof *c;
}

/* ---- steps that may lengthen: from codes to next, then exchanged ---- */

/* At most `factor` characters for one. */
static int
room(uint32_t **out, struct normalize_work *work, size_t factor)
{
    int rc;

    buf_reset(&work->next);
    rc = buf_reserve(&work->next, work->codes.len * factor);
    *out = codes_of(&work->next);
    return rc;
}

static void
finish(struct normalize_work *work, const uint32_t *end)
{
    work->next.len = (size_t)((const char *)end - work->next.bytes);
    buf_swap(&work->codes, &work->next);
}

static int
set_apart_han(struct normalize_work *work)
{
    const uint32_t *c = codes_of(&work->codes);
    size_t          count = count_of(&work->codes), i = 0;
    uint32_t       *out;
    int             rc;

    while (i < count && (unitab_flag[c[i]] & UNI_HAN) == 0)
        i++;
    if (i == count)
        return OK;
    rc = room(&out, work, 3);
    for (i = 0; rc == OK && i < count; i++)
        if ((unitab_flag[c[i]] & UNI_HAN) != 0) {
            *out++ = ' ';
            *out++ = c[i];
            *out++ = ' ';
        } else {
            *out++ = c[i];
        }
    if (rc == OK)
        finish(work, out);
    return rc;
}

static int
lower(struct normalize_work *work)
{
    const uint32_t *c = codes_of(&work->codes);
    size_t          count = count_of(&work->codes);
    uint32_t       *out;
    int             rc = room(&out, work, 2);

    for (size_t i = 0; rc == OK && i < count; i++)
        if (c[i] == UNI_I_DOT) {
            *out++ = 'i';
            *out++ = 0x307;
        } else {
            *out++ = (uint32_t)((int32_t)c[i] + unitab_lower[c[i]]);
        }
    if (rc == OK)
        finish(work, out);
    return rc;
}

static int
decompose(struct normalize_work *work, bool compatible)
{
    const uint32_t *c = codes_of(&work->codes);
    size_t          count = count_of(&work->codes), i = 0;
    int             rc = OK;

    buf_reset(&work->next);
    for (; i < count && c[i] < 0xA0; i++)
        ; /* nothing below decomposes */
    if (i == count)
        return OK;
    for (i = 0; rc == OK && i < count; i++) {
        uint32_t part[UNI_DECOMPOSED_MAX];
        int      parts = unitab_decompose(part, c[i], compatible);

        rc = buf_add(&work->next, part, (size_t)parts * sizeof part[0]);
    }
    if (rc == OK) {
        buf_swap(&work->codes, &work->next);
        rc = reorder_marks(codes_of(&work->codes), count_of(&work->codes), unitab_class,
            &work->next);
    }
    return rc;
}

static int
replace(struct normalize_work *work, const struct normalize_step *step)
{
    const uint32_t *c = codes_of(&work->codes), *from = codes_of(&step->from);
    size_t          count = count_of(&work->codes), from_count = count_of(&step->from);
    int             rc = OK;

    buf_reset(&work->next);
    for (size_t i = 0; rc == OK && i < count;)
        if (count - i >= from_count && memcmp(c + i, from, step->from.len) == 0) {
            rc = buf_add(&work->next, step->to.bytes, step->to.len);
            i += from_count;
        } else {
            rc = buf_add(&work->next, &c[i++], sizeof *c);
        }
    buf_swap(&work->codes, &work->next);
    return rc;
}

static int
prepend(struct normalize_work *work, const struct normalize_step *step)
{
    int rc;

    if (work->codes.len == 0)
        return OK;
    buf_reset(&work->next);
    rc = buf_add(&work->next, step->to.bytes, step->to.len);
    if (rc == OK)
        rc = buf_add(&work->next, work->codes.bytes, work->codes.len);
    buf_swap(&work->codes, &work->next);
    return rc;
}

static void
strip(struct buf *codes, bool left)
{
    uint32_t *c = codes_of(codes);
    size_t    count = count_of(codes), first = 0;

    while (left && first < count && (unitab_flag[c[first]] & UNI_SPACE) != 0)
        first++;
    while (!left && count > 0 && (unitab_flag[c[count - 1]] & UNI_SPACE) != 0)
        count--;
    if (first > 0)
        memmove(c, c + first, (count - first) * sizeof *c);
    codes->len = (count - first) * sizeof *c;
}

/* ---- the whole ---- */

static int
run_step(const struct normalize_step *step, struct normalize_work *work)
{
    int rc = OK;

    switch (step->kind) {
    case NORMALIZE_CLEAN:
        clean(&work->codes);
        break;
    case NORMALIZE_HAN:
        return set_apart_han(work);
    case NORMALIZE_BERT_MN:
        rc = decompose(work, false);
        if (rc == OK)
            drop(&work->codes, UNI_MN);
        break;
    case NORMALIZE_LOWER:
        return lower(work);
    case NORMALIZE_NFC:
    case NORMALIZE_NFKC:
        rc = decompose(work, step->kind == NORMALIZE_NFKC);
        if (rc == OK)
            compose(&work->codes);
        break;
    case NORMALIZE_NFD:
    case NORMALIZE_NFKD:
        return decompose(work, step->kind == NORMALIZE_NFKD);
    case NORMALIZE_MARKS:
        drop(&work->codes, UNI_MARK);
        break;
    case NORMALIZE_STRIP_LEFT:
    case NORMALIZE_STRIP_RIGHT:
        strip(&work->codes, step->kind == NORMALIZE_STRIP_LEFT);
        break;
    case NORMALIZE_PREPEND:
        return prepend(work, step);
    case NORMALIZE_REPLACE:
        return replace(work, step);
    case NORMALIZE_GOOGLE_CASED:
    case NORMALIZE_GOOGLE_UNCASED:
        return basictok_run(&work->codes, &work->next, step->kind == NORMALIZE_GOOGLE_UNCASED);
    }
    return rc;
}

int
normalize_run(const struct normalizer *n, struct normalize_work *work, const char *text, size_t len)
{
    const uint32_t *c;
    size_t          count;
    char           *out;
    int             rc;

    buf_reset(&work->text);
    if (n->count == 0)
        return buf_add(&work->text, text, len);
    rc = decode(&work->codes, text, len);
    for (int i = 0; rc == OK && i < n->count; i++)
        rc = run_step(&n->steps[i], work);
    c = codes_of(&work->codes);
    count = count_of(&work->codes);
    if (rc == OK)
        rc = buf_reserve(&work->text, 4 * count);
    if (rc != OK)
        return rc;
    out = work->text.bytes;
    for (size_t i = 0; i < count; i++)
        out += utf8_put(out, c[i]);
    *out = '\0';
    work->text.len = (size_t)(out - work->text.bytes);
    return OK;
}
