/* quote.c -- see quote.h.  What needs no escape, nearly all, is copied by the run. */
#include "lib/quote.h"

int
quote_inside(struct buf *json, const char *text, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    int               rc = OK;
    size_t            from = 0;

    for (size_t i = 0; rc == OK && i <= len; i++) {
        unsigned char c = i < len ? (unsigned char)text[i] : 0;
        char          escape[7] = "\\u00";

        if (i < len && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
            continue;
        rc = buf_add(json, text + from, i - from);
        from = i + 1;
        if (rc != OK || i == len)
            break;
        escape[4] = digits[c >> 4];
        escape[5] = digits[c & 15];
        if (c == '"' || c == '\\')
            rc = buf_add(json, (char[]){ '\\', (char)c }, 2);
        else if (c == '\n' || c == '\t')
            rc = buf_adds(json, c == '\n' ? "\\n" : "\\t");
        else
            rc = buf_adds(json, escape);
    }
    return rc;
}

int
quote_json(struct buf *json, const char *text, size_t len)
{
    int rc = buf_addc(json, '"');

    if (rc == OK)
        rc = quote_inside(json, text, len);
    return rc == OK ? buf_addc(json, '"') : rc;
}
