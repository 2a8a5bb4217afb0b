/* tool.h -- what every program does alike, from main to exit.  Only tools/ may include it: it
 * prints and exits, which the rest of the code may not.
 *
 * Exit status: 0 done; 1 failed, one line on standard error; 2 called wrongly; 75 checkpoint
 * saved, run me again. */
#ifndef LIB_TOOL_H
#define LIB_TOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/file.h"
#include "lib/opt.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_AGAIN = 75 };

struct tool {
    const char       *name;     /* as the page calls it */
    const char       *summary;  /* one line, as the page's NAME section */
    const char       *operands; /* as in the usage line: "[FILE...]" */
    const struct opt *opts;
};

/* What all programs share; TOOL_OPTS are the last rows of every table. */
struct tool_conf {
    const char *output;
    long long   jobs; /* 0 in the table: all processors this process may use; tool_begin resolves */
    long long   seed;
    bool        quiet;
};
#define TOOL_CONF { NULL, 0, 1, false }
#define TOOL_OPTS(conf, what) \
    { 'o', "output", what, OPT_STR, &(conf).output, 0, 0, "write there, not to standard output", \
        0, 0 }, \
    { 'j', "jobs", "N", OPT_INT, &(conf).jobs, 0, 1024, "threads; 0: one a processor", 0, 0 }, \
    { 's', "seed", "N", OPT_INT, &(conf).seed, 0, 9007199254740991.0, "of all that is random", \
        0, 0 }, \
    { 'q', "quiet", 0, OPT_FLAG, &(conf).quiet, 0, 0, "say nothing but errors", 0, 0 }

/* tool_begin -- parse the options; --help, --version and wrong calls end here.  Sets conf->jobs.
 * Returns the index of the first operand. */
int tool_begin(const struct tool *tool, struct tool_conf *conf, int argc, char **argv);

/* tool_patient -- first thing in the main of a program that computes with OpenMP: its threads are
 * to sleep soon, not spin, when they wait for each other, or a machine that is shared slows them by
 * a factor of ten.  Runs the program anew with that setting, unless the user gave one. */
void tool_patient(char **argv);

/* die -- print "NAME: sentence" and exit 1; temporary files go.  die_err prints err_msg(). */
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void die_err(void) __attribute__((noreturn));
/* die_usage -- print "NAME: sentence" and where help is; exit 2. */
void die_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* tool_try -- go on if rc is OK, else die_err. */
void tool_try(int rc);

/* tool_say -- a line of talk on standard error, "NAME: ..."; not with --quiet. */
void tool_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* tool_hush -- as if --quiet had been given, from now on. */
void tool_hush(void);

/* tool_binary -- refuse to write bytes to a terminal. */
void tool_binary(const struct out *out);

/* tool_progress -- show bytes, rate and time left; at most once a second, only if standard error
 * is a terminal.  total 0: unknown.  tool_progress_end clears the line. */
void tool_progress(const char *what, uint64_t done, uint64_t total);
/* tool_status -- the same line in words of the tool's own. */
void tool_status(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void tool_progress_end(void);

#endif
