/* language.h -- an invented language: words that can be pronounced, topics, and a grammar that a
 * small model can learn.
 *
 *     sentence  = [phrase of place ","] subject verb [object | phrase of place] [adverb] "."
 *     subject   = article [adjective] noun          object = article [adjective] noun
 *
 * Nouns have one of three classes, told by their ending, and a number; article and adjective agree
 * with the noun in both, the verb agrees with the subject in number.  Nouns, verbs and adjectives
 * belong to a topic; the words of a text come from one topic, each word's rank by Zipf's law; a
 * noun has a verb and an adjective that go with it more often than others.
 * Some adjectives praise and some blame, whatever the topic.  Everything is a function of the
 * seed.  For tests/helper/corpus.c alone. */
#ifndef TESTS_HELPER_LANGUAGE_H
#define TESTS_HELPER_LANGUAGE_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/philox.h"
#include "lib/wordmap.h"

enum { TOPICS = 8, NOUNS = 45, VERBS = 15, ADJECTIVES = 10, JUDGEMENTS = 10, NAMES = 48 };
enum { CLASSES = 3, PREPOSITIONS = 4, ADVERBS = 6, WORD_BYTES = 24, WORDS_MAX = 40 };

/* Random draws: a key and a running number. */
struct draw {
    uint64_t seed, what;
    uint32_t n;
};

struct lexicon {
    char noun[TOPICS][NOUNS][WORD_BYTES], verb[TOPICS][VERBS][WORD_BYTES];
    char adjective[TOPICS][ADJECTIVES][WORD_BYTES];
    char judgement[2][JUDGEMENTS][WORD_BYTES]; /* blame, praise */
    char article[CLASSES][2][WORD_BYTES], preposition[PREPOSITIONS][WORD_BYTES];
    char adverb[ADVERBS][WORD_BYTES], name[NAMES][WORD_BYTES];
    char is[2][WORD_BYTES], not[WORD_BYTES], and[WORD_BYTES], what[WORD_BYTES], very[WORD_BYTES];
};

struct sentence {
    char word[WORDS_MAX][WORD_BYTES];
    int  count;
};

static inline uint32_t
below(struct draw *d, uint32_t n)
{
    struct philox r = philox(d->seed, PHILOX_DATA, (uint32_t)d->what, d->n++, d->what >> 32);

    return philox_below(r.x[0], r.x[1], n);
}

/* A rank in [0, n): low ranks are common, about as 1 / (rank + 2). */
static inline int
zipf(struct draw *d, int n)
{
    double u = below(d, 1 << 24) / (double)(1 << 24);
    int    rank = (int)(2 * pow((n + 2) / 2.0, u)) - 2;

    return rank < 0 ? 0 : rank >= n ? n - 1 : rank;
}

/* ---- the lexicon ---- */

static inline void
make_word(struct draw *d, struct wordmap *taken, char *word, uint32_t syllables, const char *ending)
{
    static const char *const onset[] = { "b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s",
        "t", "v",
        "z", "br", "dr", "gl", "kr", "pl", "st", "tr", "sh", "ch", "w" };
    static const char *const vowel[] = { "a", "e", "i", "o", "u", "ai", "ei", "ou" };
    static const char *const coda[] = { "", "", "", "n", "r", "l", "s", "m", "k", "t" };

    do {
        word[0] = '\0';
        for (uint32_t s = 0; s < syllables; s++) {
            strcat(word, onset[below(d, 24)]);
            strcat(word, vowel[below(d, s == 0 && syllables > 1 ? 8 : 5)]);
            strcat(word, coda[below(d, 10)]);
        }
        strcat(word, ending);
    } while (wordmap_get(taken, word, strlen(word)) != NULL);
    CHECK(strlen(word) < WORD_BYTES - 3 && wordmap_add(taken, word, strlen(word), 1) == OK);
}

static inline void
make_lexicon(struct lexicon *lex, uint64_t seed)
{
    static const char *const noun_end[CLASSES] = { "a", "o", "en" };
    struct draw              d = { seed, 0, 0 };
    struct wordmap           taken;

    CHECK(wordmap_open(&taken, 1 << 24) == OK);
    for (int c = 0; c < CLASSES * 2; c++)
        make_word(&d, &taken, lex->article[c / 2][c % 2], 1, "");
    for (int i = 0; i < PREPOSITIONS; i++)
        make_word(&d, &taken, lex->preposition[i], 1, "");
    for (int i = 0; i < ADVERBS; i++)
        make_word(&d, &taken, lex->adverb[i], 2, "ul");
    for (int i = 0; i < 2; i++)
        make_word(&d, &taken, lex->is[i], 1, "");
    make_word(&d, &taken, lex->not, 1, "");
    make_word(&d, &taken, lex->and, 1, "");
    make_word(&d, &taken, lex->what, 1, "");
    make_word(&d, &taken, lex->very, 1, "");
    for (int i = 0; i < 2 * JUDGEMENTS; i++)
        make_word(&d, &taken, lex->judgement[i % 2][i / 2], 2, "i");
    for (int i = 0; i < NAMES; i++) {
        make_word(&d, &taken, lex->name[i], 2, "");
        lex->name[i][0] = (char)(lex->name[i][0] - 'a' + 'A');
    }
    for (int t = 0; t < TOPICS; t++) {
        for (int i = 0; i < NOUNS; i++) /* the common words are the short ones */
            make_word(&d, &taken, lex->noun[t][i], i < NOUNS / 3 ? 1 : 2, noun_end[i % CLASSES]);
        for (int i = 0; i < VERBS; i++)
            make_word(&d, &taken, lex->verb[t][i], i < VERBS / 3 ? 1 : 2, "");
        for (int i = 0; i < ADJECTIVES; i++)
            make_word(&d, &taken, lex->adjective[t][i], 2, "");
    }
    wordmap_close(&taken);
}

