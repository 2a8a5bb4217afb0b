/* bunzip_block.c -- see bunzip_block.h.
 *
 * In a block stand, most significant bit first: its magic and checksum, the origin of the
 * transform, which letters occur, 2 to 6 Huffman codes, which of them is used for each group of 50
 * symbols, and the symbols.  A symbol is the rank of a letter in a list of which the last one used
 * comes first; runs of rank 0 are written as numbers with the digits 1 and 2 (bzip2-1.0.8, and
 * libbz2's decompress.c, to whose answers on damaged data this keeps). */
#include "lib/bunzip_block.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bunzip_bits.h"
#include "lib/bunzip_bwt.h"

enum {
    TABLES_MAX = 6, SYMBOLS_MAX = 258, CODE_BITS_MAX = 20, GROUP = 50,
    SELECTORS_MAX = 18002, /* 900,000 / 50, and 2 */
    FAST_BITS = 10,
    RUN_DIGITS_MAX = 21
};

/* A Huffman code: a code of n bits, as a number, is at most limit[n], and stands in `symbols` at
 * itself - base[n].  `fast` has for the next FAST_BITS bits the symbol << 5 | n; 0: it is longer.*/
struct code {
    int32_t  limit[CODE_BITS_MAX + 1], base[CODE_BITS_MAX + 1];
    uint16_t symbols[SYMBOLS_MAX];
    uint16_t fast[1 << FAST_BITS];
    int      shortest;
};

/* Behind the end there are zeros; `bits` then falls below 0. */
struct reader {
    const unsigned char *at, *end;
    uint64_t             acc; /* the next bits, topmost first */
    int                  bits;
};

struct bunzip_block {
    struct bunzip_bwt bwt;
    struct code       codes[TABLES_MAX];
    unsigned char     selectors[SELECTORS_MAX];
    uint32_t          crc[8][256];
    uint32_t          counts[256]; /* of the letters */
    unsigned char     letters[256];
    int               letter_count, code_count, selector_count;
    size_t            len;         /* of the block */
};

/* ---- bits ---- */

/* At least 56 bits, or all that there are. */
static inline void
refill(struct reader *r)
{
    while (r->bits <= 56 && r->at < r->end) {
        r->acc |= (uint64_t)*r->at++ << (56 - r->bits);
        r->bits += 8;
    }
}

static inline void
refill_fast(struct reader *r)
{
    uint64_t next = 0;

    if (r->end - r->at < 8) {
        refill(r);
        return;
    }
    for (int i = 0; i < 8; i++)
        next = next << 8 | r->at[i];
    r->acc |= next >> r->bits;
    r->at += (63 - r->bits) >> 3;
    r->bits |= 56;
}

static inline void
drop(struct reader *r, int count)
{
    r->acc <<= count;
    r->bits -= count;
}

static uint32_t
take(struct reader *r, int count) /* 1 to 32 */
{
    uint32_t bits;

    refill(r);
    bits = (uint32_t)(r->acc >> (64 - count));
    drop(r, count);
    return bits;
}

/* ---- what stands before the symbols ---- */

static bool
read_letters(struct bunzip_block *w, struct reader *r)
{
    uint32_t rows = take(r, 16);

    w->letter_count = 0;
    for (int row = 0; row < 16; row++) {
        uint32_t bits = (rows >> (15 - row) & 1) != 0 ? take(r, 16) : 0;

        for (int i = 0; i < 16; i++)
            if ((bits >> (15 - i) & 1) != 0)
                w->letters[w->letter_count++] = (unsigned char)(16 * row + i);
    }
    return w->letter_count > 0;
}

/* Selectors are ranks as well, each written as so many ones.  More than can be used may be there
 * (some programs round up): they are passed over. */
