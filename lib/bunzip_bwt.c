/* bunzip_bwt.c -- see bunzip_bwt.h.
 *
 * The transform (Burrows and Wheeler, SRC report 124, 1994) sorts the rotations of a text and keeps
 * their last letters.  Undone, it is a permutation: from each letter's place the place of the next
 * one is known, and the text is read by walking from place to place, 900,000 jumps through 3.6 MB
 * of which each waits for the one before.  That waiting for memory is most of what a decoder does.
 *
 * So several walks are made at once.  Nobody knows which part of the text begins at a given place,
 * but a walk that begins there must in the end meet the start of another one, since they are all
 * on the same way round; which start it met says what follows.  Eight walkers share 256 starts; a
 * walker that is done takes the next start; then the parts are put together.
 *
 * A permutation may have several cycles: that of a text which repeats itself has, and one from
 * damaged data.  Then the cycle of the origin is walked round until the text has its length, which
 * is what a single walker would have done. */
#include "lib/bunzip_bwt.h"

#include <stdbool.h>
#include <string.h>

enum {
    MEETS = 1 << 8, /* in an entry, between the letter and the place: the place is a start */
    PLACE_SHIFT = 9,
    LANES = 8
};

struct lanes {
    uint32_t       place[LANES];
    unsigned char *out[LANES], *end[LANES]; /* of the chunk that it fills */
    int            walk[LANES], chunk[LANES];
    int            busy;                    /* lanes that walk from a start */
    int            chunks, started, starts;
    size_t         stride;                  /* every so many places there is a start */
    uint32_t       first;                   /* and one at the text's first letter */
};

static int
walk_from(const struct lanes *l, uint32_t place)
{
    return place % l->stride == 0 ? (int)(place / l->stride) : l->starts - 1;
}

/* The entries: a letter, and above it the place where the next one stands. */
static void
link_places(struct bunzip_bwt *w, size_t len, const uint32_t counts[256], size_t stride)
{
    uint32_t sum = 0, to[256];

    for (int c = 0; c < 256; c++) {
        to[c] = sum;
        sum += counts[c];
    }
    for (size_t start = 0; start < len; start += stride) {
        size_t end = start + stride < len ? start + stride : len;

        w->next[to[w->next[start] & 0xff]++] |= (uint32_t)start << PLACE_SHIFT | MEETS;
        for (size_t i = start + 1; i < end; i++)
            w->next[to[w->next[i] & 0xff]++] |= (uint32_t)i << PLACE_SHIFT;
    }
    w->next[len] = (uint32_t)len << PLACE_SHIFT; /* where walkers that are done go round */
}

static void
take_chunk(struct bunzip_bwt *w, struct lanes *l, int lane)
{
    l->chunk[lane] = l->chunks;
    l->out[lane] = w->pool[l->chunks++];
    l->end[lane] = l->out[lane] + BUNZIP_BWT_CHUNK_BYTES;
}

/* Gives the lane the next start; when there is none, it goes round where nothing is met. */
static void
take_start(struct bunzip_bwt *w, struct lanes *l, size_t len, int lane)
{
    int walk = l->started < l->starts ? l->started++ : -1;

    l->walk[lane] = walk;
    take_chunk(w, l, lane);
    if (walk < 0) {
        l->place[lane] = (uint32_t)len;
        l->busy--;
        return;
    }
    l->place[lane] = walk_from(l, l->first) == walk ? l->first
        : (uint32_t)((size_t)walk * l->stride);
    w->walks[walk] = (struct bunzip_bwt_walk){ .chunk = (uint16_t)l->chunk[lane] };
}

static void
end_walk(struct bunzip_bwt *w, struct lanes *l, size_t len, int lane)
{
    struct bunzip_bwt_walk *walk = &w->walks[l->walk[lane]];

    walk->len += BUNZIP_BWT_CHUNK_BYTES - (uint32_t)(l->end[lane] - l->out[lane]);
    walk->next = (uint16_t)walk_from(l, l->place[lane]);
    take_start(w, l, len, lane);
}

