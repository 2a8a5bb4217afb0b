/* column.h -- numbers as columns of bytes: all lowest bytes, then all second bytes, and so on; and
 * flags as columns of bits.
 *
 * Bytes of one kind side by side are what an entropy coder wants: each column gets a code of its
 * own.  The loops are written to be turned into vector instructions. */
#ifndef LIB_COLUMN_H
#define LIB_COLUMN_H

#include <stddef.h>
#include <stdint.h>

/* column_get -- the column is bits shift .. shift + 7 of each number: with shift 0 the numbers are
 * overwritten, otherwise these bits are added to them. */
void column_get(uint32_t *number, const uint8_t *column, size_t count, int shift);

/* column_join -- numbers of two columns, the lower and the upper bytes.  column_split -- back. */
void column_join(uint16_t *number, const uint8_t *low, const uint8_t *high, size_t count);
void column_split(uint8_t *low, uint8_t *high, const uint16_t *number, size_t count);

/* column_put_bits -- flags, bytes of 0 or 1, as bits from bit `at` of `bits` on: flag i is bit
 * (at + i) % 8 of byte (at + i) / 8.  Bits from `at` on must be 0.  column_get_bits -- back. */
void column_put_bits(uint8_t *bits, size_t at, const uint8_t *flag, size_t count);
void column_get_bits(uint8_t *flag, const uint8_t *bits, size_t at, size_t count);
/* column_copy_bits -- the `count` bits from bit 0 of `from` on, which has zeros after the last of
 * them, to where column_put_bits would put their flags. */
void column_copy_bits(uint8_t *bits, size_t at, const uint8_t *from, size_t count);

#endif
