/* tokens.h -- what the frames of a stream of kind "tokens" hold.
 *
 * Header keys behind the kind: the id width ("u16" or "u32"), then
 *     vocab=N         tokens in the vocabulary (ids are below it)
 *     vocab-hash=HEX  XXH3-128 of the bytes of tokenizer.json
 *     notes=N         rows of notes.tsv, 0 without notes
 *     notes-hash=HEX  XXH3-128 of the bytes of notes.tsv, "-" without
 * Frame 0 is tokenizer.json as it was read; frame 1 is notes.tsv if notes > 0; every further
 * frame is a document, or a part of one:
 *     u32 flags       bit 0: the document goes on in the next frame (cut between sentences)
 *     u32 sentences, tokens, spans
 *     u32 length[sentences]           in tokens; their sum is `tokens`
 *     u16|u32 id[tokens]              padded with 0 to a multiple of 4 bytes
 *     u8  word[(tokens + 7) / 8]      bit i % 8 of byte i / 8: token i begins a word; padded so
 *     3 x u32 (first, count, note)[spans]   tokens first .. first + count - 1 are one noted word;
 *                                     in order of first, not overlapping
 * The end frame counts documents, sentences, tokens. */
#ifndef LIB_TOKENS_H
#define LIB_TOKENS_H

#include <stdbool.h>

#include "lib/hash.h"
#include "lib/strm.h"

#define TOKENS_BEGIN 0x80000000u /* in a marked id: its token begins a word */

struct span { /* a word that has a note */
    uint32_t first, count, note;
};

/* A document, decoded or about to be encoded.  Ids are u32 here whatever the stream's width. */
struct tokens_doc {
    bool         more; /* the document goes on in the next frame */
    uint32_t     sentences, tokens, spans;
    uint32_t    *lengths; /* [sentences] */
    uint32_t    *ids;     /* [tokens] */
    uint8_t     *word;    /* [tokens] 1 where a word begins, else 0: bytes, not bits */
    struct span *span;    /* [spans] */
    struct buf   memory[4];
};

/* tokens_doc_reserve -- room for these many of each; what is there stays. */
MUST int tokens_doc_reserve(struct tokens_doc *d, size_t sentences, size_t tokens, size_t spans);
void     tokens_doc_free(struct tokens_doc *d);

enum { TOKENS_NARROW_MAX = 65535 }; /* ids are u16 in a vocabulary up to this */

struct tokens_head {
    uint32_t vocab_size, notes;
    char     vocab_hash[HASH_HEX_BYTES], notes_hash[HASH_HEX_BYTES];
};

/* ---- writing ---- */

/* tokens_start -- header and the frames of tokenizer.json and notes.tsv (notes 0: none). */
MUST int tokens_start(struct strm_writer *w, struct out *out, struct tokens_head *head,
    const struct buf *tokenizer, const struct buf *notes);
/* tokens_encode -- append the frame payload of `d` to `payload`; ids are checked in tests only. */
MUST int tokens_encode(struct buf *payload, const struct tokens_head *head,
    const struct tokens_doc *d);
/* tokens_encoded_bytes -- its length.  tokens_encode_at -- that many bytes, to where there is
 * room. */
size_t tokens_encoded_bytes(const struct tokens_head *head, const struct tokens_doc *d);
void   tokens_encode_at(char *at, const struct tokens_head *head, const struct tokens_doc *d);

/* tokens_encode_marked -- the same with the ids and the beginnings of words in marked[d->tokens],
 * not in d->ids and d->word. */
MUST int tokens_encode_marked(struct buf *payload, const struct tokens_head *head,
    const struct tokens_doc *d, const uint32_t *marked);

/* ---- reading ---- */

/* tokens_open -- header and first frames; checks both hashes.  The bufs are appended to. */
MUST int tokens_open(struct strm_reader *r, struct in *in, struct tokens_head *head,
    struct buf *tokenizer, struct buf *notes);
/* tokens_get -- 1 and the next document in *d, 0 at the true end.  Everything is checked: lengths,
 * ids below vocab_size, spans in order and in range, notes below `notes`, padding 0. */
MUST int tokens_get(struct strm_reader *r, const struct tokens_head *head, struct tokens_doc *d);
/* tokens_decode -- the same from the bytes of one frame; `where` begins the sentence on failure. */
MUST int tokens_decode(struct tokens_doc *d, const struct tokens_head *head, const void *payload,
    size_t len, const char *where);
/* tokens_view -- the same bytes as they are: their length is checked, not what they say. */
struct tokens_view {
    uint32_t       flags, sentences, tokens, spans;
    const uint8_t *lengths, *ids, *bits, *span; /* not aligned */
};
MUST int tokens_view(struct tokens_view *v, const struct tokens_head *head, const void *payload,
    size_t len, const char *where);
/* tokens_check -- of what a decoded document says: its lengths and spans. */
MUST int tokens_check(const struct tokens_doc *d, const struct tokens_head *head,
    const char *where);

#endif
