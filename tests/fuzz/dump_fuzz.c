/* dump_fuzz.c -- wikiextract's reader of MediaWiki XML, plain or in bzip2, and its pages' text. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h */
#include "tests/fuzz/fuzz.h"
#include "tools/wikiextract/dump.h"
#include "tools/wikiextract/scan.h"
#include "tools/wikiextract/tidy.h"

enum { PAGE_MAX_BYTES = 4096 }; /* small, so that pages beyond it are met */

static struct scan scan;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    template_start();
    return 0;
}

static void
take_page(struct batch *batch, const struct page *page)
{
    struct tidy tidy;

    fuzz_need(strlen(batch->bytes.bytes + page->title_at) <= page->title_len);
    scan.names = &batch->names;
    batch->bytes.bytes[page->text_at + page->text_len] = '\0';
    scan_page(&scan, (struct span){ batch->bytes.bytes + page->text_at, page->text_len });
    if (!scan.too_deep)
        tidy_page(&scan.out.buf, &tidy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct names names = { 0 };
    struct dump  dump;
    struct batch batch = { 0 };
    struct in    in = { .fd = fuzz_file(bytes, len), .name = "fuzz", .size = len };
    int          rc;

    fuzz_need(names_start(&names) == OK);
    rc = dump_open(&dump, &in, &names, PAGE_MAX_BYTES, 1 + (int)(len % 3));
    dump.keep_going = len % 2 == 0;
    dump.lax = len % 5 == 0;
    while (rc == OK || rc == 1) {
        rc = dump_next(&dump, &batch);
        if (rc != 1)
            break;
        for (size_t i = 0; i < batch.count; i++)
            take_page(&batch, &batch.pages[i]);
    }
    dump_close(&dump);
    pages_free(&batch);
    names_free(&names);
    return 0;
}
