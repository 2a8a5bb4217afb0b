/* write.c -- sorted samples to shards: blocks are made in order, packed by any thread, written in
 * order.  Which block goes into which shard is decided by the length of its content before packing,
 * when it is made: so neither the threads nor zstd have a say in it. */
#include "tools/shard/shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pmap.h"
#include "lib/shard.h"

enum { ITEMS_PER_JOB = 4 };

/* A block on its way. */
struct item {
    int                  split;
    uint32_t             shard, number; /* block `number` of shard `shard` */
    uint64_t             tokens;
    struct samples_block block;
    struct buf           frame, packed[SHARD_PARTS]; /* the frame, and what zstd makes of it */
    size_t               part_bytes[SHARD_PARTS];
};

struct writer {
    const struct plan  *plan;
    struct sort        *sort;
    struct count       *count;
    struct samples_head  head;
    struct samples_order order;
    struct zseek_packer  head_packer; /* of headers and end frames; level as the others */
    /* the source's: a sample that has been taken from the sort and belongs to the next block */
    bool        held;
    uint64_t    held_key;
    const void *held_bytes;
    size_t      held_len;
    int         split; /* of the block made last; -1 before the first */
    uint32_t    shard, number;
    uint64_t    content_bytes;
    /* the sink's */
    bool                open;
    int                 open_split;
    uint32_t            open_shard;
    uint64_t            blocks, samples, tokens;
    struct out          out;
    struct zseek_writer zseek;
    struct buf          frame, packed;
};

/* ---- making blocks ---- */

static int
take(struct writer *w)
{
    uint64_t number;
    int      rc;

    if (w->held)
        return 1;
    rc = sort_next(w->sort, &w->held_key, &number, &w->held_bytes, &w->held_len);
    w->held = rc == 1;
    return rc;
}

/* A sample's tokens are the third number of its head (tokens.h). */
static uint32_t
tokens_of(const void *body)
{
    uint32_t counts[4];

    memcpy(counts, body, sizeof counts);
    return counts[2];
}

static void
place(struct writer *w, struct item *item)
{
    uint64_t bytes = item->block.bodies.len;

    if (item->split != w->split) {
        w->split = item->split;
        w->shard = w->number = 0;
        w->content_bytes = 0;
    } else if (w->content_bytes + bytes > (uint64_t)w->plan->shard_bytes) {
        w->shard++;
        w->number = 0;
        w->content_bytes = 0;
    }
    w->content_bytes += bytes;
    item->shard = w->shard;
    item->number = w->number++;
}

static int
source(void *context, void *slot)
{
    struct writer *w = context;
    struct item   *item = slot;
    int            rc;

    samples_block_reset(&item->block);
    item->tokens = 0;
    while (item->block.samples < w->plan->head.block_samples && (rc = take(w)) != 0) {
        if (rc < 0)
            return rc;
        if (item->block.samples == 0)
            item->split = (int)(w->held_key >> SPLIT_SHIFT);
        else if ((int)(w->held_key >> SPLIT_SHIFT) != item->split)
            break;
        rc = samples_add(&item->block, w->held_bytes, w->held_len);
        if (rc != OK)
            return rc;
        item->tokens += tokens_of(w->held_bytes);
        w->held = false;
    }
    if (item->block.samples == 0)
        return 0;
    place(w, item);
    return 1;
}

static int
work(void *context, void *worker, void *slot)
{
    const struct writer *w = context;
    struct item         *item = slot;
    struct samples_cuts  cuts;
    int rc = samples_frame(&item->frame, &cuts, &item->block, &w->head, &w->order, item->number);

    return rc == OK ? shard_pack_block(worker, item->packed, item->part_bytes, &item->frame, &cuts)
                    : rc;
}

/* ---- writing shards ---- */

static int
put_whole(struct writer *w, const void *bytes, size_t len)
{
    int rc = zseek_pack(&w->head_packer, &w->packed, ZSEEK_PACK, bytes, len, NULL, 0);

    return rc == OK ? zseek_put(&w->zseek, &w->packed, len) : rc;
}

static int
begin_shard(struct writer *w, int split, uint32_t shard)
{
    char path[4096], head[STRM_HEAD_BYTES];
    int  rc;

    if (snprintf(path, sizeof path, "%s/%s-%05u.zst", w->plan->dir, split_names[split], shard)
        >= (int)sizeof path)
        return err_set(ERR_LIMIT, "%s: the path is too long", w->plan->dir);
    rc = out_open(&w->out, path);
    if (rc != OK)
        return rc;
    w->open = true;
    w->open_split = split;
    w->open_shard = shard;
    w->samples = w->tokens = 0;
    samples_head_text(head, &w->head, split_names[split], shard);
    rc = zseek_start(&w->zseek, &w->out);
    if (rc == OK)
        rc = put_whole(w, head, sizeof head);
    if (rc == OK)
        rc = samples_order_frame(&w->frame, &w->order);
    w->blocks = 0;
    return rc == OK ? put_whole(w, w->frame.bytes, w->frame.len) : rc;
}

