/* bunzip.c -- see bunzip.h.
 *
 * Two cursors, in bits of the input.  `cursor` is what has been understood: headers, blocks given,
 * checksums of streams.  `ahead` runs in front of it and cuts pieces for the threads; all that it
 * does is a guess until the cursor comes there.  The raw bytes belong to the thread that calls: a
 * piece carries its own copy. */
#include "lib/bunzip.h"

#include <stdlib.h>
#include <string.h>

#include "lib/bunzip_bits.h"
#include "lib/bunzip_ring.h"

enum {
    RAW_BYTES_MIN = BUNZIP_BLOCK_PACKED_BYTES_MAX + (1 << 19),
    FILL_BYTES_MIN = 1 << 18,
    GIVE_BYTES = 1 << 18,
    HEADER_BITS = 32, MAGIC_BITS = 48, CRC_BITS = 32
};

struct bunzip {
    struct in       *in;
    struct buf       raw;
    size_t           raw_max;
    uint64_t         cursor, ahead, scanned;
    char             level, ahead_level; /* '1' to '9' */
    bool             in_stream, ahead_valid, at_end;
    uint32_t         crc;                /* of the stream so far */
    bool             crc_unknown;        /* a block of it has been passed over */
    struct buf       alone;              /* a block decoded without looking ahead */
    const struct buf *giving;            /* a block of which bytes are left */
    size_t           given;              /* of it */
    struct buf       bytes;              /* what is given now */
    struct bunzip_ring ring;             /* what has been cut ahead of the cursor */
};

bool
bunzip_begins(const char *bytes, size_t len)
{
    return len >= 4 && memcmp(bytes, "BZh", 3) == 0 && bytes[3] >= '1' && bytes[3] <= '9';
}

uint64_t
bunzip_offset(const struct bunzip *b)
{
    return b->cursor / 8;
}

/* ---- raw bytes ---- */

static uint64_t
raw_start(const struct bunzip *b)
{
    return b->in->offset - b->raw.len;
}

/* Bits from `at` on that are there. */
static uint64_t
have_bits(const struct bunzip *b, uint64_t at)
{
    uint64_t end = b->in->offset * 8;

    return end > at ? end - at : 0;
}

static uint64_t
peek(const struct bunzip *b, uint64_t at, int bits)
{
    return bunzip_bits_get(b->raw.bytes, at - raw_start(b) * 8, bits);
}

/* Drops what is before the cursor and fills up. */
static int
fill(struct bunzip *b)
{
    size_t used = (size_t)(b->cursor / 8 - raw_start(b)), got;
    int    rc;

    memmove(b->raw.bytes, b->raw.bytes + used, b->raw.len - used);
    b->raw.len -= used;
    rc = in_read(b->in, b->raw.bytes + b->raw.len, b->raw_max - b->raw.len, &got);
    b->at_end = rc == OK && got < b->raw_max - b->raw.len;
    b->raw.len += got;
    b->raw.bytes[b->raw.len] = '\0';
    return rc;
}

/* Are `bits` bits at `at`?  Reads on if they are not. */
static int
want(struct bunzip *b, uint64_t at, uint64_t bits, bool *there)
{
    int rc = have_bits(b, at) < bits && !b->at_end ? fill(b) : OK;

    *there = have_bits(b, at) >= bits;
    return rc;
}

static int
truncated(const struct bunzip *b)
{
    return err_set(ERR_TRUNCATED, "%s: truncated at byte %llu: the bzip2 data has no end",
        b->in->name, (unsigned long long)b->in->offset);
}

static int
damaged(const struct bunzip *b, uint64_t bit)
{
    return err_set(ERR_FORMAT, "%s: the bzip2 data is damaged at or before byte %llu",
        b->in->name, (unsigned long long)(bit + 7) / 8);
}

static int
no_memory(const struct bunzip *b)
{
    return err_set(ERR_MEMORY, "no memory: %s cannot be decompressed", b->in->name);
}

/* ---- looking ahead ---- */

/* The next magic behind `ahead`; *end is 0 when none is found in the bytes that may be had. */
static int
find_end(struct bunzip *b, uint64_t *end)
{
    int rc = OK;

    for (;;) {
        uint64_t base = raw_start(b) * 8;
        size_t   free_bytes;

        *end = bunzip_bits_find(b->raw.bytes, b->raw.len, b->scanned - base);
        if (*end != 0) {
            *end += base;
            return OK;
        }
        if (have_bits(b, b->scanned) >= MAGIC_BITS)
            b->scanned = b->in->offset * 8 - MAGIC_BITS + 1;
        free_bytes = b->raw_max - b->raw.len + (size_t)(b->cursor / 8 - raw_start(b));
        if (b->at_end || free_bytes < FILL_BYTES_MIN)
            return OK;
        rc = fill(b);
        if (rc != OK)
            return rc;
    }
}

