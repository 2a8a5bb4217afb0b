/* scan.h -- wikitext to text in one pass, without recursion.
 *
 * The scanner copies plain text to `out` and stops only at bytes that may begin or end markup.  An
 * opening (a template, a link, a table ...) pushes a frame that remembers where in `out` it began;
 * what stands inside is scanned like everything else, so that at the closing the arguments lie in
 * `out` already as text, and are replaced there by what the construct gives: a link its label, a
 * template what template_table.c says, a table nothing.  Each byte is read once and moved at most
 * once per level; levels are at most FRAMES_MAX, so time is linear in the page.
 *
 * Closings that are missing: a link gives up at an empty line, an external link at the end of its
 * line, a table at a heading, a template at the end of the page; what was inside stays as text,
 * but for a table's.
 *
 *     scan.c      the loop, apostrophes, magic words         layout.c what begins a line
 *     frames.c    the stack; links and tables                tags.c   <ref>, <math>, <br> ...
 *     braces.c    {{templates}} and {{{parameters}}}         tidy.c   the last pass */
#ifndef TOOLS_WIKIEXTRACT_SCAN_H
#define TOOLS_WIKIEXTRACT_SCAN_H

#include <stdint.h>

#include "tools/wikiextract/grow.h"
#include "tools/wikiextract/mark.h"
#include "tools/wikiextract/template.h"

enum { FRAMES_MAX = 100, SEPS_MAX = 4096, TAGS_MAX = 128 };

enum frame_kind {
    FRAME_TEMPLATE, /* {{ }} */
    FRAME_PARAM,    /* {{{ }}} */
    FRAME_LINK,     /* [[ ]] */
    FRAME_EXTERNAL, /* [http://x ] */
    FRAME_TABLE,    /* {| |} and <table> */
    FRAME_LINE,     /* a heading, or a line that goes */
    FRAME_RAISED,   /* <sup> */
    FRAME_VARIANT   /* -{ }- */
};

struct frame {
    enum frame_kind kind;
    size_t          start;       /* in out.buf */
    size_t          dropped_len; /* of `dropped` when it began */
    size_t          sep_start;   /* in seps */
    size_t          sep;         /* of a link: where its label begins, 0: nowhere */
    int             level;       /* of a heading; 0: the line goes */
    bool            html;        /* of a table */
};

struct scan {
    /* what is wanted */
    const struct names *names;
    bool                headings, tex;
    /* the page */
    const char *begin, *at, *end; /* *end is 0 */
    /* what is made */
    struct grow   out;
    struct grow   dropped;  /* templates, a line each: 'd' known or 'l' lost, then the name */
    uint64_t      formulas; /* dropped */
    bool          too_deep;
    /* scratch */
    struct grow          result;
    struct template_call call;
    struct frame  frames[FRAMES_MAX];
    int           depth;
    size_t        seps[SEPS_MAX]; /* of all open templates: where in out.buf each argument begins */
    size_t        sep_count;
    bool          line_block;         /* the present line is a paragraph by itself */
    bool          no_close[TAGS_MAX]; /* by row of the table of tags: no </tag> follows */
    bool          no_comment_end;
};

/* scan_page -- `text` (a 0 follows it) to s->out, with the marks of mark.h in it and '\n' at its
 * end.  s->too_deep: it is nested too deeply, what was made is not whole.  The caller tests
 * s->out.rc and the others. */
void scan_page(struct scan *s, struct span text);
void scan_free(struct scan *s);

/* ---- between the parts of the scanner ---- */

/* scan_special -- whether the loop stops at this byte. */
extern const bool scan_special[256];

/* scan_run -- how many of this character stand at `at`; the text ends with a 0. */
static inline size_t
scan_run(const char *at, char c)
{
    size_t len = 0;

    while (at[len] == c)
        len++;
    return len;
}

/* frames_push -- s->too_deep when there are FRAMES_MAX already. */
struct frame *frames_push(struct scan *s, enum frame_kind kind);
/* frames_top -- the innermost that is a template, parameter, link or table; NULL when none is. */
struct frame *frames_top(struct scan *s);
/* frames_cut -- give up all frames above the first `depth`. */
void frames_cut(struct scan *s, int depth);
/* frames_drop -- pop the innermost, and all that it holds; `mark` (or 0) stands in its place. */
void frames_drop(struct scan *s, char mark);
/* frames_replace -- pop the innermost; what it holds becomes the text, which may lie inside it. */
void frames_replace(struct scan *s, struct span text);

void link_open(struct scan *s);
void link_close(struct scan *s);
void link_bar(struct scan *s);

void braces_open(struct scan *s);
void braces_close(struct scan *s);

void tags_open(struct scan *s);
/* tags_comment -- s->at is at "<!--": to behind it. */
void tags_comment(struct scan *s);

/* layout_start -- s->at is where a line begins; `fresh`: a new paragraph does, too. */
void layout_start(struct scan *s, bool fresh);
/* layout_end -- what ends with its line. */
void layout_end(struct scan *s);

#endif