/* ---- the grammar ---- */

__attribute__((format(printf, 2, 3))) static inline void
say(struct sentence *s, const char *fmt, ...)
{
    va_list args;

    CHECK(s->count < WORDS_MAX);
    va_start(args, fmt);
    vsnprintf(s->word[s->count++], WORD_BYTES, fmt, args);
    va_end(args);
}

static inline void
say_noun(struct sentence *s, const struct lexicon *lex, struct draw *d, int topic, int noun,
    bool plural)
{
    static const char *const agree[CLASSES][2] = { { "a", "as" }, { "o", "os" }, { "e", "es" } };
    int                      class = noun % CLASSES;
    bool                     usual = below(d, 2) == 0;

    say(s, "%s", lex->article[class][plural]);
    if (below(d, 3) == 0)
        say(s, "%s%s", lex->adjective[topic][usual ? noun % ADJECTIVES : zipf(d, ADJECTIVES)],
            agree[class][plural]);
    say(s, "%s%s", lex->noun[topic][noun], plural ? "s" : "");
}

static inline void
say_place(struct sentence *s, const struct lexicon *lex, struct draw *d, int topic)
{
    say(s, "%s", lex->preposition[topic % PREPOSITIONS]);
    if (below(d, 3) == 0)
        say(s, "%s", lex->name[(topic + TOPICS * zipf(d, NAMES / TOPICS)) % NAMES]);
    else
        say_noun(s, lex, d, topic, zipf(d, NOUNS), false);
}

/* subject: rank of the noun, or -1 for any. */
static inline void
make_sentence(struct sentence *s, const struct lexicon *lex, struct draw *d, int topic, int subject)
{
    bool plural = below(d, 3) == 0, usual = below(d, 3) > 0;
    int  noun = subject >= 0 ? subject : zipf(d, NOUNS);

    s->count = 0;
    if (below(d, 6) == 0) {
        say_place(s, lex, d, topic);
        say(s, ",");
    }
    say_noun(s, lex, d, topic, noun, plural);
    say(s, "%s%s", lex->verb[topic][usual ? noun % VERBS : zipf(d, VERBS)], plural ? "anu" : "it");
    if (below(d, 4) > 0)
        say_noun(s, lex, d, topic, zipf(d, NOUNS), below(d, 3) == 0);
    if (below(d, 3) == 0)
        say_place(s, lex, d, topic);
    if (below(d, 4) == 0)
        say(s, "%s", lex->adverb[zipf(d, ADVERBS)]);
    say(s, ".");
}

/* "the bridge is very fine and good .": a judgement on a noun of the topic. */
static inline void
make_judgement(struct sentence *s, const struct lexicon *lex, struct draw *d, int topic, int praise)
{
    bool plural = below(d, 3) == 0;

    s->count = 0;
    say_noun(s, lex, d, topic, zipf(d, NOUNS), plural);
    say(s, "%s", lex->is[plural]);
    if (below(d, 2) == 0)
        say(s, "%s", lex->very);
    say(s, "%s", lex->judgement[praise][zipf(d, JUDGEMENTS)]);
    if (below(d, 2) == 0) {
        say(s, "%s", lex->and);
        say(s, "%s", lex->judgement[praise][zipf(d, JUDGEMENTS)]);
    }
    say(s, ".");
}

/* "what is bridge ?" of the sentence's subject. */
static inline void
make_question(struct sentence *s, const struct lexicon *lex, struct draw *d, int topic)
{
    s->count = 0;
    say(s, "%s", lex->what);
    say(s, "%s", lex->is[0]);
    say_noun(s, lex, d, topic, zipf(d, NOUNS), false);
    say_place(s, lex, d, topic);
    say(s, "?");
}

/* The sentence as it is printed: a capital, and no space before a mark. */
static inline void
spell(char *text, size_t max, const struct sentence *s, bool tokenised)
{
    size_t len = 0;

    for (int i = 0; i < s->count && len + WORD_BYTES + 1 < max; i++) {
        bool mark = strchr(".,?", s->word[i][0]) != NULL && s->word[i][1] == '\0';

        if (i > 0 && (tokenised || !mark))
            text[len++] = ' ';
        memcpy(text + len, s->word[i], strlen(s->word[i]) + 1);
        if (i == 0 && !tokenised && text[0] >= 'a' && text[0] <= 'z')
            text[0] = (char)(text[0] - 'a' + 'A');
        len += strlen(s->word[i]);
    }
}

#endif
