/* opt.h -- one table per program gives parsing, ranges, --help, --config and the resolved options.
 *
 * Long options are `--name value` or `--name=value`, letters are `-n value` or `-nvalue`; options
 * and operands may be mixed; `--` ends the options.  A flag is also `--no-name`.  Names are written
 * out: abbreviations would make a script break when an option is added.  Unknown, incomplete and
 * out-of-range options are refused, each naming itself and what is allowed. */
#ifndef LIB_OPT_H
#define LIB_OPT_H

#include <stdbool.h>

#include "lib/buf.h"

enum opt_kind {
    OPT_FLAG,   /* bool; no argument */
    OPT_INT,    /* long long in [min, max] */
    OPT_REAL,   /* double in [min, max] */
    OPT_STR,    /* const char *; NULL when not given */
    OPT_CHOICE, /* int: index into `choices`, words divided by | */
    OPT_SIZE,   /* long long bytes in [min, max]: 512, 512K, 64M, 8G, 1T (powers of 1024) */
    OPT_TIME,   /* long long seconds in [min, max]: 90, 90s, 15m, 3h50m, 2d */
    OPT_CONFIG  /* const char *: a file of `name = value` lines; flags win over it */
};

/* A row.  `letter` 0: long name only.  A row with name NULL ends the table. */
struct opt {
    char          letter;
    const char   *name;
    const char   *arg; /* what --help calls the argument; for OPT_CHOICE NULL */
    enum opt_kind kind;
    void         *value; /* holds the default before, the result after */
    double        min, max;
    const char   *help;
    const char   *choices;
    bool         *given; /* set to true if the user gave it, or NULL */
};

enum opt_ask { OPT_RUN, OPT_HELP, OPT_VERSION };

/* opt_parse -- fills the values; operands are moved to argv[*first..argc-1] in their order.
 * *ask tells whether --help or --version stood there.  Errors: ERR_FORMAT, one sentence. */
MUST int opt_parse(const struct opt *opts, int argc, char **argv, int *first, enum opt_ask *ask);

/* opt_help -- the option lines of --help, with the values as they stand now as the defaults. */
MUST int opt_help(const struct opt *opts, struct buf *text);

/* opt_dump -- every option as a line `name = value`, so that --config reads it back. */
MUST int opt_dump(const struct opt *opts, struct buf *text);

/* opt_set -- set one option from text as --config does; `where` begins the sentence on failure. */
MUST int opt_set(const struct opt *opts, const char *name, const char *text, const char *where);

#endif