static int
push(struct bunzip *b, uint64_t end)
{
    struct bunzip_ring_piece *p = bunzip_ring_next(&b->ring);
    uint64_t                  base = raw_start(b) * 8;
    int                       rc;

    p->at = b->ahead;
    p->end = end;
    p->crc = (uint32_t)peek(b, b->ahead + MAGIC_BITS, CRC_BITS);
    p->level = b->ahead_level;
    buf_reset(&p->packed);
    rc = buf_add(&p->packed, b->raw.bytes + (p->at - base) / 8, (end + 7) / 8 - p->at / 8);
    if (rc == OK)
        bunzip_ring_push(&b->ring);
    return rc;
}

/* Behind a block another one begins, or a new stream with one; else the cursor must decide. */
static void
advance(struct bunzip *b, uint64_t end)
{
    uint64_t next = (end + MAGIC_BITS + CRC_BITS + 7) / 8 * 8;

    b->ahead = end;
    if (peek(b, end, MAGIC_BITS) != BUNZIP_BITS_BLOCK) {
        b->ahead_valid = have_bits(b, next) >= HEADER_BITS + MAGIC_BITS
            && bunzip_begins(b->raw.bytes + (next / 8 - raw_start(b)), 4)
            && peek(b, next + HEADER_BITS, MAGIC_BITS) == BUNZIP_BITS_BLOCK;
        b->ahead = next + HEADER_BITS;
        if (b->ahead_valid)
            b->ahead_level = (char)peek(b, next + 24, 8); /* the fourth byte of "BZh9" */
    }
    b->scanned = b->ahead + MAGIC_BITS + CRC_BITS;
}

static int
look_ahead(struct bunzip *b)
{
    while (b->ahead_valid && !bunzip_ring_is_full(&b->ring)) {
        uint64_t end;
        int      rc = find_end(b, &end);

        if (rc != OK || end == 0)
            return rc;
        rc = push(b, end);
        if (rc != OK)
            return rc;
        advance(b, end);
    }
    return OK;
}

/* ---- a block ---- */

/* The block at the cursor is decoded, as `text`, and ends at bit `end`: it is given next, and its
 * checksum goes into the stream's. */
static void
give(struct bunzip *b, const struct buf *text, uint32_t crc, uint64_t end)
{
    b->crc = (b->crc << 1 | b->crc >> 31) ^ crc;
    b->cursor = end;
    b->giving = text;
}

/* Decodes the block at the cursor, without looking ahead, in the raw bytes: they hold the largest
 * one. */
static int
decode_here(struct bunzip *b)
{
    uint64_t base, end;
    bool     there;
    int      rc = want(b, b->cursor, (uint64_t)BUNZIP_BLOCK_PACKED_BYTES_MAX * 8, &there);

    if (rc != OK)
        return rc;
    bunzip_ring_flush(&b->ring);
    b->ahead_valid = false;
    base = raw_start(b) * 8;
    rc = bunzip_block_decode(b->ring.threads[0].block, b->raw.bytes, b->raw.len, b->cursor - base,
        b->level, &b->alone, &end);
    end += base;
    if (rc == ERR_TRUNCATED && b->at_end)
        return truncated(b);
    if (rc == ERR_LIMIT)
        return err_set(rc,
            "%s: the bzip2 block at byte %llu is of a kind that is not written since "
            "1999: pack the file anew", b->in->name, (unsigned long long)b->cursor / 8);
    if (rc != OK)
        return rc == ERR_MEMORY ? no_memory(b) : damaged(b, end);
    give(b, &b->alone, (uint32_t)peek(b, b->cursor + MAGIC_BITS, CRC_BITS), end);
    return OK;
}

/* The block at the cursor, from the ring if it was seen ahead and decoded well. */
static int
next_block(struct bunzip *b)
{
    const struct bunzip_ring_piece *p = bunzip_ring_head(&b->ring);
    int                             rc;

    if (b->ring.thread_count == 1)
        return decode_here(b);
    if (bunzip_ring_is_empty(&b->ring) || p->at != b->cursor) {
        bunzip_ring_flush(&b->ring);
        b->ahead = b->cursor;
        b->scanned = b->ahead + MAGIC_BITS + CRC_BITS;
        b->ahead_level = b->level;
        b->ahead_valid = true;
    }
    rc = look_ahead(b);
    if (bunzip_ring_is_empty(&b->ring))
        return rc != OK ? rc : decode_here(b);
    bunzip_ring_wait(&b->ring); /* a failure to read comes when what was read has been given */
    p = bunzip_ring_head(&b->ring);
    if (p->rc != OK)
        return decode_here(b);
    give(b, &p->text, p->crc, p->end);
    return OK;
}

