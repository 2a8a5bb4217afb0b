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
        rounded((size_t)l.chosen, sizeof(double));
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
        (rc = arena_alloc(arena, &b->value, chosen, sizeof(double))) != OK)
        return rc;
    batch_reset(b);
    return OK;
}

void
batch_reset(struct batch *b)
{
    b->sequences = b->rows = b->chosen = b->longest = 0;
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
    if (limits->value.dtype == F64) {
        d->value = upload(be, limits->value, b->chosen, b->value);
        return;
    }
    for (int i = 0; i < b->chosen; i++)
        narrow[i] = (float)b->value[i];
    d->value = upload(be, limits->value, b->chosen, narrow);
}
