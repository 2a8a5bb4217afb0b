/* lie.c -- a seekable zstd file (lib/zseek.h) in which one frame, or the table's row of it, says
 * what is not so.  Everything else fits.
 *
 *     lie FILE FRAME window       the frame asks for a window of 2 GiB and does not say its length
 *     lie FILE FRAME content N    the frame says it holds N bytes
 *     lie FILE FRAME bytes N      the table says the frame holds N bytes
 *     lie FILE FRAME stored N     the table says it is stored in N more bytes, the next in N fewer
 *
 * Frames are numbered from 0, from the last one if negative.  Frame header: RFC 8878, 3.1.1.1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"

enum {
    FOOT_BYTES = 9,
    ENTRY_BYTES = 12,
    TABLE_HEAD_BYTES = 8,
    FRAME_CHECKED = 0x04,
    FRAME_SINGLE = 0x20,
    FRAME_LENGTH_8 = 0xC0,
    WINDOW_2_GIB = (31 - 10) << 3
};

static uint32_t
load_u32(const char *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof value);
    return value;
}

static void
add_u32(char *at, uint32_t more)
{
    uint32_t value = load_u32(at) + more;

    memcpy(at, &value, sizeof value);
}

/* The bytes of a frame's header, which has no dictionary. */
static size_t
header_bytes(const char *frame)
{
    static const size_t length_bytes[4] = { 0, 2, 4, 8 };
    unsigned char       descriptor = (unsigned char)frame[4];
    bool                single = (descriptor & FRAME_SINGLE) != 0;
    size_t              length = length_bytes[descriptor >> 6];

    return 5 + (single ? 0 : 1) + (length == 0 && single ? 1 : length);
}

/* Another header for the frame at `offset`: one with a window if `content` is 0. */
static int
rewrite(struct buf *file, size_t offset, char *entry, uint64_t content)
{
    char   header[14];
    size_t old = header_bytes(file->bytes + offset), now, entry_at = (size_t)(entry - file->bytes);

    memcpy(header, file->bytes + offset, 5);
    header[4] = FRAME_CHECKED;
    if (content == 0) {
        header[5] = (char)WINDOW_2_GIB;
        now = 6;
    } else {
        header[4] |= (char)(FRAME_SINGLE | FRAME_LENGTH_8);
        memcpy(header + 5, &content, sizeof content);
        now = 5 + sizeof content;
    }
    add_u32(file->bytes + entry_at, (uint32_t)(now - old));
    if (buf_reserve(file, sizeof header) != OK)
        return ERR_MEMORY;
    memmove(file->bytes + offset + now, file->bytes + offset + old, file->len - offset - old);
    memcpy(file->bytes + offset, header, now);
    file->len += now - old;
    return OK;
}

static int
lie(struct buf *file, long frame, const char *kind, uint64_t value)
{
    uint32_t frames = load_u32(file->bytes + file->len - FOOT_BYTES);
    char    *table = file->bytes + file->len - FOOT_BYTES - (size_t)frames * ENTRY_BYTES, *entry;
    size_t   offset = 0;

    if (frame < 0)
        frame += frames;
    entry = table + frame * ENTRY_BYTES;
    for (long i = 0; i < frame; i++)
        offset += load_u32(table + i * ENTRY_BYTES);
    if (strcmp(kind, "window") == 0)
        return rewrite(file, offset, entry, 0);
    if (strcmp(kind, "content") == 0)
        return rewrite(file, offset, entry, value);
    if (strcmp(kind, "bytes") == 0) {
        add_u32(entry + 4, (uint32_t)value - load_u32(entry + 4));
    } else {
        add_u32(entry, (uint32_t)value);
        add_u32(entry + ENTRY_BYTES, -(uint32_t)value);
    }
    return OK;
}

int
main(int argc, char **argv)
{
    struct buf file = { 0 };

    if (argc < 4) {
        fputs("lie FILE FRAME window|content|bytes|stored [N]\n", stderr);
        return 2;
    }
    if (file_read_all(&file, argv[1], 1 << 30) != OK
        || lie(&file, atol(argv[2]), argv[3], argc > 4 ? strtoull(argv[4], NULL, 10) : 0) != OK
        || fwrite(file.bytes, 1, file.len, stdout) != file.len || fflush(stdout) != 0) {
        fprintf(stderr, "lie: %s\n", err_msg());
        return 1;
    }
    buf_free(&file);
    return 0;
}
