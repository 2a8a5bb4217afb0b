/* codepoints.c -- the characters that UTF-8 can write but the line feed, each alone on a line, then
 * each between letters: "Ab" c "Ac".  Where Unicode has only private or no characters every
 * 64th. */
#include <stdio.h>

#include "lib/utf8.h"

int
main(void)
{
    for (int between = 0; between < 2; between++)
        for (uint32_t c = 0; c < 0x110000; c++) {
            char bytes[4];

            if (c == '\n' || (c >= 0xD800 && c < 0xE000))
                continue;
            if (c >= 0x30000 && c >> 9 != 0x700 && c % 64 != 0)
                continue;
            if (between)
                fputs("Ab", stdout);
            fwrite(bytes, 1, utf8_put(bytes, c), stdout);
            fputs(between ? "Ac\n" : "\n", stdout);
        }
    return ferror(stdout) || fclose(stdout) != 0;
}
