/* naive_bpe.c -- byte-pair encoding as slow as its definition: naive_bpe TABLE SIZE MIN.
 *
 * Counts all pairs anew for each merge and compares every one with every other, so that the fast
 * way of mkvocab has something simple to be held to.  Prints the tokens behind the special ones,
 * a line each, an empty line, then the merges.  Words are ASCII, at most 63 characters. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 2000, PIECES_MAX = 64, TEXT_MAX = 128, PAIRS_MAX = 100000, TOKENS_MAX = 4000 };

struct word {
    char          pieces[PIECES_MAX][TEXT_MAX];
    int           count;
    unsigned long times;
};

struct pair {
    char          left[TEXT_MAX], right[TEXT_MAX];
    unsigned long times;
};

static struct word words[WORDS_MAX];
static struct pair pairs[PAIRS_MAX];
static char        tokens[TOKENS_MAX][TEXT_MAX];
static int         word_count, pair_count, token_count;

static void
add_token(const char *text)
{
    for (int i = 0; i < token_count; i++)
        if (strcmp(tokens[i], text) == 0)
            return;
    strcpy(tokens[token_count++], text);
}

static void
read_words(const char *path)
{
    FILE *file = fopen(path, "r");
    char  text[TEXT_MAX];

    while (file != NULL && fscanf(file, "%63s %lu", text, &words[word_count].times) == 2) {
        struct word *w = &words[word_count++];

        for (w->count = 0; text[w->count] != '\0'; w->count++)
            snprintf(w->pieces[w->count], TEXT_MAX, "%s%c", w->count > 0 ? "##" : "",
                text[w->count]);
    }
    if (file != NULL)
        fclose(file);
}

static void
add_alphabet(void)
{
    for (int inner = 0; inner < 2; inner++)
        for (int c = 1; c < 128; c++)
            for (int w = 0; w < word_count; w++)
                for (int i = 0; i < words[w].count; i++) {
                    const char *piece = words[w].pieces[i];
                    char        bare[2] = { piece[strlen(piece) - 1], '\0' };

                    if (bare[0] == c && !inner)
                        add_token(bare);
                    else if (bare[0] == c && i > 0)
                        add_token(piece);
                }
}

static void
count_pairs(void)
{
    pair_count = 0;
    for (int w = 0; w < word_count; w++)
        for (int i = 0; i + 1 < words[w].count; i++) {
            const char *left = words[w].pieces[i], *right = words[w].pieces[i + 1];
            int         p = 0;

            while (p < pair_count && (strcmp(pairs[p].left, left) != 0 || strcmp(pairs[p].right,
                right) != 0))
                p++;
            if (p == pair_count) {
                strcpy(pairs[p].left, left);
                strcpy(pairs[p].right, right);
                pairs[pair_count++].times = 0;
            }
            pairs[p].times += words[w].times;
        }
}

static bool
better(const struct pair *a, const struct pair *b)
{
    int order = strcmp(a->left, b->left);

    if (a->times != b->times)
        return a->times > b->times;
    return order != 0 ? order < 0 : strcmp(a->right, b->right) < 0;
}

static void
merge(const struct pair *p, const char *joined)
{
    for (int w = 0; w < word_count; w++) {
        struct word *word = &words[w];
        int          kept = 0;

        for (int i = 0; i < word->count; i++, kept++) {
            if (i + 1 < word->count && strcmp(word->pieces[i], p->left) == 0
                && strcmp(word->pieces[i + 1], p->right) == 0) {
                strcpy(word->pieces[kept], joined);
                i++;
            } else if (kept != i) {
                strcpy(word->pieces[kept], word->pieces[i]);
            }
        }
        word->count = kept;
    }
}

int
main(int argc, char **argv)
{
    static struct pair merges[TOKENS_MAX];
    int                merge_count = 0;
    int                size = argc > 2 ? atoi(argv[2]) - 6 : 0;
    unsigned long      min = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;

    read_words(argv[1]);
    add_alphabet();
    while (token_count < size) {
        struct pair *best = &pairs[0];
        char         joined[2 * TEXT_MAX];

        count_pairs();
        for (int p = 1; p < pair_count; p++)
            if (better(&pairs[p], best))
                best = &pairs[p];
        if (pair_count == 0 || best->times < min)
            break;
        snprintf(joined, sizeof joined, "%s%s", best->left, best->right + 2);
        merges[merge_count++] = *best;
        add_token(joined);
        merge(&merges[merge_count - 1], joined);
    }
    for (int i = 0; i < token_count; i++)
        puts(tokens[i]);
    puts("");
    for (int i = 0; i < merge_count; i++)
        printf("%s %s\n", merges[i].left, merges[i].right);
    return 0;
}
