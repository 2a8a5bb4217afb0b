/* tfevents.h -- a file of numbers over steps that TensorBoard shows.
 *
 * The file is a row of records, each
 *     u64 bytes, u32 check of these 8 bytes, payload, u32 check of the payload
 * where check is CRC-32C, rotated right by 15 bits, plus 0xa282ead8 (the TFRecord format of
 * TensorFlow).  A payload is a protocol buffer of type Event:
 *     field 1 double  wall_time, seconds since 1970
 *     field 2 varint  step
 *     field 3 string  file_version "brain.Event:2", in the first record alone
 *     field 5 Summary: field 1 Value, repeated: field 1 string tag, field 2 float simple_value
 * The file grows by whole records and is never the master copy: log.jsonl is.  So a record that was
 * cut by a crash is not an error but where the next one goes. */
#ifndef LIB_TFEVENTS_H
#define LIB_TFEVENTS_H

#include <stdint.h>

#include "lib/buf.h"

struct tfevents {
    int        fd;
    char      *path;
    struct buf record;
    int64_t    damaged_at; /* byte of the file that it was opened with, or -1: no damage */
};

struct tfevents_value {
    const char *tag;
    double      value;
};

/* tfevents_open -- append to the events file of `dir`, or begin one.  What it holds of steps above
 * `step_max` is cut off, so that a run that goes back to a checkpoint says nothing twice.  So is
 * what stands behind damage: TensorBoard would not read it. */
MUST int tfevents_open(struct tfevents *t, const char *dir, uint64_t step_max);
/* tfevents_add -- one record: these numbers at this step. */
MUST int tfevents_add(struct tfevents *t, double wall_time_s, uint64_t step, int count,
    const struct tfevents_value *values);
/* tfevents_sync -- what was added is on the disk. */
MUST int tfevents_sync(struct tfevents *t);
void     tfevents_close(struct tfevents *t);

/* tfevents_crc32c -- CRC-32C (Castagnoli), as iSCSI has it; RFC 3720, section 12.1. */
uint32_t tfevents_crc32c(const void *bytes, size_t len);

#endif
