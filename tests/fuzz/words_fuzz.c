/* words_fuzz.c -- a table of words, read row by row and as notes. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h */
#include "lib/notes.h"
#include "lib/words.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct words        w;
    struct wordmap_word word;
    struct notes        notes;
    uint64_t            count;
    char               *copy = fuzz_copy(bytes, len);
    int                 fd = fuzz_file(bytes, len);

    for (int ordered = 0; ordered < 2; ordered++) {
        fuzz_need(words_open(&w, fuzz_path(fd), ordered) == OK);
        while (words_get(&w, &word, &count) == 1)
            fuzz_need(word.len > 0 && count > 0);
        words_close(&w);
    }
    if (notes_open(&notes, copy, len, "fuzz") == OK) {
        fuzz_need(notes_count(&notes) <= len);
        fuzz_need(notes_find(&notes, copy, len) < (int64_t)len);
        notes_close(&notes);
    }
    free(copy);
    return 0;
}
