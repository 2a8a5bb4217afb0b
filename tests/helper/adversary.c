/* adversary.c -- adversary COUNT: lines that tokenizers get wrong, in UTF-8; the longest words and
 * runs of marks have COUNT characters.
 *
 * Words about the lengths that are the longest allowed; one very long word of each kind; runs of
 * combining marks, of one class and of many; every character that may decide whether a sigma is a
 * final one; then lines thrown together at random out of what is awkward: added tokens with and
 * without space, white space of every kind, controls, CR, NUL, byte order marks, joined emoji,
 * Hangul letters, marks, letters whose lower case is odd. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/philox.h"
#include "lib/utf8.h"

static void
put(uint32_t c)
{
    char bytes[4];

    fwrite(bytes, 1, utf8_put(bytes, c), stdout);
}

static void
repeat(uint32_t c, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++)
        put(c);
}

static void
long_words(unsigned long most)
{
    static const uint32_t kinds[] = { 'a', 'A', 0xE9, 0xC9, 0x130, 0x3A3, 0x44F, 0x5D0, 0x915,
        0x1100, 0xAC01,
        0x3042, 0x10400, 0x1F600, 0xFFFD, '#', '1', 0xFB01 };
    const unsigned long lengths[] = { 99, 100, 101, 199, 200, 201, 255, 256, 257, most };

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            repeat(kinds[k], lengths[i]);
            fputs(i % 2 == 0 ? "\n" : " end.\n", stdout);
        }
}

static void
marks(unsigned long most)
{
    static const uint32_t run[] = { 0x301, 0x323, 0x345, 0x302E, 0x3099, 0x5B0, 0x64B, 0x1D165,
        0x94D, 0x903 };

    for (size_t k = 0; k < sizeof run / sizeof *run; k++) {
        put('e');
        repeat(run[k], most / 10);
        puts("e");
    }
    put('E');
    for (unsigned long i = 0; i < most; i++)
        put(run[i * 7 % (sizeof run / sizeof *run)]);
    puts("");
}

static void
sigmas(void)
{
    for (uint32_t c = 0; c < 0x20000; c++) {
        if (c == '\n' || (c >= 0xD800 && c < 0xE000))
            continue;
        put(0x391);
        put(0x3A3);
        put(c);
        put(' ');
        put(0x391);
        put(0x3A3);
        put(c);
        put(0x391);
        put(' ');
        put(0x391);
        put(c);
        put(0x3A3);
        put(c);
        puts("");
    }
}

static void
mixture(void)
{
    static const char *const pool[] = { " ", " ", "  ", "\t", "\r", "\xC2\xA0", "\xE2\x80\x83",
        "\xE3\x80\x80",
        "\xE2\x80\xA8", "\xC2\x85", "\x1C", "\x7F", "\xEF\xBB\xBF", "\xE2\x80\x8D", "\xE2\x80\x8B",
        "\xC2\xAD",
        "\xEF\xBF\xBD", "[MASK]", "[CLS]", "[SEP]", "[mask]", "<s>", "</s>", "<mask>", "the", "The",
        "THE", "[new]",
        "a", "B", "cat", "ing", "7", "1234", "'", "'s", "'LL", "-", ".", ",", "...", "!?", "##",
        "#", "_", "$", "+",
        "\xE2\x96\x81", "\xE2\x80\x99", "\xC2\xBF", "\xE3\x80\x82", "\xC3\x89", "e\xCC\x81",
        "\xCC\x81",
        "\xCC\xA7\xCC\x81", "\xC4\xB0", "\xC4\xB1", "\xC3\x9F", "\xE1\xBA\x9E", "\xCE\xA3",
        "\xCF\x82", "\xCE\x9F\xCE\x94",
        "\xEF\xAC\x81", "\xE2\x84\xAB", "\xC7\x85", "\xD0\x99", "\xD0\xB8\xCC\x86", "\xE4\xB8\xAD",
        "\xE6\x96\x87",
        "\xF0\xA0\x80\x80", "\xF0\xAB\xA0\xA0", "\xE3\x81\x8C", "\xE3\x81\x8B\xE3\x82\x99",
        "\xEA\xB0\x81",
        "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8", "\xED\x95\x9C",
        "\xE0\xA4\x95\xE0\xA5\x8D\xE0\xA4\xB7",
        "\xE0\xB8\x81\xE0\xB8\xB3", "\xD7\xA9\xD6\xBC\xD7\x81", "\xD8\xA7\xD9\x8E\xD9\x91",
        "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7", "\xF0\x9F\x87\xAB\xF0\x9F\x87\xB7",
        "\xE2\x9D\xA4\xEF\xB8\x8F",
        "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD", "\xEE\x80\x80", "\xF3\xA0\x80\x81", "\xCD\x8F",
        "\xE2\x85\xA3", "\xC2\xBD",
        "\xE1\x8D\xA9", "\xF0\x9D\x94\x98", "\xF0\x90\x90\x80" };
    const uint32_t pools = sizeof pool / sizeof *pool;

    for (uint32_t line = 0; line < 20000; line++) {
        for (uint32_t i = 0; i < line % 23 + 1; i++) {
            struct philox random = philox(1, PHILOX_DATA, line, 0, i);
            uint32_t      which = philox_below(random.x[0], random.x[1], pools + 1);

            if (which == pools)
                put(0);
            else
                fputs(pool[which], stdout);
        }
        puts("");
    }
}

int
main(int argc, char **argv)
{
    unsigned long most = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;

    if (most == 0) {
        fputs("usage: adversary COUNT\n", stderr);
        return 2;
    }
    long_words(most);
    marks(most);
    sigmas();
    mixture();
    return ferror(stdout) || fclose(stdout) != 0;
}
