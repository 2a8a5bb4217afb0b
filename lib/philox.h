/* philox.h -- random numbers that are a function, not a state.
 *
 * Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section
 * 4.2) turns a 128-bit counter and a 64-bit key into 128 random bits.  Key: (seed, purpose).
 * Counter: what the number is for, such as (step, sample, position).  So nothing depends on who
 * draws first, how many threads or processes share the work, or whether the run was resumed.
 * One header for C and CUDA: the same bits on both sides. */
#ifndef LIB_PHILOX_H
#define LIB_PHILOX_H

#include <stdint.h>

#ifdef __CUDACC__
#define PHILOX_FN static __host__ __device__ inline
#else
#define PHILOX_FN static inline __attribute__((always_inline)) /* so that loops over it vectorise */
#endif

/* What a draw is for; one number for each use, never reused for another. */
enum philox_purpose {
    PHILOX_INIT = 1,    /* initial values: counter (0, tensor, element / 4) */
    PHILOX_MASK = 2,    /* which positions are masked, and how: counter (epoch, sample, position) */
    PHILOX_DROPOUT = 3, /* counter (step, site, element / 4) */
    PHILOX_ORDER = 4,   /* order of samples in an epoch: round keys of the permutation */
    PHILOX_SHUFFLE = 5, /* the global shuffle of shard */
    PHILOX_SAMPLE = 6,  /* words drawn from a softmax: counter (step, draw / 2, row key) */
    PHILOX_FINETUNE = 7,/* order and head of a fine-tuning run */
    PHILOX_DATA = 8     /* made-up corpora of tests and demo */
};

struct philox {
    uint32_t x[4];
};

/* philox -- 128 bits of counter `c` under `seed` and `purpose`.  Ten rounds. */
PHILOX_FN struct philox
philox(uint64_t seed, uint32_t purpose, uint32_t c0, uint32_t c1, uint64_t c2)
{
    uint32_t x0 = c0, x1 = c1, x2 = (uint32_t)c2, x3 = (uint32_t)(c2 >> 32);
    /* the key words: the seed, with the purpose spread over both */
    uint32_t k0 = (uint32_t)seed ^ (purpose * 0x9E3779B9u), k1 = (uint32_t)(seed >> 32) ^ purpose;
    struct philox out;

    for (int round = 0; round < 10; round++) {
        /* halves of two 64-bit products, spelled so that compilers find their vector form */
        uint32_t high0 = (uint32_t)((uint64_t)0xD2511F53u * x0 >> 32), low0 = 0xD2511F53u * x0;
        uint32_t high1 = (uint32_t)((uint64_t)0xCD9E8D57u * x2 >> 32), low1 = 0xCD9E8D57u * x2;

        x0 = high1 ^ x1 ^ k0;
        x1 = low1;
        x2 = high0 ^ x3 ^ k1;
        x3 = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out.x[0] = x0;
    out.x[1] = x1;
    out.x[2] = x2;
    out.x[3] = x3;
    return out;
}

/* philox_unit -- a float in [0, 1) from one word: the upper 24 bits, exact. */
PHILOX_FN float
philox_unit(uint32_t word)
{
    return (float)(word >> 8) * (1.0f / 16777216.0f);
}

/* philox_fine -- a double in [0, 1) from two words: the upper 53 bits, exact. */
PHILOX_FN double
philox_fine(uint32_t high, uint32_t low)
{
    return (double)(((uint64_t)high << 32 | low) >> 11) * 0x1p-53;
}

/* philox_below -- an integer in [0, n) from 64 random bits, without the bias that % has for a
 * small word: the bias is at most n / 2^64. */
PHILOX_FN uint32_t
philox_below(uint32_t high, uint32_t low, uint32_t n)
{
    uint64_t lower = ((uint64_t)low * n) >> 32;

    return (uint32_t)(((uint64_t)high * n + lower) >> 32);
}

#endif
