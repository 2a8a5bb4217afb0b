/* column.c -- see column.h. */
#include "lib/column.h"

#include <string.h>

void
column_get(uint32_t *number, const uint8_t *column, size_t count, int shift)
{
    if (shift == 0) {
#pragma omp simd
        for (size_t i = 0; i < count; i++)
            number[i] = column[i];
    } else {
#pragma omp simd
        for (size_t i = 0; i < count; i++)
            number[i] |= (uint32_t)column[i] << shift;
    }
}

void
column_join(uint16_t *number, const uint8_t *low, const uint8_t *high, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        number[i] = (uint16_t)(low[i] | high[i] << 8);
}

void
column_split(uint8_t *low, uint8_t *high, const uint16_t *number, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        low[i] = (uint8_t)number[i];
        high[i] = (uint8_t)(number[i] >> 8);
    }
}

/* Eight flags at a time: a product moves byte i's lowest bit to bit 56 + i. */
void
column_put_bits(uint8_t *bits, size_t at, const uint8_t *flag, size_t count)
{
    size_t   i = 0;
    uint64_t eight;

    for (; i + 8 <= count; i += 8, at += 8) {
        uint32_t byte;

        memcpy(&eight, flag + i, 8);
        byte = (uint32_t)(eight * 0x0102040810204080u >> 56) << at % 8;
        bits[at / 8] |= (uint8_t)byte;
        if (at % 8 > 0)
            bits[at / 8 + 1] |= (uint8_t)(byte >> 8);
    }
    for (; i < count; i++, at++)
        bits[at / 8] |= (uint8_t)(flag[i] << at % 8);
}

/* The eight lowest bits of `bits` as flags: each byte of the word keeps one of them, and what is
 * not 0 becomes 1. */
static uint64_t
eight_flags(uint64_t bits)
{
    uint64_t eight = (bits & 0xFF) * 0x0101010101010101u & 0x8040201008040201u;

    return (eight + 0x7F7F7F7F7F7F7F7Fu) >> 7 & 0x0101010101010101u;
}

void
column_get_bits(uint8_t *flag, const uint8_t *bits, size_t at, size_t count)
{
    size_t   i = 0;
    uint64_t word, eight;

    bits += at / 8;
    at %= 8;
    for (; i + 64 <= count; i += 64, bits += 8) {
        memcpy(&word, bits, 8);
        if (at > 0)
            word = word >> at | (uint64_t)bits[8] << (64 - at);
        for (size_t k = 0; k < 64; k += 8) {
            eight = eight_flags(word >> k);
            memcpy(flag + i + k, &eight, 8);
        }
    }
    for (size_t k = at; i < count; i++, k++)
        flag[i] = bits[k / 8] >> k % 8 & 1;
}

void
column_copy_bits(uint8_t *bits, size_t at, const uint8_t *from, size_t count)
{
    uint8_t *to = bits + at / 8;

    if (at % 8 == 0) {
        memcpy(to, from, (count + 7) / 8);
        return;
    }
    for (size_t i = 0; i < (count + 7) / 8; i++) {
        uint32_t two = (uint32_t)from[i] << at % 8;

        to[i] |= (uint8_t)two;
        if (two > UINT8_MAX)
            to[i + 1] = (uint8_t)(two >> 8);
    }
}