static bool
read_selectors(struct bunzip_block *w, struct reader *r)
{
    unsigned char order[TABLES_MAX] = { 0, 1, 2, 3, 4, 5 };
    int           count;

    w->code_count = (int)take(r, 3);
    count = (int)take(r, 15);
    if (w->code_count < 2 || w->code_count > TABLES_MAX || count < 1)
        return false;
    for (int i = 0; i < count && r->bits >= 0; i++) {
        int           rank = 0;
        unsigned char code;

        while (take(r, 1) == 1)
            if (++rank >= w->code_count)
                return false;
        code = order[rank];
        memmove(order + 1, order, (size_t)rank);
        order[0] = code;
        if (i < SELECTORS_MAX)
            w->selectors[i] = code;
    }
    w->selector_count = count < SELECTORS_MAX ? count : SELECTORS_MAX;
    return true;
}

/* The code whose n-th symbol has lengths[n] bits, canonical: by length, then by symbol. */
static void
make_code(struct code *c, const unsigned char *lengths, int count)
{
    int32_t code = 0, filled = 0;
    int     longest = 0;

    c->shortest = CODE_BITS_MAX;
    for (int i = 0; i < count; i++) {
        longest = lengths[i] > longest ? lengths[i] : longest;
        c->shortest = lengths[i] < c->shortest ? lengths[i] : c->shortest;
    }
    for (int n = 1; n <= CODE_BITS_MAX; n++) {
        code *= 2;
        c->base[n] = code - filled;
        for (int i = 0; i < count; i++)
            if (lengths[i] == n)
                c->symbols[filled++] = (uint16_t)i, code++;
        c->limit[n] = n < c->shortest || n > longest ? -1 : code - 1;
    }
    for (int32_t bits = 0; bits < 1 << FAST_BITS; bits++) {
        c->fast[bits] = 0;
        for (int n = c->shortest; n <= FAST_BITS && c->fast[bits] == 0; n++) {
            int32_t prefix = bits >> (FAST_BITS - n), i = prefix - c->base[n];

            if (prefix > c->limit[n])
                continue;
            if (i >= 0 && i < SYMBOLS_MAX)
                c->fast[bits] = (uint16_t)(c->symbols[i] << 5 | n);
            break; /* a code with too many words may give a wrong one: left to slow_symbol */
        }
    }
}

static bool
read_codes(struct bunzip_block *w, struct reader *r)
{
    unsigned char lengths[SYMBOLS_MAX];
    int           count = w->letter_count + 2;

    for (int c = 0; c < w->code_count; c++) {
        int len = (int)take(r, 5);

        for (int i = 0; i < count; i++) {
            for (;;) {
                if (len < 1 || len > CODE_BITS_MAX || r->bits < 0)
                    return false;
                if (take(r, 1) == 0)
                    break;
                len += take(r, 1) == 0 ? 1 : -1;
            }
            lengths[i] = (unsigned char)len;
        }
        make_code(&w->codes[c], lengths, count);
    }
    return true;
}

/* ---- the symbols ---- */

static int
slow_symbol(const struct code *c, struct reader *r)
{
    for (int n = c->shortest; n <= CODE_BITS_MAX; n++) {
        int32_t bits = (int32_t)(r->acc >> (64 - n)), i = bits - c->base[n];

        if (bits > c->limit[n])
            continue;
        drop(r, n);
        return i >= 0 && i < SYMBOLS_MAX ? c->symbols[i] : -1;
    }
    return -1;
}

static inline int
symbol(const struct code *c, struct reader *r)
{
    unsigned entry = c->fast[r->acc >> (64 - FAST_BITS)];

    if (entry == 0)
        return slow_symbol(c, r);
    drop(r, (int)(entry & 31));
    return (int)(entry >> 5);
}

/* Letters by when they were last used.  The first eight, which nearly all are among, are the bytes
 * of a word, the first one lowest. */
struct recent {
    uint64_t      first;
    unsigned char rest[256];
};