/* ---- the cursor ---- */

static int
header(struct bunzip *b, bool *more)
{
    static const char magic[] = "BZh";
    const char       *bytes;
    size_t            len;
    bool              there;
    int               rc = want(b, b->cursor, HEADER_BITS, &there);

    len = (size_t)have_bits(b, b->cursor) / 8;
    *more = len > 0;
    if (rc != OK || !*more)
        return rc;
    bytes = b->raw.bytes + (b->cursor / 8 - raw_start(b));
    if (len < 4 && memcmp(bytes, magic, len) == 0)
        return truncated(b);
    if (!bunzip_begins(bytes, len))
        return err_set(ERR_FORMAT, "%s: what follows the bzip2 data at byte %llu is no bzip2 data",
            b->in->name, (unsigned long long)b->cursor / 8);
    b->level = bytes[3];
    b->crc = 0;
    b->crc_unknown = false;
    b->in_stream = true;
    b->cursor += HEADER_BITS;
    return OK;
}

/* What stands at the cursor inside a stream: a block, or the end of it. */
static int
inside(struct bunzip *b)
{
    bool     there;
    int      rc = want(b, b->cursor, MAGIC_BITS, &there);
    uint64_t magic;

    if (rc != OK || !there)
        return rc != OK ? rc : truncated(b);
    magic = peek(b, b->cursor, MAGIC_BITS);
    if (magic == BUNZIP_BITS_BLOCK)
        return next_block(b);
    if (magic != BUNZIP_BITS_END)
        return damaged(b, b->cursor + MAGIC_BITS);
    rc = want(b, b->cursor, MAGIC_BITS + CRC_BITS, &there);
    if (rc != OK || !there)
        return rc != OK ? rc : truncated(b);
    b->cursor += MAGIC_BITS + CRC_BITS;
    if (peek(b, b->cursor - CRC_BITS, CRC_BITS) != b->crc && !b->crc_unknown)
        return damaged(b, b->cursor);
    b->cursor = (b->cursor + 7) / 8 * 8;
    b->in_stream = false;
    return OK;
}

int
bunzip_some(struct bunzip *b, const char **bytes, size_t *len)
{
    bool more = true;
    int  rc = OK;

    *len = 0;
    while (rc == OK && more && *len == 0) {
        if (b->giving == NULL) {
            rc = b->in_stream ? inside(b) : header(b, &more);
            continue;
        }
        *len = bunzip_block_expand(b->giving, &b->given, b->bytes.bytes, GIVE_BYTES);
        *bytes = b->bytes.bytes;
        if (b->given < b->giving->len)
            continue;
        if (b->giving != &b->alone)
            bunzip_ring_pop(&b->ring);
        b->giving = NULL;
        b->given = 0;
    }
    return rc;
}

int
bunzip_skip(struct bunzip *b)
{
    uint64_t at = 0;
    int      rc = OK;

    bunzip_ring_flush(&b->ring);
    b->ahead_valid = false;
    b->crc_unknown = true;
    b->cursor += have_bits(b, b->cursor) > 0; /* not the same again */
    while (rc == OK && at == 0 && have_bits(b, b->cursor) >= MAGIC_BITS) {
        uint64_t base = raw_start(b) * 8;

        at = bunzip_bits_find(b->raw.bytes, b->raw.len, b->cursor - base);
        b->cursor = at != 0 ? base + at : b->in->offset * 8 - MAGIC_BITS + 1;
        if (at == 0 && !b->at_end)
            rc = fill(b);
    }
    b->in_stream = at != 0;
    if (at == 0)
        b->cursor = b->in->offset * 8;
    else if (b->level == 0)
        b->level = '9';
    return rc;
}

/* ---- life ---- */

int
bunzip_open(struct bunzip **to, struct in *in, const char *first, size_t first_len, int jobs)
{
    struct bunzip *b = *to = calloc(1, sizeof *b);
    int            rc;

    if (b == NULL)
        return err_set(ERR_MEMORY, "no memory: %s cannot be decompressed", in->name);
    b->in = in;
    b->cursor = (in->offset - first_len) * 8;
    rc = bunzip_ring_open(&b->ring, jobs);
    b->raw_max = RAW_BYTES_MIN + (b->ring.count << 20);
    if (rc == OK)
        rc = buf_reserve(&b->raw, b->raw_max);
    if (rc == OK)
        rc = buf_reserve(&b->bytes, GIVE_BYTES);
    if (rc == OK)
        rc = buf_add(&b->raw, first, first_len);
    return rc;
}

void
bunzip_close(struct bunzip *b)
{
    if (b == NULL)
        return;
    bunzip_ring_close(&b->ring);
    buf_free(&b->raw);
    buf_free(&b->alone);
    buf_free(&b->bytes);
    free(b);
}