/* A lane whose chunk is full gets another; one that is done fills its own again and again. */
static void
next_chunk(struct bunzip_bwt *w, struct lanes *l, int lane)
{
    int before = l->chunk[lane];

    if (l->walk[lane] < 0) {
        l->out[lane] -= BUNZIP_BWT_CHUNK_BYTES;
        return;
    }
    w->walks[l->walk[lane]].len += BUNZIP_BWT_CHUNK_BYTES;
    take_chunk(w, l, lane);
    w->after[before] = (uint16_t)l->chunk[lane];
}

/* Steps of all lanes, until one meets a start or `steps` have been made; returns the lanes that met
 * one, a bit each. */
static unsigned
step(const uint32_t *next, struct lanes *l, size_t steps)
{
    uint32_t       p0 = l->place[0], p1 = l->place[1], p2 = l->place[2], p3 = l->place[3];
    uint32_t       p4 = l->place[4], p5 = l->place[5], p6 = l->place[6], p7 = l->place[7];
    uint32_t       e0 = 0, e1 = 0, e2 = 0, e3 = 0, e4 = 0, e5 = 0, e6 = 0, e7 = 0;
    size_t         n = 0;

#define LANE(i) (e##i = next[p##i], l->out[i][n] = (unsigned char)e##i, p##i = e##i >> PLACE_SHIFT)
    while (n < steps) {
        LANE(0), LANE(1), LANE(2), LANE(3), LANE(4), LANE(5), LANE(6), LANE(7);
        n++;
        if (((e0 | e1 | e2 | e3 | e4 | e5 | e6 | e7) & MEETS) != 0)
            break;
    }
#undef LANE
    memcpy(l->place, (uint32_t[]){ p0, p1, p2, p3, p4, p5, p6, p7 }, sizeof l->place);
    for (int i = 0; i < LANES; i++)
        l->out[i] += n;
    return (e0 & MEETS) >> 8 | (e1 & MEETS) >> 7 | (e2 & MEETS) >> 6 | (e3 & MEETS) >> 5
        | (e4 & MEETS) >> 4 | (e5 & MEETS) >> 3 | (e6 & MEETS) >> 2 | (e7 & MEETS) >> 1;
}

static void
walk_all(struct bunzip_bwt *w, struct lanes *l, size_t len)
{
    for (int i = 0; i < LANES; i++)
        take_start(w, l, len, i);
    while (l->busy > 0) {
        size_t   steps = BUNZIP_BWT_CHUNK_BYTES;
        unsigned met;

        for (int i = 0; i < LANES; i++)
            if ((size_t)(l->end[i] - l->out[i]) < steps)
                steps = (size_t)(l->end[i] - l->out[i]);
        met = step(w->next, l, steps);
        for (int i = 0; i < LANES; i++) {
            if ((met >> i & 1) != 0)
                end_walk(w, l, len, i);
            if (l->out[i] == l->end[i])
                next_chunk(w, l, i);
        }
    }
}

/* The parts, from the text's first letter on, one behind the other; round again where the cycle is
 * shorter than the text. */
static void
put_together(const struct bunzip_bwt *w, size_t len, int walk, char *text)
{
    while (len > 0) {
        const struct bunzip_bwt_walk *from = &w->walks[walk];
        size_t                        left = from->len < len ? from->len : len;

        len -= left;
        for (unsigned chunk = from->chunk; left > 0; chunk = w->after[chunk]) {
            size_t some = left < BUNZIP_BWT_CHUNK_BYTES ? left : BUNZIP_BWT_CHUNK_BYTES;

            memcpy(text, w->pool[chunk], some);
            text += some;
            left -= some;
        }
        walk = from->next;
    }
}

void
bunzip_bwt_undo(struct bunzip_bwt *w, size_t len, uint32_t origin, const uint32_t counts[256],
    char *text)
{
    struct lanes l = { .busy = LANES, .stride = len / BUNZIP_BWT_STARTS + 1 };

    link_places(w, len, counts, l.stride);
    w->next[origin] |= MEETS;
    l.first = w->next[origin] >> PLACE_SHIFT;
    l.starts = (int)((len - 1) / l.stride) + 1;
    if (l.first % l.stride != 0)
        l.starts++;
    walk_all(w, &l, len);
    put_together(w, len, walk_from(&l, l.first), text);
}
