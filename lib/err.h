/* err.h -- how a function says that it failed.
 *
 * Three kinds of fault, three treatments:
 *
 *     a bug in the caller (shape, NULL, order)   CHECK: file:line, abort; never compiled out
 *     the world (file, format, memory, device)   return err_set(ERR_X, "one finished sentence")
 *     the user (options)                         lib/opt.h; the tool exits with 2
 *
 * A function that can fail returns OK or one of the negative codes and is marked MUST, so that no
 * result is dropped.  The sentence is kept per thread until the next one; a tool prints it once,
 * "NAME: sentence", and exits with 1.  Sentences name the file, the place in it and the cause. */
#ifndef LIB_ERR_H
#define LIB_ERR_H

#ifdef __cplusplus
extern "C" {
#endif

enum err {
    OK = 0,
    ERR_IO = -1,        /* the system refused: open, read, write, rename ... */
    ERR_FORMAT = -2,    /* bytes are not what their format says */
    ERR_TRUNCATED = -3, /* the end is missing */
    ERR_LIMIT = -4,     /* larger than a stated limit */
    ERR_MEMORY = -5,    /* no memory, or the cap of --memory is reached */
    ERR_MISMATCH = -6,  /* two things that must agree do not: vocabulary, shape, option */
    ERR_DEVICE = -7,    /* the accelerator failed or is not there */
    ERR_NUMBER = -8     /* NaN or infinity where a number must be */
};

#define MUST __attribute__((warn_unused_result))
#define CHECK(cond) ((cond) ? (void)0 : err_bug(__FILE__, __LINE__, #cond))

/* err_set -- keep the sentence for err_msg; returns `code`, so that a caller may return it on. */
int err_set(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* err_io -- the same with ": " and the text of errno behind it; always ERR_IO. */
int err_io(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* err_msg -- this thread's last sentence; "" before the first.  Good until the next err_set. */
const char *err_msg(void);

/* err_bug -- print what was violated and abort; used through CHECK only. */
void err_bug(const char *file, int line, const char *cond) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif

#endif
