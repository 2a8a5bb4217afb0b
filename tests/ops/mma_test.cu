/* mma_test -- the tensor cores' instructions as the host has them, against plain loops over whole
 * matrices: who holds what (mma.cuh), tiles in shared memory and the order of keys in them
 * (attention.cuh).  Small whole numbers, so that all is exact. */
#include "kernels/cuda/attention.cuh"
#include "tests/tap.h"

enum { ROWS = 16, COLS = ATTENTION_HEAD };

static float
number(int stream, int row, int col)
{
    struct philox r = philox(3, PHILOX_DATA, (uint32_t)stream, (uint32_t)row, (uint64_t)col);

    return (float)(r.x[0] % 9) - 4;
}

/* ---- one instruction ------------------------------------------------------------------------- */

/* d = a b + c for a 16 x 16, b 16 x 8; each lane takes its numbers as the table of mma.cuh says. */
static __global__ void
product_kernel(float *d, const float *a, const float *b, const float *c)
{
    int          g = (int)threadIdx.x / 4, t = (int)threadIdx.x % 4;
    struct mma_a left;
    struct mma_b right;
    struct mma_c sum;

    for (int i = 0; i < 4; i++) {
        const float *at = a + (g + i % 2 * 8) * 16 + 2 * t + i / 2 * 8;

        left.x[i] = mma_pack(at[0], at[1]);
        sum.x[i] = c[(g + i / 2 * 8) * 8 + 2 * t + i % 2];
    }
    for (int i = 0; i < 2; i++)
        right.x[i] = mma_pack(b[(2 * t + 8 * i) * 8 + g], b[(2 * t + 1 + 8 * i) * 8 + g]);
    mma_product(sum, left, right);
    for (int i = 0; i < 4; i++)
        d[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = sum.x[i];
}

static void
product(void)
{
    float a[16 * 16], b[16 * 8], c[16 * 8], d[16 * 8];
    bool  right = true;

    for (int i = 0; i < 16 * 16; i++)
        a[i] = number(0, i, 0);
    for (int i = 0; i < 16 * 8; i++)
        b[i] = number(1, i, 0), c[i] = number(2, i, 0);
    LAUNCH(product_kernel, 1, 32, 0, d, a, b, c);
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < 8; j++) {
            float sum = c[i * 8 + j];

            for (int k = 0; k < 16; k++)
                sum += a[i * 16 + k] * b[k * 8 + j];
            right &= d[i * 8 + j] == sum;
        }
    ok(right, "a product of 16 x 16 by 16 x 8");
}

/* got[lane][matrix][which of the two]; the matrices lie one behind the other. */
static __global__ void
load_kernel(float (*got)[4][2], bool turned)
{
    DYNAMIC_SHARED(bf16, room);
    int             lane = (int)threadIdx.x;
    struct mma_four m;

    for (int c = 0; c < 8; c++)
        room[lane * 8 + c] = from_float<bf16>((float)(lane * 8 + c)); /* to 255: exact */
    __syncwarp();
    m = turned ? mma_load_turned(room + lane * 8) : mma_load(room + lane * 8);
    for (int i = 0; i < 4; i++) {
        got[lane][i][0] = low_half(m.x[i]);
        got[lane][i][1] = high_half(m.x[i]);
    }
}

static void
loads(bool turned)
{
    float got[32][4][2];
    bool  right = true;

    LAUNCH(load_kernel, 1, 32, 32 * 8 * sizeof(bf16), got, turned);
    for (int lane = 0; lane < 32; lane++)
        for (int m = 0; m < 4; m++)
            for (int e = 0; e < 2; e++) {
                int row = lane / 4, col = lane % 4 * 2 + e;

                right &= got[lane][m][e] ==
                         (float)(64 * m + (turned ? col * 8 + row : row * 8 + col));
            }
    ok(right, "four matrices of 8 x 8 loaded%s", turned ? ", turned" : "");
}

/* A copy is there after the wait for it, not before; wait<1> leaves out the youngest group. */
static __global__ void
copy_kernel(float *seen, const float *from)
{
    DYNAMIC_SHARED(float, room);

    for (int i = 0; i < 12; i++)
        room[i] = -1;
    mma_copy4(room, from, true);
    mma_copy16(room + 4, from + 4, true);
    mma_copy_commit();
    mma_copy16(room + 8, from + 8, false);
    mma_copy_commit();
    seen[0] = room[0];
    mma_copy_wait<1>();
    seen[1] = room[0];
    seen[2] = room[7];
    seen[3] = room[8];
    mma_copy_wait<0>();
    seen[4] = room[8];
}