static int
add_file(struct count *count, const struct file_info *info)
{
    if (count->files == count->files_max) {
        int               max = count->files_max > 0 ? 2 * count->files_max : 16;
        struct file_info *more = realloc(count->file, (size_t)max * sizeof *more);

        if (more == NULL)
            return err_set(ERR_MEMORY, "no memory for a list of %d files", max);
        count->file = more;
        count->files_max = max;
    }
    count->file[count->files++] = *info;
    return OK;
}

static int
end_shard(struct writer *w)
{
    struct file_info info = { .samples = w->samples, .tokens = w->tokens };
    uint64_t         counts[STRM_COUNTS] = { w->samples, w->tokens, zseek_hash(&w->zseek).low64 };
    int              rc = samples_end_frame(&w->frame, w->blocks, counts);

    if (rc == OK)
        rc = put_whole(w, w->frame.bytes, w->frame.len);
    if (rc == OK)
        rc = zseek_end(&w->zseek);
    if (rc != OK)
        return rc;
    hash_text(info.hash, zseek_hash(&w->zseek));
    info.bytes = w->out.offset;
    w->open = false;
    zseek_stop(&w->zseek);
    rc = out_close(&w->out);
    return rc == OK ? add_file(&w->count[w->open_split], &info) : rc;
}

static int
sink(void *context, void *slot)
{
    struct writer     *w = context;
    const struct item *item = slot;
    int                rc = OK;

    if (w->open && (w->open_split != item->split || w->open_shard != item->shard))
        rc = end_shard(w);
    if (rc == OK && !w->open)
        rc = begin_shard(w, item->split, item->shard);
    if (rc != OK)
        return rc;
    w->samples += item->block.samples;
    w->tokens += item->tokens;
    w->blocks++;
    for (int i = 0; i < SHARD_PARTS && rc == OK; i++)
        rc = zseek_put(&w->zseek, &item->packed[i], item->part_bytes[i]);
    return rc;
}

/* ---- */

static int
run(struct writer *w, void **items, void **workers)
{
    const struct pmap map = { .context = w,
        .source = source,
        .work = work,
        .sink = sink,
        .items = items,
        .item_count = ITEMS_PER_JOB * (int)w->plan->jobs,
        .workers = workers,
        .jobs = (int)w->plan->jobs };
    int               rc = pmap_run(&map);

    if (rc == OK && w->open)
        rc = end_shard(w);
    if (w->open) {
        zseek_stop(&w->zseek);
        out_abort(&w->out);
    }
    return rc;
}

/* The tokens by their frequency in both splits. */
static int
order(struct writer *w, const struct count count[SPLITS])
{
    uint32_t  vocab = w->head.tokens.vocab_size;
    uint64_t *seen = calloc(vocab, sizeof *seen);
    int       rc;

    if (seen == NULL)
        return err_set(ERR_MEMORY, "no memory to count %u tokens", vocab);
    for (uint32_t i = 0; i < vocab; i++)
        seen[i] = count[TRAIN].seen[i] + count[VALID].seen[i];
    rc = samples_order_make(&w->order, &w->head, seen);
    free(seen);
    return rc;
}

int
write_shards(const struct plan *plan, struct sort *sort, struct count count[SPLITS])
{
    size_t               jobs = (size_t)plan->jobs, items = ITEMS_PER_JOB * jobs;
    struct item         *item = calloc(items, sizeof *item);
    struct zseek_packer *packer = calloc(jobs, sizeof *packer);
    void **item_at = calloc(items, sizeof *item_at), **packer_at = calloc(jobs, sizeof *packer_at);
    struct writer w = {
        .plan = plan, .head = plan->head, .sort = sort, .count = count, .split = -1
    };
    int rc = order(&w, count);

    if (rc == OK && (item == NULL || packer == NULL || item_at == NULL || packer_at == NULL))
        rc = err_set(ERR_MEMORY, "no memory for %zu threads", jobs);
    for (size_t i = 0; i < items && rc == OK; i++)
        item_at[i] = &item[i];
    for (size_t i = 0; i < jobs && rc == OK; i++) {
        packer_at[i] = &packer[i];
        rc = zseek_packer_open(&packer[i], (int)plan->level);
    }
    if (rc == OK)
        rc = zseek_packer_open(&w.head_packer, (int)plan->level);
    if (rc == OK)
        rc = run(&w, item_at, packer_at);
    for (size_t i = 0; item != NULL && i < items; i++) {
        samples_block_free(&item[i].block);
        buf_free(&item[i].frame);
        for (int k = 0; k < SHARD_PARTS; k++)
            buf_free(&item[i].packed[k]);
    }
    for (size_t i = 0; packer != NULL && i < jobs; i++)
        zseek_packer_close(&packer[i]);
    zseek_packer_close(&w.head_packer);
    samples_order_free(&w.order);
    buf_free(&w.frame);
    buf_free(&w.packed);
    free(item);
    free(packer);
    free(item_at);
    free(packer_at);
    return rc;
}
