/* wikitext_fuzz.c -- wikiextract's scanner of wikitext, its templates, and the last pass. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h */
#include "lib/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tools/wikiextract/scan.h"
#include "tools/wikiextract/tidy.h"

static struct names names;
static struct scan  scan;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    template_start();
    fuzz_need(names_start(&names) == OK);
    return 0;
}

/* The first byte chooses the language and the switches.  What XML cannot hold is replaced, as the
 * text always comes from there. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const languages[] = { "en", "de", "fr", "zh", "ja", "ru", "ar", "xx" };
    struct buf               xml = { 0 };
    struct tidy              tidy;
    uint64_t                 bad;
    char                    *text;

    if (len == 0)
        return 0;
    snprintf(names.language, sizeof names.language, "%s", languages[bytes[0] % 8]);
    scan.names = &names;
    scan.headings = (bytes[0] & 16) != 0;
    scan.tex = (bytes[0] & 32) != 0;
    fuzz_need(utf8_mend(&xml, &bad, (const char *)bytes + 1, len - 1, "?") == OK);
    for (size_t i = 0; i < xml.len; i++)
        if ((unsigned char)xml.bytes[i] < ' ' && xml.bytes[i] != '\n' && xml.bytes[i] != '\t')
            xml.bytes[i] = ' ';
    text = fuzz_copy(xml.bytes, xml.len);
    scan_page(&scan, (struct span){ text, xml.len });
    if (!scan.too_deep) {
        fuzz_need(scan.out.rc == OK && scan.result.rc == OK && scan.dropped.rc == OK);
        tidy_page(&scan.out.buf, &tidy);
    }
    free(text);
    buf_free(&xml);
    return 0;
}
