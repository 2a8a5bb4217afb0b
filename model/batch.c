/* batch.c -- see batch.h. */
#include "model/batch.h"

enum { ROW_ARRAYS = 4, CHOSEN_ARRAYS = 3 };

/* What arena_alloc hands out: multiples of 64 bytes. */
static size_t
rounded(size_t count, size_t item_bytes)
{
    return (count * item_bytes + 63) / 64 * 64;
}

size_t
batch_bytes(struct batch_limits l)
{
    return rounded((size_t)l.sequences + 1, sizeof(int32_t)) +
        ROW_ARRAYS * rounded((size_t)l.rows, sizeof(int32_t)) +
        CHOSEN_ARRAYS * rounded((size_t)l.chosen, sizeof(int32_t)) +
        rounded((size_t)l.chosen, sizeof(double)) + rounded(3 * (size_t)l.words, sizeof(int32_t));
}

int
batch_open(struct batch *b, struct batch_limits limits, int span, struct arena *arena)
{
    size_t rows = (size_t)limits.rows, chosen = (size_t)limits.chosen;
    int    rc;

    CHECK(limits.rows > 0 && limits.sequences > 0 && limits.chosen > 0 && span > 0);
    *b = (struct batch){ .limits = limits, .span = span };
    if ((rc = arena_alloc(arena, &b->start, (size_t)limits.sequences + 1, sizeof(int32_t))) != OK ||
        (rc = arena_alloc(arena, &b->id, rows, sizeof(int32_t))) != OK ||
        (rc = arena_alloc(arena, &b->type, rows, sizeof(int32_t))) != OK ||
        (rc = arena_alloc(arena, &b->position, rows, sizeof(int32_t))) != OK ||
        (rc = arena_alloc(arena, &b->key, rows, sizeof(int32_t))) != OK ||
        (rc = arena_alloc(arena, &b->row, chosen, sizeof(int32_t))) != OK ||
        (rc = arena_alloc(arena, &b->row_key, chosen, sizeof(int32_t))) != OK ||
        (rc = arena_alloc(arena, &b->target, chosen, sizeof(int32_t))) != OK ||
        (rc = arena_alloc(arena, &b->value, chosen, sizeof(double))) != OK ||
        (rc = arena_alloc(arena, &b->word, 3 * (size_t)limits.words, sizeof(int32_t))) != OK)
        return rc;
    batch_reset(b);
    return OK;
}

void
batch_reset(struct batch *b)
{
    b->sequences = b->rows = b->chosen = b->words = b->longest = 0;
    b->squares = 0;
    b->start[0] = 0;
}

bool
batch_fits(const struct batch *b, int len, int chosen)
{
    return b->sequences < b->limits.sequences && len <= b->limits.rows - b->rows &&
        chosen <= b->limits.chosen - b->chosen;
}

void
batch_add(struct batch *b, const uint32_t *ids, int len, int second, int place)
{
    CHECK(len >= 1 && len <= b->span && second >= 0 && second <= len);
    CHECK(batch_fits(b, len, 0));
    CHECK(place >= 0 && ((int64_t)place + 1) * b->span <= INT32_MAX);
    for (int i = 0; i < len; i++) {
        int row = b->rows + i;

        b->id[row] = (int32_t)ids[i];
        b->type[row] = second > 0 && i >= second;
        b->position[row] = i;
        b->key[row] = place * b->span + i;
    }
    b->rows += len;
    b->start[++b->sequences] = b->rows;
    b->squares += (uint64_t)len * (uint64_t)len;
    if (len > b->longest)
        b->longest = len;
}

void
batch_choose(struct batch *b, int position, int target)
{
    int row;

    CHECK(b->sequences > 0 && b->chosen < b->limits.chosen);
    row = b->start[b->sequences - 1] + position;
    CHECK(position >= 0 && row < b->rows && (b->chosen == 0 || b->row[b->chosen - 1] < row));
    b->row[b->chosen] = row;
    b->row_key[b->chosen] = b->key[row];
    b->target[b->chosen] = target;
    b->value[b->chosen] = 0;
    b->chosen++;
}

void
batch_label(struct batch *b, int label)
{
    batch_choose(b, 0, label);
}

void
batch_value(struct batch *b, double value)
{
    batch_choose(b, 0, 0);
    b->value[b->chosen - 1] = value;
}

void
batch_note(struct batch *b, const struct span *span, uint32_t spans)
{
    int first = b->start[b->sequences - 1], len = b->rows - first, chosen = b->chosen;

    if (b->limits.words == 0)
        return;
    while (chosen > 0 && b->row[chosen - 1] >= first)
        chosen--;
    for (uint32_t i = 0; i < spans; i++) {
        int row = first + (int)span[i].first, end = row + (int)span[i].count;

        CHECK(span[i].count >= 1 && span[i].first + span[i].count <= (uint32_t)len);
        CHECK(b->words == 0 || b->word[3 * b->words - 2] + b->word[3 * b->words - 1] <= row);
        while (chosen < b->chosen && b->row[chosen] < row)
            chosen++;
        if (chosen < b->chosen && b->row[chosen] < end)
            continue;
        CHECK(b->words < b->limits.words);
        b->word[3 * b->words] = (int32_t)span[i].note;
        b->word[3 * b->words + 1] = row;
        b->word[3 * b->words + 2] = end - row;
        b->words++;
    }
}

static struct view
upload(const struct backend *be, struct view limit, int count, const void *from)
{
    struct view v = view_rows(limit, 0, count);

    if (count > 0)
        op_upload(be, v, from);
    return v;
}

void
batch_upload(const struct backend *be, struct batch_device *d, const struct batch_device *limits,
    const struct batch *b, void *scratch)
{
    float *narrow = scratch;

    d->start = upload(be, limits->start, b->sequences + 1, b->start);
    d->id = upload(be, limits->id, b->rows, b->id);
    d->type = upload(be, limits->type, b->rows, b->type);
    d->position = upload(be, limits->position, b->rows, b->position);
    d->key = upload(be, limits->key, b->rows, b->key);
    d->row = upload(be, limits->row, b->chosen, b->row);
    d->row_key = upload(be, limits->row_key, b->chosen, b->row_key);
    d->target = upload(be, limits->target, b->chosen, b->target);
    d->word = upload(be, limits->word, b->words, b->word);
    if (limits->value.dtype == F64) {
        d->value = upload(be, limits->value, b->chosen, b->value);
        return;
    }
    for (int i = 0; i < b->chosen; i++)
        narrow[i] = (float)b->value[i];
    d->value = upload(be, limits->value, b->chosen, narrow);
}
