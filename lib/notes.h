/* notes.h -- the words that get a note (Wu et al., "Taking notes on the fly helps language
 * pre-training", ICLR 2021): the table that `freqstat --rare` prints, word <TAB> count, a row a
 * word, in the order of words(5).  The note id of a word is its row, from 0. */
#ifndef LIB_NOTES_H
#define LIB_NOTES_H

#include "lib/strtab.h"

enum { NOTES_BYTES_MAX = 1 << 30, NOTES_NONE = -1 };

struct notes {
    struct strtab words;
};

/* notes_open -- read the bytes of a table; `name` begins the sentence on failure.
 * Errors: ERR_FORMAT, "NAME:LINE: cause": a row that words(5) forbids, a word that stands there
 * already. */
MUST int notes_open(struct notes *n, const char *bytes, size_t len, const char *name);
void     notes_close(struct notes *n);

/* notes_find -- the note id of a word; NOTES_NONE if it has none. */
int64_t  notes_find(const struct notes *n, const char *word, size_t len);
uint32_t notes_count(const struct notes *n);

#endif
