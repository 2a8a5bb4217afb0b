/* config_fuzz.c -- the file of --config: what was read, printed and read again is the same. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h */
#include "lib/opt.h"
#include "tests/fuzz/fuzz.h"

struct values {
    const char *config, *text;
    long long   number, size, seconds;
    double      real;
    int         choice;
    bool        flag, given;
};

static int
parse(struct values *v, struct buf *dump, const char *bytes, size_t len)
{
    const struct opt opts[] = {
        { 'n', "number", "N", OPT_INT, &v->number, -5, 1e12, "", 0, 0 },
        { 0, "size", "SIZE", OPT_SIZE, &v->size, 0, 9e18, "", 0, 0 },
        { 0, "time", "TIME", OPT_TIME, &v->seconds, 0, 9e18, "", 0, 0 },
        { 0, "real", "X", OPT_REAL, &v->real, -1e300, 1e300, "", 0, 0 },
        { 0, "choice", 0, OPT_CHOICE, &v->choice, 0, 0, "", "one|two|three", 0 },
        { 'f', "flag", 0, OPT_FLAG, &v->flag, 0, 0, "", 0, &v->given },
        { 't', "text", "TEXT", OPT_STR, &v->text, 0, 0, "", 0, 0 },
        { 0, "config", "FILE", OPT_CONFIG, &v->config, 0, 0, "", 0, 0 },
        { 0 },
    };
    char         path[64], name[] = "fuzz", config[] = "--config";
    char        *argv[] = { name, config, path, NULL };
    int          first, rc;
    enum opt_ask ask;

    snprintf(path, sizeof path, "%s", fuzz_path(fuzz_file(bytes, len)));
    rc = opt_parse(opts, 3, argv, &first, &ask);
    return rc == OK ? opt_dump(opts, dump) : rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct values a = { 0 }, b = { 0 };
    struct buf    once = { 0 }, twice = { 0 };

    if (parse(&a, &once, (const char *)bytes, len) == OK) {
        fuzz_need(parse(&b, &twice, once.bytes, once.len) == OK);
        fuzz_need(once.len == twice.len && memcmp(once.bytes, twice.bytes, once.len) == 0);
    }
    buf_free(&once);
    buf_free(&twice);
    return 0;
}
