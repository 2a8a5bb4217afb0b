/* megatron.c -- the indexed data set of Megatron-LM: OUT/train.bin holds the ids of all samples and
 * nothing else, OUT/train.idx says where each begins.
 *
 *     "MMIDIDX\0\0"          9 bytes, so that nothing behind them is aligned
 *     u64 1                  version
 *     u8  type               of an id: 8 is u16, 4 is i32
 *     u64 sequences
 *     u64 documents + 1
 *     i32 length[sequences]  in ids
 *     i64 begin[sequences]   in bytes of the .bin
 *     i64 end[documents + 1] first sequence of each document, and their number
 *
 * A sample is one sequence and one document.  u16 is taken where Megatron takes it itself, below
 * 65500 tokens.  The lengths are written while the samples pass by, and read back from the
 * unfinished file for the array behind them, so memory does not grow with the number of samples. */
#include "tools/shard/export.h"

enum { TYPE_I32 = 4, TYPE_U16 = 8, VOCAB_U16 = 65500, HEAD_BYTES = 9 + 8 + 1 + 8 + 8,
    LENGTHS_AT_ONCE = 4096 };

static int
write_head(struct out *idx, uint64_t samples, bool wide)
{
    uint64_t version = 1, documents = samples + 1;
    uint8_t  type = wide ? TYPE_I32 : TYPE_U16;
    int      rc = out_write(idx, "MMIDIDX\0", 9); /* the literal's own 0 is the second */

    if (rc == OK)
        rc = out_write(idx, &version, sizeof version);
    if (rc == OK)
        rc = out_write(idx, &type, sizeof type);
    if (rc == OK)
        rc = out_write(idx, &samples, sizeof samples);
    return rc == OK ? out_write(idx, &documents, sizeof documents) : rc;
}

/* The ids, and their number into the index. */
static int
write_samples(struct out *bin, struct out *idx, struct export *e, enum dataset_split_id split,
    uint64_t samples, bool wide)
{
    struct dataset_sample sample;
    struct buf            ids = { 0 };
    int                   rc = OK;

    for (uint64_t i = 0; i < samples && rc == OK; i++) {
        buf_reset(&ids);
        rc = export_sample(e, split, i, &sample);
        if (rc == OK)
            rc = export_ids(&ids, sample.ids, sample.len, wide);
        if (rc == OK)
            rc = out_write(bin, ids.bytes, ids.len);
        if (rc == OK)
            rc = out_write(idx, &sample.len, sizeof sample.len);
    }
    buf_free(&ids);
    return rc;
}

/* From the lengths that stand in the index already. */
static int
write_begins(struct out *idx, uint64_t samples, uint32_t id_bytes)
{
    uint32_t  length[LENGTHS_AT_ONCE];
    char      head[HEAD_BYTES];
    uint64_t  begin = 0;
    size_t    got, want;
    struct in in;
    int       rc = out_flush(idx);

    if (rc == OK)
        rc = in_open(&in, idx->tmp);
    if (rc != OK)
        return rc;
    rc = in_read(&in, head, sizeof head, &got);
    for (uint64_t i = 0; i < samples && rc == OK; i += want) {
        want = samples - i < LENGTHS_AT_ONCE ? (size_t)(samples - i) : LENGTHS_AT_ONCE;
        rc = in_read(&in, length, want * sizeof *length, &got);
        if (rc == OK && got != want * sizeof *length)
            rc = err_set(ERR_IO, "%s: somebody has cut it", idx->tmp);
        for (size_t k = 0; k < want && rc == OK; k++) {
            rc = out_write(idx, &begin, sizeof begin);
            begin += (uint64_t)length[k] * id_bytes;
        }
    }
    in_close(&in);
    return rc;
}

static int
write_index(struct out *bin, struct out *idx, struct export *e, enum dataset_split_id split)
{
    uint64_t samples = e->dataset->split[split].samples;
    bool     wide = e->dataset->head.tokens.vocab_size >= VOCAB_U16;
    int      rc = write_head(idx, samples, wide);

    if (rc == OK)
        rc = write_samples(bin, idx, e, split, samples, wide);
    if (rc == OK)
        rc = write_begins(idx, samples, wide ? 4 : 2);
    for (uint64_t i = 0; i <= samples && rc == OK; i++)
        rc = out_write(idx, &i, sizeof i);
    return rc;
}

int
megatron_export(struct export *e, enum dataset_split_id split)
{
    struct out bin, idx;
    char       path[PATH_BYTES];
    int        rc = export_path(path, e, split, ".bin");

    if (rc == OK)
        rc = out_open(&bin, path);
    if (rc != OK)
        return rc;
    rc = export_path(path, e, split, ".idx");
    if (rc == OK)
        rc = out_open(&idx, path);
    if (rc != OK) {
        out_abort(&bin);
        return rc;
    }
    rc = write_index(&bin, &idx, e, split);
    if (rc == OK)
        rc = out_close(&bin);
    else
        out_abort(&bin);
    if (rc == OK)
        return out_close(&idx);
    out_abort(&idx);
    return rc;
}
