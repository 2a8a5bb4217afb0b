/* zipf.c -- a made-up text whose words are as unevenly common as real ones:
 *
 *     zipf TOKENS KINDS [ALL]      the text
 *     zipf -t TOKENS KINDS [ALL]   its table of words, in no order
 *
 * The word of rank r occurs with a probability in proportion to 1/r (Zipf 1949), so the different
 * words grow with the text as Heaps' law has it.  ALL times every one of the KINDS comes by first,
 * in a mixed order.  A rank is spelt in syllables, a digit of base 64 each, so that common words
 * are short; every 29th has a tail that makes it longer than 16 bytes.  Ten words or so a line.
 * The same arguments give the same bytes. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t  state;
static uint32_t *counts; /* of each rank, or NULL: words are printed */

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t
draw(void)
{
    uint64_t z = state += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static size_t
spell(char *text, uint64_t rank)
{
    size_t len = 0;

    for (uint64_t rest = rank + 1; rest > 0; rest = (rest - 1) >> 6) {
        unsigned digit = (unsigned)(rest - 1) & 63;

        text[len++] = "bdfghklmnprstvwz"[digit >> 2];
        text[len++] = "aeio"[digit & 3];
    }
    if (rank % 29 == 28) {
        memcpy(text + len, "-in-longer-form", 15);
        len += 15;
    }
    return len;
}

static void
put_word(uint64_t rank)
{
    bool   ends_line = draw() % 10 == 0;
    char   text[64];
    size_t len;

    if (counts != NULL) {
        counts[rank]++;
        return;
    }
    len = spell(text, rank);
    text[len++] = ends_line ? '\n' : ' ';
    fwrite(text, 1, len, stdout);
}

static void
put_table(uint64_t kinds)
{
    char text[64];

    for (uint64_t rank = 0; rank < kinds; rank++)
        if (counts[rank] > 0)
            printf("%.*s\t%lu\n", (int)spell(text, rank), text, (unsigned long)counts[rank]);
}

static uint64_t
number(const char *text)
{
    char    *end;
    uint64_t value = strtoull(text, &end, 10);

    if (*end != '\0' || end == text)
        fprintf(stderr, "zipf: \"%s\" is not a number\n", text), exit(2);
    return value;
}

int
main(int argc, char **argv)
{
    bool     table = argc > 1 && strcmp(argv[1], "-t") == 0;
    uint64_t tokens, kinds, all;

    argv += table;
    argc -= table;
    if (argc < 3 || argc > 4)
        fputs("usage: zipf [-t] TOKENS KINDS [ALL]\n", stderr), exit(2);
    tokens = number(argv[1]);
    kinds = number(argv[2]);
    all = argc > 3 ? number(argv[3]) : 0;
    if (table && (counts = calloc(kinds, sizeof *counts)) == NULL)
        fputs("zipf: no memory\n", stderr), exit(1);
    for (uint64_t i = 0; i < all * kinds; i++) /* 2^31 - 1 is a prime: every kind comes by */
        put_word(i % kinds * 2147483647u % kinds);
    for (uint64_t i = 0; i < tokens; i++) {
        double u = (double)(draw() >> 11) * 0x1p-53;

        put_word((uint64_t)exp(u * log((double)kinds + 1)) - 1);
    }
    if (table)
        put_table(kinds);
    return fflush(stdout) != 0 || ferror(stdout);
}