static inline unsigned char
use(struct recent *l, int rank)
{
    unsigned char letter;

    if (rank < 8) {
        int      shift = 8 * rank;
        uint64_t before = l->first & (((uint64_t)1 << shift) - 1);

        letter = (unsigned char)(l->first >> shift);
        l->first = (l->first & ~(((uint64_t)2 << shift << 7) - 1)) | before << 8 | letter;
        return letter;
    }
    letter = l->rest[rank - 8];
    memmove(l->rest + 1, l->rest, (size_t)(rank - 8));
    l->rest[0] = (unsigned char)(l->first >> 56);
    l->first = l->first << 8 | letter;
    return letter;
}

static void
start_recent(const struct bunzip_block *w, struct recent *l)
{
    l->first = 0;
    memset(l->rest, 0, sizeof l->rest);
    for (int i = 0; i < w->letter_count; i++)
        if (i < 8)
            l->first |= (uint64_t)w->letters[i] << 8 * i;
        else
            l->rest[i - 8] = w->letters[i];
}

/* The letters to bwt.next; false when they are no block of `max` bytes. */
static bool
read_symbols(struct bunzip_block *w, struct reader *r, size_t max)
{
    struct recent      l;
    const struct code *code = NULL;
    uint32_t          *to = w->bwt.next, *end = to + max;
    int                last = w->letter_count + 1, group = 0, left = 0, digits = 0;
    size_t             run = 0;

    start_recent(w, &l);
    memset(w->counts, 0, sizeof w->counts);
    for (;;) {
        int           s;
        unsigned char letter;

        if (left-- == 0) {
            if (group == w->selector_count || r->bits < 0)
                return false;
            code = &w->codes[w->selectors[group++]];
            left = GROUP - 1;
        }
        if (r->bits < CODE_BITS_MAX)
            refill_fast(r);
        s = symbol(code, r);
        if (s == 0 || s == 1) {
            if (digits == RUN_DIGITS_MAX)
                return false;
            run += (size_t)(s + 1) << digits++;
            continue;
        }
        if (run > 0) {
            letter = (unsigned char)l.first;
            if (run > (size_t)(end - to))
                return false;
            w->counts[letter] += (uint32_t)run;
            for (; run > 0; run--)
                *to++ = letter;
            digits = 0;
        }
        if (s == last)
            break;
        if (s < 0 || s > last || to == end)
            return false;
        letter = use(&l, s - 1);
        w->counts[letter]++;
        *to++ = letter;
    }
    w->len = (size_t)(to - w->bwt.next);
    return r->bits >= 0;
}

/* ---- the checksum ---- */

/* CRC-32 with the polynomial 04c11db7, topmost bit first; eight bytes at a time by tables of what
 * each byte does to the register that many bytes later. */
static void
make_crc(struct bunzip_block *w)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i << 24;

        for (int bit = 0; bit < 8; bit++)
            c = c << 1 ^ ((c >> 31) != 0 ? 0x04c11db7u : 0);
        w->crc[0][i] = c;
    }
    for (int k = 1; k < 8; k++)
        for (int i = 0; i < 256; i++)
            w->crc[k][i] = w->crc[k - 1][i] << 8 ^ w->crc[0][w->crc[k - 1][i] >> 24];
}

static uint32_t
crc_add(const struct bunzip_block *w, uint32_t crc, const unsigned char *p, size_t len)
{
    for (; len >= 8; p += 8, len -= 8)
        crc = w->crc[7][p[0] ^ crc >> 24] ^ w->crc[6][p[1] ^ (crc >> 16 & 0xff)]
            ^ w->crc[5][p[2] ^ (crc >> 8 & 0xff)] ^ w->crc[4][p[3] ^ (crc & 0xff)]
            ^ w->crc[3][p[4]] ^ w->crc[2][p[5]] ^ w->crc[1][p[6]] ^ w->crc[0][p[7]];
    for (; len > 0; p++, len--)
        crc = crc << 8 ^ w->crc[0][crc >> 24 ^ *p];
    return crc;
}

/* ---- the long form ---- */

