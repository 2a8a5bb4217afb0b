/* mds.c -- MosaicML Streaming: OUT/train/shard.00000.mds, ..., and OUT/train/index.json, last.
 *
 *     u32 samples
 *     u32 begin[samples + 1]  in bytes of the file; the last is its end
 *     columns as JSON         the same in every shard
 *     samples                 u32 bytes of each column, in the order of their names; the columns
 *
 * The columns are "ids", an ndarray of uint16 or uint32; "notes", JSON, where words have any; and
 * "word", an ndarray of uint8.  An ndarray whose type is given begins with its shape: a byte
 * (dimensions << 2 | width of a length: 1 << 0, 1 or 2 bytes), and the lengths.
 *
 * The bytes are those that MDSWriter of mosaicml-streaming writes with hashes=["xxh3_128"], down to
 * the blanks in index.json. */
#include "tools/shard/export.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct mds {
    struct export *e;
    char           dir[PATH_BYTES];
    bool           wide, notes;
    struct buf     encodings, names; /* as JSON */
    struct buf     columns;          /* the JSON in every shard */
    struct buf     ends, samples;    /* of the shard being filled: u32 each, from 0; bytes */
    struct buf     sample;
    struct buf     index;
    uint32_t       count, shards;
    uint64_t       begun_bytes; /* as MDSWriter counts them against the limit */
};

/* ---- what is the same in every shard ---- */

static int
describe(struct mds *m)
{
    const char *sizes = m->notes ? "[null, null, null]" : "[null, null]";
    int rc = buf_addf(&m->encodings, "[\"ndarray:%s\", %s\"ndarray:uint8\"]",
        m->wide ? "uint32" : "uint16", m->notes ? "\"json\", " : "");

    if (rc == OK)
        rc = buf_addf(&m->names, "[\"ids\", %s\"word\"]", m->notes ? "\"notes\", " : "");
    if (rc == OK)
        rc = buf_addf(&m->columns,
            "{\"column_encodings\": %s, \"column_names\": %s, \"column_sizes\": %s, "
            "\"compression\": null, \"format\": \"mds\", \"hashes\": [\"xxh3_128\"], "
            "\"size_limit\": %" PRIu64 ", \"version\": 2}",
            m->encodings.bytes, m->names.bytes, sizes, m->e->shard_bytes);
    return rc;
}

/* ---- a sample ---- */

/* How an array of one dimension begins. */
static int
add_shape(struct buf *b, uint32_t len)
{
    int code = len < 1 << 8 ? 0 : len < 1 << 16 ? 1 : 2;
    int rc = buf_addc(b, (char)(1 << 2 | code));

    return rc == OK ? buf_add(b, &len, (size_t)1 << code) : rc; /* little-endian */
}

/* The column that has grown since `start`: its size, into the table at the front. */
static void
set_size(struct buf *b, int column, size_t start)
{
    uint32_t bytes = (uint32_t)(b->len - start);

    memcpy(b->bytes + (size_t)column * sizeof bytes, &bytes, sizeof bytes);
}

static int
encode(struct mds *m, const struct dataset_sample *sample)
{
    static const uint32_t none[3];
    struct buf           *b = &m->sample;
    int                   column = 0, rc;
    size_t                start;

    buf_reset(b);
    rc = buf_add(b, none, (m->notes ? 3 : 2) * sizeof *none);
    start = b->len;
    if (rc == OK)
        rc = add_shape(b, sample->len);
    if (rc == OK)
        rc = export_ids(b, sample->ids, sample->len, m->wide);
    if (rc == OK)
        set_size(b, column++, start);
    start = b->len;
    if (rc == OK && m->notes) {
        rc = export_notes(b, sample);
        if (rc == OK)
            set_size(b, column++, start);
        start = b->len;
    }
    if (rc == OK)
        rc = add_shape(b, sample->len);
    if (rc == OK)
        rc = buf_add(b, sample->word, sample->len);
    if (rc == OK)
        set_size(b, column, start);
    return rc;
}

/* ---- a shard ---- */

static int
put(struct out *out, XXH3_state_t *hash, const void *bytes, size_t len)
{
    if (XXH3_128bits_update(hash, bytes, len) != XXH_OK)
        return err_set(ERR_MEMORY, "%s: cannot hash", out->path);
    return out_write(out, bytes, len);
}