static void
copies(void)
{
    alignas(16) float from[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    float             seen[5];

    LAUNCH(copy_kernel, 1, 1, 12 * sizeof(float), seen, from);
    ok(seen[0] == -1 && seen[1] == 1 && seen[2] == 8 && seen[3] == -1 && seen[4] == 0,
        "copies wait for their wait, and what is not there is zero");
}

/* ---- tiles ----------------------------------------------------------------------------------- */

/* s = x y^T and z = s y, of tiles of 16 rows: a product's sum is the next one's left factor. */
static __global__ void
tile_kernel(float *s, float *z, const bf16 *x, const bf16 *y)
{
    DYNAMIC_SHARED(bf16, room);
    bf16        *tile_y = room + ROWS * COLS;
    int          g = (int)threadIdx.x % 32 / 4, t = (int)threadIdx.x % 4;
    struct mma_c product[2] = {}, sum[8] = {};
    struct mma_b b[2];
    struct mma_a left;

    attention_fetch<ROWS, attention_slot>(room, x, COLS, ROWS, true);
    attention_fetch<ROWS, attention_key_slot>(tile_y, y, COLS, ROWS, true);
    mma_copy_commit();
    mma_copy_wait<0>();
    __syncthreads();
    for (int k = 0; k < 4; k++) {
        attention_right(b, tile_y, 0, k);
        for (int n = 0; n < 2; n++)
            mma_product(product[n], attention_left(room, 0, k), b[n]);
    }
    left = attention_rounded(product[0], product[1]);
    for (int n = 0; n < 4; n++) {
        attention_right_turned(b, tile_y, 0, n);
        mma_product(sum[2 * n], left, b[0]);
        mma_product(sum[2 * n + 1], left, b[1]);
    }
    if (threadIdx.x >= 32)
        return;
    for (int half = 0; half < 2; half++)
        for (int e = 0; e < 4; e++) /* four keys in a row */
            s[(g + 8 * half) * ROWS + 4 * t + e] = product[e / 2].x[2 * half + e % 2];
    for (int n = 0; n < 8; n++)
        for (int i = 0; i < 4; i++)
            z[(g + i / 2 * 8) * COLS + 8 * n + 2 * t + i % 2] = sum[n].x[i];
}

static void
tiles(void)
{
    alignas(16) static bf16 x[ROWS * COLS], y[ROWS * COLS];
    static float            s[ROWS * ROWS], z[ROWS * COLS];
    bool                    first = true, second = true;

    /* a row of x has one number, so that s is small enough to be exact in bf16 */
    for (int i = 0; i < ROWS * COLS; i++) {
        x[i] = from_float<bf16>(i % COLS == i / COLS * 3 ? number(4, i, 0) : 0);
        y[i] = from_float<bf16>(number(5, i, 0));
    }
    LAUNCH(tile_kernel, 1, ATTENTION_THREADS, 2 * sizeof x, s, z, x, y);
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < ROWS; j++) {
            float want = 0;

            for (int d = 0; d < COLS; d++)
                want += to_float(x[i * COLS + d]) * to_float(y[j * COLS + d]);
            first &= s[i * ROWS + j] == want;
        }
        for (int d = 0; d < COLS; d++) {
            float want = 0;

            for (int j = 0; j < ROWS; j++)
                want += s[i * ROWS + j] * to_float(y[j * COLS + d]);
            second &= z[i * COLS + d] == want;
        }
    }
    ok(first, "a product of two tiles: a lane has four keys in a row");
    ok(second, "and its sum as the left factor of the next");
}

/* Turned: lane 4 g + t has rows g and g + 8 of both blocks, which are four keys in a row. */
static void
turned_slots(void)
{
    bool right = true;

    for (int key = 0; key < 64; key++) {
        int g = key % 32 / 4, m = key / 2 % 2, b = key % 2;

        right &= attention_key_slot_turned(key) == key / 32 * 32 + 16 * m + 8 * b + g;
    }
    ok(right, "keys as rows: a lane has four in a row");
}

int
main(void)
{
    for (int order = 0; order < BLOCK_ORDERS; order++) {
        block_order(order);
        product();
        loads(false);
        loads(true);
        copies();
        tiles();
    }
    turned_slots();
    return tap_done();
}
