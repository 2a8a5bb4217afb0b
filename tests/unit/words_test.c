/* words_test.c -- tables of words: what is a row, what is none, and tables of nothing. */
#include "lib/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/tap.h"

static char path[] = "/tmp/words_test-XXXXXX";

/* The rows as "word count,", and how it ends: 0 or an error. */
static int
rows(char *got, size_t max, const char *text, size_t len, bool ordered)
{
    struct words        w;
    struct wordmap_word word;
    uint64_t            count;
    FILE               *file = fopen(path, "w");
    size_t              at = 0;
    int                 rc;

    CHECK(file != NULL && fwrite(text, 1, len, file) == len && fclose(file) == 0);
    CHECK(words_open(&w, path, ordered) == OK);
    got[0] = '\0';
    while ((rc = words_get(&w, &word, &count)) == 1)
        at += (size_t)snprintf(got + at, max - at, "%.*s %llu,", (int)word.len, word.bytes,
            (unsigned long long)count);
    words_close(&w);
    return rc;
}

int
main(void)
{
    static const char *const bad[] = { "a\n", "a\t\n", "\t1\n", "a\t0\n", "a\t-1\n", "a b\t1\n",
        "a\t1x\n", "a\t18446744073709551616\n", "\n" };
    char got[256];
    int  fd = mkstemp(path);

    CHECK(fd >= 0);
    close(fd);
    ok(rows(got, sizeof got, "", 0, true) == 0 && got[0] == '\0', "an empty table has no rows");
    ok(rows(got, sizeof got, "b\t2\na\t1\n", 8, true) == 0 && strcmp(got, "b 2,a 1,") == 0,
        "rows in order");
    ok(rows(got, sizeof got, "b\t2\na\t1", 7, true) == 0 && strcmp(got, "b 2,a 1,") == 0,
        "the last line needs no end");
    ok(rows(got, sizeof got, "a\t1\nb\t2\n", 8, true) == ERR_FORMAT && strcmp(got, "a 1,") == 0,
        "out of order: %s", err_msg());
    ok(rows(got, sizeof got, "a\t1\nb\t2\n", 8, false) == 0 && strcmp(got, "a 1,b 2,") == 0,
        "unless any order will do");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(rows(got, sizeof got, bad[i], strlen(bad[i]), false) == ERR_FORMAT, "refused: %s",
            err_msg());
    unlink(path);
    return tap_done();
}