/* The first place in [at, end] that is behind four equal bytes; end + 1 if there is none. */
static size_t
find_count(const char *text, size_t at, size_t end)
{
    for (; at + 8 <= end; at += 5) {
        uint64_t x, same;

        memcpy(&x, text + at, 8);
        x ^= x >> 8; /* a byte of 0 where the next one is the same */
        same = ~(((x & 0x7f7f7f7f7f7f7f7fu) + 0x7f7f7f7f7f7f7f7fu) | x) & 0x0080808080808080u;
        if ((same & same >> 8 & same >> 16) != 0)
            break;
    }
    for (; at + 4 <= end; at++)
        if (text[at] == text[at + 1] && text[at] == text[at + 2] && text[at] == text[at + 3])
            return at + 4;
    return end + 1;
}

size_t
bunzip_block_expand(const struct buf *text, size_t *at, char *to, size_t max)
{
    const char *bytes = text->bytes;
    size_t      len = 0;

    while (*at < text->len && max - len >= BUNZIP_BLOCK_EXPAND_BYTES_MIN) {
        size_t room = max - len - UINT8_MAX, left = text->len - *at;
        size_t end = *at + (left < room ? left : room), count = find_count(bytes, *at, end);
        bool   found = count <= end;

        if (found && count == text->len)
            break; /* the count is missing */
        if (!found) /* no further than in front of a run that may be going on */
            for (count = end; count < text->len && bytes[count] == bytes[count - 1];)
                count--;
        memcpy(to + len, bytes + *at, count - *at);
        len += count - *at;
        *at = count;
        if (found) {
            size_t more = (unsigned char)bytes[count];

            memset(to + len, bytes[count - 1], more);
            len += more;
            ++*at;
        }
    }
    return len;
}

/* Is the long form whole, and has it this checksum? */
static bool
is_right(const struct bunzip_block *w, const struct buf *text, uint32_t want)
{
    char     piece[8192];
    size_t   at = 0, len;
    uint32_t crc = UINT32_MAX;

    while ((len = bunzip_block_expand(text, &at, piece, sizeof piece)) > 0)
        crc = crc_add(w, crc, (const unsigned char *)piece, len);
    return at == text->len && ~crc == want;
}

/* ---- a block ---- */

struct bunzip_block *
bunzip_block_new(void)
{
    struct bunzip_block *w = malloc(sizeof *w);

    if (w != NULL)
        make_crc(w);
    return w;
}

void
bunzip_block_free(struct bunzip_block *w)
{
    free(w);
}

static int
decode(struct bunzip_block *w, struct reader *r, size_t max, struct buf *text)
{
    uint32_t crc, origin;
    int      rc;

    (void)take(r, 24); /* the magic */
    (void)take(r, 24);
    crc = take(r, 32);
    if (take(r, 1) != 0)
        return r->bits < 0 ? ERR_TRUNCATED : ERR_LIMIT;
    origin = take(r, 24);
    if (!read_letters(w, r) || !read_selectors(w, r) || !read_codes(w, r)
        || !read_symbols(w, r, max) || origin >= w->len)
        return r->bits < 0 ? ERR_TRUNCATED : ERR_FORMAT;
    buf_reset(text);
    rc = buf_reserve(text, w->len);
    if (rc != OK)
        return rc;
    bunzip_bwt_undo(&w->bwt, w->len, origin, w->counts, text->bytes);
    text->len = w->len;
    return is_right(w, text, crc) ? OK : ERR_FORMAT;
}

int
bunzip_block_decode(struct bunzip_block *w, const char *bytes, size_t len, uint64_t at, char level,
    struct buf *text, uint64_t *end)
{
    const unsigned char *p = (const unsigned char *)bytes;
    struct reader        r = { p + at / 8, p + len, 0, 0 };
    int                  rc;

    refill(&r);
    drop(&r, (int)(at % 8));
    rc = decode(w, &r, (size_t)(level - '0') * BUNZIP_BLOCK_LEVEL_BYTES, text);
    *end = (uint64_t)(r.at - p) * 8 - (uint64_t)(r.bits > 0 ? r.bits : 0);
    return rc;
}
