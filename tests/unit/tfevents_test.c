/* tfevents_test.c -- the events file against values worked out elsewhere: RFC 3720 for the
 * checksum, and a record put together by hand from the protocol buffer encoding. */
#include "lib/tfevents.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "tests/tap.h"

static char dir[] = "/tmp/cloze-tfevents.XXXXXX";

/* RFC 3720, appendix B.4, gives these; the bytes there stand in wire order. */
static void
test_crc(void)
{
    uint8_t bytes[32];

    memset(bytes, 0, sizeof bytes);
    ok(tfevents_crc32c(bytes, 32) == 0x8A9136AAu, "crc32c of 32 bytes of zeros");
    memset(bytes, 0xFF, sizeof bytes);
    ok(tfevents_crc32c(bytes, 32) == 0x62A8AB43u, "crc32c of 32 bytes of ones");
    for (int i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    ok(tfevents_crc32c(bytes, 32) == 0x46DD794Eu, "crc32c of 0 .. 31");
    ok(tfevents_crc32c("123456789", 9) == 0xE3069283u, "crc32c of the nine digits");
}

static void
read_events(struct buf *b)
{
    DIR           *d = opendir(dir);
    struct dirent *entry;
    char           path[600];

    buf_reset(b);
    while ((entry = readdir(d)) != NULL)
        if (strncmp(entry->d_name, "events.out.tfevents.", 20) == 0) {
            snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
            if (file_read_all(b, path, 1 << 20) != OK)
                ok(false, "%s", err_msg());
        }
    closedir(d);
}

static void
add(struct tfevents *t, uint64_t step)
{
    const struct tfevents_value values[] = { { "loss", 0.5 }, { "lr", -2 } };

    if (tfevents_add(t, 1.5, step, 2, values) != OK)
        ok(false, "%s", err_msg());
}

/* Event{wall_time=1.5, step=300, summary{value{"loss",0.5}, value{"lr",-2}}}, by hand. */
static void
test_record(void)
{
    static const uint8_t payload[] = {
        0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F,                          /* field 1: 1.5 */
        0x10, 0xAC, 0x02,                                            /* field 2: 300 */
        0x2A, 0x18,                                                  /* field 5: 24 bytes */
        0x0A, 0x0B, 0x0A, 0x04, 'l', 'o', 's', 's', 0x15, 0, 0, 0, 0x3F, /* 0.5f */
        0x0A, 0x09, 0x0A, 0x02, 'l', 'r', 0x15, 0, 0, 0, 0xC0,       /* -2f */
    };
    struct tfevents t;
    struct buf      file = { 0 };
    uint64_t        len;
    uint32_t        check, want;

    if (tfevents_open(&t, dir, 0) != OK)
        ok(false, "%s", err_msg());
    add(&t, 300);
    if (tfevents_sync(&t) != OK)
        ok(false, "%s", err_msg());
    tfevents_close(&t);
    read_events(&file);
    /* the first record: 9 bytes of time, 2 + 13 of version */
    memcpy(&len, file.bytes, sizeof len);
    ok(len == 24, "the first record has 24 bytes of payload");
    ok(memcmp(file.bytes + 12 + 9, "\x1A\x0D" "brain.Event:2", 15) == 0, "it is the version");
    ok(file.len == 16 + 24 + 16 + sizeof payload, "the file has no more than two records");
    memcpy(&len, file.bytes + 40, sizeof len);
    ok(len == sizeof payload && memcmp(file.bytes + 52, payload, sizeof payload) == 0,
        "the second record is the hand-made one");
    check = tfevents_crc32c(payload, sizeof payload);
    want = ((check >> 15) | (check << 17)) + 0xa282ead8u;
    memcpy(&check, file.bytes + 52 + sizeof payload, sizeof check);
    ok(check == want, "its check is masked");
    buf_free(&file);
}

static void
test_cut(void)
{
    struct tfevents t;
    struct buf      before = { 0 }, after = { 0 };
    int             rc = OK;
    bool            undamaged;

    read_events(&before);
    if (tfevents_open(&t, dir, 300) != OK)
        ok(false, "%s", err_msg());
    for (uint64_t step = 301; step < 310; step++)
        add(&t, step);
    tfevents_close(&t);
    read_events(&after);
    ok(after.len > before.len && memcmp(after.bytes, before.bytes, before.len) == 0,
        "opened again, it is continued in the same file");
    rc = tfevents_open(&t, dir, 300);
    tfevents_close(&t);
    read_events(&after);
    ok(rc == OK && after.len == before.len && memcmp(after.bytes, before.bytes, before.len) == 0,
        "what is above the step is cut off");
    rc = tfevents_open(&t, dir, 1000);
    if (rc == OK && write(t.fd, "\x30\0\0\0\0\0\0\0hal", 11) != 11)
        rc = ERR_IO;
    tfevents_close(&t);
    if (rc == OK)
        rc = tfevents_open(&t, dir, 1000);
    undamaged = t.damaged_at == -1;
    tfevents_close(&t);
    read_events(&after);
    ok(rc == OK && after.len == before.len && undamaged,
        "so is half a record, which is no damage");
    buf_free(&before);
    buf_free(&after);
}

/* Another byte in the second record of three: at `place` of it. */
static void
test_damage(size_t place, const char *what)
{
    struct tfevents t;
    struct buf      before = { 0 }, after = { 0 };
    const off_t     second = 40; /* behind the version */
    int             rc = tfevents_open(&t, dir, 1000);

    add(&t, 400);
    read_events(&before);
    if (rc == OK && file_write_at(t.fd, "\xff", 1, (uint64_t)second + place) != 1)
        rc = ERR_IO;
    tfevents_close(&t);
    if (rc == OK)
        rc = tfevents_open(&t, dir, 1000);
    ok(rc == OK && t.damaged_at == second, "%s: found", what);
    add(&t, 300);
    tfevents_close(&t);
    read_events(&after);
    ok((off_t)after.len > second && after.len < before.len
        && memcmp(after.bytes, before.bytes, (size_t)second) == 0, "%s: cut off there", what);
    rc = tfevents_open(&t, dir, 1000);
    ok(rc == OK && t.damaged_at == -1, "%s: and that is a whole file", what);
    tfevents_close(&t);
    buf_free(&before);
    buf_free(&after);
}

int
main(void)
{
    test_crc();
    if (mkdtemp(dir) == NULL)
        return 1;
    test_record();
    test_cut();
    test_damage(20, "a damaged record");
    test_damage(1, "a damaged length");
    if (dir_remove(dir) != OK)
        ok(false, "%s", err_msg());
    return tap_done();
}
