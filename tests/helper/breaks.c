/* breaks.c -- breaks words|sentences <BreakTest.txt: Unicode's own test of borders on our
 * splitters.
 *
 * A line is like "÷ 0061 × 0308 ÷ 0062 ÷ # comment".  Prints each line on which we differ, as the
 * borders we found, and how many lines there were. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sentence.h"
#include "lib/utf8.h"
#include "lib/wordbreak.h"

static struct sentence  *sentences;
static struct wordbreak *words;

static void
must(int rc)
{
    if (rc == OK)
        return;
    fprintf(stderr, "breaks: %s\n", err_msg());
    exit(1);
}

/* end[i] becomes whether a border stands behind byte i of the text. */
static void
borders(bool *end, const char *text, size_t len)
{
    size_t count;

    memset(end, 0, len + 1);
    if (words != NULL) {
        const struct wordbreak_segment *segments;

        must(wordbreak_split(words, &segments, &count, text, len));
        for (size_t i = 0; i < count; i++)
            end[segments[i].end] = true;
    } else {
        const size_t *ends;

        must(sentence_split(sentences, &ends, &count, text, len));
        for (size_t i = 0; i < count; i++)
            end[ends[i]] = true;
    }
}

/* Whether we find the borders of this line; if not it is printed with ours. */
static bool
check(char *line)
{
    char   text[4096], shown[4096] = "";
    bool   want[4096] = { false }, end[4096], same = true;
    size_t len = 0, chars = 0, from[4096];

    line[strcspn(line, "#\n")] = '\0';
    for (char *token = strtok(line, " \t"); token != NULL && len + 4 < sizeof text;
        token = strtok(NULL, " \t"))
        if (strcmp(token, "\xC3\xB7") == 0) {
            want[len] = true;
        } else if (strcmp(token, "\xC3\x97") != 0) {
            from[chars++] = len;
            len += utf8_put(text + len, (uint32_t)strtoul(token, NULL, 16));
        }
    if (len == 0)
        return true;
    borders(end, text, len);
    for (size_t i = 0; i < chars; i++) {
        const char *at = text + from[i];
        size_t      used = strlen(shown);

        if (i > 0)
            same &= want[from[i]] == end[from[i]];
        snprintf(shown + used, sizeof shown - used, "%s%04X",
            i == 0 ? "" : end[from[i]] ? " / " : " ", utf8_next(&at));
    }
    if (!same)
        puts(shown);
    return same;
}

int
main(int argc, char **argv)
{
    char line[8192];
    int  lines = 0;

    if (argc != 2 || (strcmp(argv[1], "words") != 0 && strcmp(argv[1], "sentences") != 0))
        return 2;
    must(*argv[1] == 'w' ? wordbreak_open(&words) : sentence_open(&sentences, "root"));
    while (fgets(line, sizeof line, stdin) != NULL)
        if (strncmp(line, "\xC3\xB7", 2) == 0) {
            check(line);
            lines++;
        }
    printf("%d lines\n", lines);
    wordbreak_close(words);
    sentence_close(sentences);
    return ferror(stdin) || ferror(stdout);
}
