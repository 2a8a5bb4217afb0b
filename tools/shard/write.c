/* write.c -- sorted samples to shards: blocks are made in order, packed by any thread, written in
 * order.  Which block goes into which shard is decided by the length of its content before packing,
 * when it is made: so neither the threads nor zstd have a say in it. */
#include "tools/shard/shard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pmap.h"
#include "lib/zseek.h"

/* A block on its way. */
struct item {
    int                  split;
    uint32_t             shard, number; /* block `number` of shard `shard` */
    uint64_t             tokens;
    struct samples_block block;
    struct buf           frame, packed;
};

struct writer {
    const struct plan  *plan;
    struct sort        *sort;
    struct count       *count;
    struct zseek_packer head_packer; /* of headers and end frames; level as the others */
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
    uint64_t            samples, tokens;
    struct out          out;
    struct zseek_writer zseek;
    struct buf          frame, packed;
};

/* ---- making blocks ---- */

static int
take(struct writer *w)
{
    int rc;

    if (w->held)
        return 1;
    rc = sort_next(w->sort, &w->held_key, &w->held_bytes, &w->held_len);
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
    uint64_t bytes = item->block.ends.len + item->block.bodies.len;

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
            item->split = (int)(w->held_key >> 63);
        else if ((int)(w->held_key >> 63) != item->split)
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
    struct item *item = slot;
    int          rc = samples_frame(&item->frame, &item->block, item->number);

    (void)context;
    return rc == OK ? zseek_pack(worker, &item->packed, item->frame.bytes, item->frame.len) : rc;
}

/* ---- writing shards ---- */

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
    samples_head_text(head, &w->plan->head, split_names[split], shard);
    rc = zseek_start(&w->zseek, &w->out);
    if (rc == OK)
        rc = zseek_pack(&w->head_packer, &w->packed, head, sizeof head);
    return rc == OK ? zseek_put(&w->zseek, &w->packed, sizeof head) : rc;
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
    XXH128_hash_t    hash;
    int              rc;

    rc = samples_end_frame(&w->frame, w->zseek.frames - 1, counts);
    if (rc == OK)
        rc = zseek_pack(&w->head_packer, &w->packed, w->frame.bytes, w->frame.len);
    if (rc == OK)
        rc = zseek_put(&w->zseek, &w->packed, w->frame.len);
    if (rc == OK)
        rc = zseek_end(&w->zseek);
    if (rc != OK)
        return rc;
    hash = zseek_hash(&w->zseek);
    snprintf(info.hash, sizeof info.hash, "%016" PRIx64 "%016" PRIx64, (uint64_t)hash.high64,
        (uint64_t)hash.low64);
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
    return zseek_put(&w->zseek, &item->packed, item->frame.len);
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
        .item_count = 4 * (int)w->plan->jobs,
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

int
write_shards(const struct plan *plan, struct sort *sort, struct count count[SPLITS])
{
    size_t               jobs = (size_t)plan->jobs, items = 4 * jobs;
    struct item         *item = calloc(items, sizeof *item);
    struct zseek_packer *packer = calloc(jobs, sizeof *packer);
    void **item_at = calloc(items, sizeof *item_at), **packer_at = calloc(jobs, sizeof *packer_at);
    struct writer w = { .plan = plan, .sort = sort, .count = count, .split = -1 };
    int           rc = OK;

    if (item == NULL || packer == NULL || item_at == NULL || packer_at == NULL)
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
        buf_free(&item[i].packed);
    }
    for (size_t i = 0; packer != NULL && i < jobs; i++)
        zseek_packer_close(&packer[i]);
    zseek_packer_close(&w.head_packer);
    buf_free(&w.frame);
    buf_free(&w.packed);
    free(item);
    free(packer);
    free(item_at);
    free(packer_at);
    return rc;
}
