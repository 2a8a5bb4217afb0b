/* bpe.h -- byte pair encoding: of the neighbours in a word the pair with the best rank is merged,
 * leftmost first, until no pair is known.
 *
 * Source: Sennrich, Haddow, Birch, "Neural machine translation of rare words with subword units",
 * ACL 2016; in the details as Hugging Face `tokenizers` does it. */
#ifndef LIB_BPE_H
#define LIB_BPE_H

#include "lib/strtab.h"

#define BPE_NO_PAIR UINT64_MAX

enum { BPE_SINGLES = 512 };

struct bpe {
    const struct strtab *vocab;
    char                *prefix;  /* before every character but the first: "##", or "" */
    char                *suffix;  /* behind the last character: "</w>", or "" */
    uint32_t             unknown; /* STRTAB_NONE: unknown characters vanish */
    bool                 fuse_unknown, byte_fallback, ignore_merges;
    struct buf           merges; /* open addressing, struct bpe_merge */
    size_t               merge_mask, merge_count;
    uint32_t             bytes[256]; /* ids of <0x00> .. <0xFF>, for byte_fallback */
    bool                 plain;      /* neither prefix nor suffix: a character is its own key, */
    uint32_t             singles[BPE_SINGLES]; /* and these are the ids of the first */
};

struct bpe_merge {
    uint64_t pair; /* left id << 32 | right id; BPE_NO_PAIR: the slot is free */
    uint32_t rank, made;
};

struct bpe_work {
    struct buf symbols, heap, key;
};

/* bpe_open -- prefix and suffix are copied; `vocab` must outlive it. */
MUST int bpe_open(struct bpe *b, const struct strtab *vocab, const char *prefix,
    const char *suffix);
void     bpe_close(struct bpe *b);
/* bpe_merge_add -- the next rank: left and right make left + (right without the prefix).
 * ERR_FORMAT if one of the three is not in the vocabulary. */
MUST int bpe_merge_add(struct bpe *b, const char *left, size_t left_len, const char *right,
    size_t right_len);
/* bpe_encode -- append the u32 ids of a word (UTF-8, not empty) to `ids`. */
MUST int bpe_encode(const struct bpe *b, struct bpe_work *work, const char *word, size_t len,
    struct buf *ids);
void     bpe_work_free(struct bpe_work *work);

#endif