static int
write_parts(struct mds *m, struct out *out, XXH3_state_t *hash)
{
    uint32_t first = (uint32_t)(4 + (m->count + 1) * 4 + m->columns.len), place;
    int      rc = put(out, hash, &m->count, sizeof m->count);

    if (rc == OK)
        rc = put(out, hash, &first, sizeof first);
    for (uint32_t i = 0; i < m->count && rc == OK; i++) {
        memcpy(&place, m->ends.bytes + i * sizeof place, sizeof place);
        place += first;
        rc = put(out, hash, &place, sizeof place);
    }
    if (rc == OK)
        rc = put(out, hash, m->columns.bytes, m->columns.len);
    return rc == OK ? put(out, hash, m->samples.bytes, m->samples.len) : rc;
}

/* The shard's entry: the keys of `columns`, and some between them, in the order of their names. */
static int
add_entry(struct mds *m, const char *name, uint64_t bytes, XXH128_hash_t hash)
{
    static const char behind[] = "\"size_limit\"";
    const char       *rest = strstr(m->columns.bytes, behind);
    size_t            len = m->columns.len - 1; /* without the } */
    char              hex[HASH_HEX_BYTES];

    CHECK(rest != NULL);
    hash_text(hex, hash);
    return buf_addf(&m->index,
        "%s%.*s\"raw_data\": {\"basename\": \"%s\", \"bytes\": %" PRIu64
        ", \"hashes\": {\"xxh3_128\": \"%s\"}}, \"samples\": %" PRIu32
        ", %.*s, \"zip_data\": null}",
        m->shards > 0 ? ", " : "", (int)(rest - m->columns.bytes), m->columns.bytes, name, bytes,
        hex, m->count, (int)(m->columns.bytes + len - rest), rest);
}

static int
write_shard(struct mds *m)
{
    char          name[32], path[PATH_BYTES];
    XXH3_state_t *hash = XXH3_createState();
    uint64_t      bytes;
    struct out    out;
    int           rc;

    if (hash == NULL || XXH3_128bits_reset(hash) != XXH_OK) {
        XXH3_freeState(hash);
        return err_set(ERR_MEMORY, "%s: no memory for a hash", m->dir);
    }
    snprintf(name, sizeof name, "shard.%05" PRIu32 ".mds", m->shards);
    rc = path_join(path, m->dir, name);
    if (rc == OK)
        rc = out_open(&out, path);
    if (rc == OK) {
        rc = write_parts(m, &out, hash);
        bytes = out.offset;
        if (rc != OK)
            out_abort(&out);
        else
            rc = out_close(&out);
        if (rc == OK)
            rc = add_entry(m, name, bytes, XXH3_128bits_digest(hash));
    }
    XXH3_freeState(hash);
    m->shards++;
    m->count = 0;
    buf_reset(&m->ends);
    buf_reset(&m->samples);
    return rc;
}

static int
add_sample(struct mds *m, const struct dataset_sample *sample)
{
    uint64_t more;
    uint32_t end;
    int      rc = encode(m, sample);

    if (rc != OK)
        return rc;
    more = m->sample.len + sizeof end;
    if (m->count > 0 && m->begun_bytes + more > m->e->shard_bytes)
        rc = write_shard(m);
    if (m->count == 0)
        m->begun_bytes = 4 + 4 + m->columns.len;
    m->begun_bytes += more;
    m->count++;
    if (rc == OK)
        rc = buf_add(&m->samples, m->sample.bytes, m->sample.len);
    end = (uint32_t)m->samples.len;
    return rc == OK ? buf_add(&m->ends, &end, sizeof end) : rc;
}

/* ---- */

static int
write_split(struct mds *m, enum dataset_split_id split)
{
    struct dataset_sample sample;
    char                  path[PATH_BYTES];
    int                   rc = buf_adds(&m->index, "{\"shards\": [");

    for (uint64_t i = 0; i < m->e->dataset->split[split].samples && rc == OK; i++) {
        rc = export_sample(m->e, split, i, &sample);
        if (rc == OK)
            rc = add_sample(m, &sample);
    }
    if (rc == OK)
        rc = write_shard(m);
    if (rc == OK)
        rc = buf_adds(&m->index, "], \"version\": 2}");
    if (rc == OK)
        rc = path_join(path, m->dir, "index.json");
    return rc == OK ? file_write_all(path, m->index.bytes, m->index.len) : rc;
}

int
mds_export(struct export *e, enum dataset_split_id split)
{
    const struct tokens_head *head = &e->dataset->head.tokens;
    struct mds m = { .e = e, .wide = head->vocab_size > UINT16_MAX, .notes = head->notes > 0 };
    struct buf *bufs[] = { &m.encodings, &m.names, &m.columns, &m.ends, &m.samples, &m.sample,
        &m.index };
    int         rc = export_path(m.dir, e, split, "");

    if (rc == OK)
        rc = dir_make(m.dir);
    if (rc == OK)
        rc = describe(&m);
    if (rc == OK)
        rc = write_split(&m, split);
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        buf_free(bufs[i]);
    return rc;
}
