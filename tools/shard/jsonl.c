/* jsonl.c -- a line of JSON a sample: OUT/train.jsonl, OUT/valid.jsonl.
 *
 *     {"ids":[2,17,9,3],"word":[0,1,0,0],"notes":[[1, 2, 40]]} */
#include "tools/shard/export.h"

static int
add_line(struct buf *line, const struct dataset_sample *sample, bool notes)
{
    int rc;

    buf_reset(line);
    rc = buf_adds(line, "{\"ids\":");
    for (uint32_t i = 0; i < sample->len && rc == OK; i++) {
        rc = buf_addc(line, i == 0 ? '[' : ',');
        if (rc == OK)
            rc = export_number(line, sample->ids[i]);
    }
    if (rc == OK)
        rc = buf_adds(line, "],\"word\":");
    for (uint32_t i = 0; i < sample->len && rc == OK; i++) {
        rc = buf_addc(line, i == 0 ? '[' : ',');
        if (rc == OK)
            rc = buf_addc(line, sample->word[i] ? '1' : '0');
    }
    if (rc == OK)
        rc = buf_addc(line, ']');
    if (rc == OK && notes) {
        rc = buf_adds(line, ",\"notes\":");
        if (rc == OK)
            rc = export_notes(line, sample);
    }
    return rc == OK ? buf_adds(line, "}\n") : rc;
}

int
jsonl_export(struct export *e, enum dataset_split_id split)
{
    struct dataset_sample sample;
    struct buf            line = { 0 };
    struct out            out;
    char                  path[PATH_BYTES];
    int                   rc = export_path(path, e, split, ".jsonl");

    if (rc == OK)
        rc = out_open(&out, path);
    if (rc != OK)
        return rc;
    for (uint64_t i = 0; i < e->dataset->split[split].samples && rc == OK; i++) {
        rc = export_sample(e, split, i, &sample);
        if (rc == OK)
            rc = add_line(&line, &sample, e->dataset->head.tokens.notes > 0);
        if (rc == OK)
            rc = out_write(&out, line.bytes, line.len);
    }
    buf_free(&line);
    if (rc == OK)
        return out_close(&out);
    out_abort(&out);
    return rc;
}
