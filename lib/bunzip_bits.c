/* bunzip_bits.c -- see bunzip_bits.h. */
#include "lib/bunzip_bits.h"

#define MASK (((uint64_t)1 << 48) - 1)

uint64_t
bunzip_bits_get(const char *bytes, uint64_t at, int count)
{
    const unsigned char *p = (const unsigned char *)bytes + at / 8;
    int                  have = 8 - (int)(at % 8);
    uint64_t             bits = *p++ & (0xffu >> at % 8);

    for (; have < count; have += 8)
        bits = bits << 8 | *p++;
    return bits >> (have - count);
}

/* The last 48 bits but `shift` are a magic?  Whatever the shift, the last byte but one is wholly
 * inside it; 16 of its 256 values are worth a look. */
uint64_t
bunzip_bits_find(const char *bytes, size_t len, uint64_t from)
{
    const unsigned char *p = (const unsigned char *)bytes;
    unsigned char        look[256] = { 0 };
    uint64_t             last = 0;

    for (int shift = 0; shift < 8; shift++) {
        look[(BUNZIP_BITS_BLOCK >> (8 - shift)) & 0xff] = 1;
        look[(BUNZIP_BITS_END >> (8 - shift)) & 0xff] = 1;
    }
    for (uint64_t i = from / 8; i < len; i++) {
        last = last << 8 | p[i];
        if (!look[last >> 8 & 0xff] || (i + 1) * 8 < from + 48)
            continue;
        for (int shift = 7; shift >= 0; shift--) {
            uint64_t end = (i + 1) * 8 - (unsigned)shift, bits = last >> shift & MASK;

            if ((bits == BUNZIP_BITS_BLOCK || bits == BUNZIP_BITS_END) && end >= from + 48)
                return end - 48;
        }
    }
    return 0;
}
