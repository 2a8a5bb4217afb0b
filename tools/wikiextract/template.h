/* template.h -- what a template gives in a text.
 *
 * Templates are programs that live in the wiki; none is run here.  A table (template_table.c)
 * names those that bear text inside sentences and says what each gives: one of its arguments, a
 * constant, or the result of a function.  Templates known to bear none (notes, boxes, maintenance)
 * are dropped in silence; of any other the text is lost, which is counted by its name.
 *
 * To add one, add a row. */
#ifndef TOOLS_WIKIEXTRACT_TEMPLATE_H
#define TOOLS_WIKIEXTRACT_TEMPLATE_H

#include "tools/wikiextract/names.h"

enum { TEMPLATE_ARGS_MAX = 256, TEMPLATE_NAME_MAX = 128 };

enum template_effect { TEMPLATE_TEXT, TEMPLATE_KNOWN, TEMPLATE_LOST };

/* An argument; positional ones are numbered from 1, named ones have number 0 unless their name is a
 * number. */
struct template_arg {
    struct span name, value; /* both trimmed */
    int         number;
};

struct template_call {
    struct span         name;   /* as in the page, trimmed, clipped to TEMPLATE_NAME_MAX */
    char                key[TEMPLATE_NAME_MAX]; /* the same in lower case: what is looked up */
    struct span         colon;  /* of "formatnum:123" what follows the colon; at NULL without */
    struct template_arg args[TEMPLATE_ARGS_MAX];
    int                 count;
    const char         *language; /* of the wiki */
};

/* A row of the table.  The function appends the text to `out` and returns true, or returns false:
 * then the text is lost. */
struct template_row {
    const char *names; /* in lower case, divided by '|' */
    bool      (*give)(const struct template_row *row, const struct template_call *call,
        struct grow *out);
    int         number;          /* for the function: which argument */
    const char *before, *after;  /* for the function: text around it */
};

/* The tables; each ends with a row whose names are NULL.  A prefix may end with '*': then it may
 * end inside a word. */
extern const struct template_row template_rows[];
extern const struct template_row template_prefixes[];
extern const struct template_row template_suffixes[];
extern const struct template_row template_functions[];

/* template_start -- index the tables; once, before threads. */
void template_start(void);

/* template_parse -- the parts of a call.  `text` is what stood between the braces, `seps` where in
 * the buffer that it lies in the arguments begin, behind their bars; text.at is at `base` there. */
void template_parse(struct template_call *call, const struct names *names, struct span text,
    const size_t *seps, size_t count, size_t base);

/* template_expand -- append what the call gives.  A parser function's name is cut at its colon. */
enum template_effect template_expand(struct template_call *call, struct grow *out);

/* template_arg -- the positional argument (from 1), of length 0 if it is not there. */
struct span template_arg(const struct template_call *call, int number);
/* template_named -- likewise, by name in lower case. */
struct span template_named(const struct template_call *call, const char *name);
/* template_has -- whether the argument is there at all. */
bool template_has(const struct template_call *call, const char *name);

#endif
