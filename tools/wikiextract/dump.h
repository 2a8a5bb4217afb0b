/* dump.h -- the pages of MediaWiki export XML (schemas 0.3 to 0.11), in order, a batch at a time.
 *
 * The reader is tolerant of elements it does not know and strict about all else: the root must be
 * <mediawiki>, a DOCTYPE is refused (dumps have none, and it is how XML is made to attack its
 * reader), elements may nest XML_DEPTH_MAX deep, and the end must be there.  Several dumps one
 * after the other in one input are read one after the other. */
#ifndef TOOLS_WIKIEXTRACT_DUMP_H
#define TOOLS_WIKIEXTRACT_DUMP_H

#include <expat.h>

#include "lib/unpack.h"
#include "tools/wikiextract/pages.h"

enum { DUMP_BATCH_BYTES = 1 << 19 };

struct dump {
    struct unpack unpack;
    const char   *name;
    size_t        page_max_bytes;
    struct names *names;     /* filled from <siteinfo> */
    XML_Parser    parser;
    struct batch *batch;     /* being filled */
    struct batch  carry;     /* the page begun but not ended when a batch was handed over */
    struct page   page;
    size_t        page_start; /* where it begins in the batch */
    bool          in_page, in_revision;
    int           element;   /* enum element of what is being read */
    int           depth;
    struct buf    value;     /* text of a short element */
    int           ns_key;
    uint64_t      xml_bytes; /* before the chunk being parsed, over all documents */
    uint64_t      document_start;
    uint64_t      stands;    /* the parser, in the document: where what is half read begins */
    bool          document_ended, any_document;
    bool          in_dump;   /* this document is one: its root is <mediawiki> */
    bool          dump_ended; /* one was, and ended with </mediawiki> */
    bool          utf8;      /* as the document says */
    bool          in_cdata;
    bool          plain;     /* what follows is text of a page, which may go past the parser */
    bool          keep_going, lax;  /* set by who opened it; what they do is in wikiextract(1) */
    bool          lost;      /* in search of the next <page> */
    size_t        matched;   /* bytes of it */
    uint64_t      damages;   /* places passed over */
    char         *damage;    /* what was said of the first */
    int           rc;        /* set by a handler, or kept until the batch has been handed over */
    char         *msg;
};

MUST int dump_open(struct dump *d, struct in *in, struct names *names, size_t page_max_bytes,
    int jobs);

/* dump_next -- fills `batch` (emptied first) with the next pages, about DUMP_BATCH_BYTES of text.
 * 1, or 0 at the end.  A failure comes after the pages before it were given.
 * Errors: ERR_TRUNCATED, ERR_FORMAT, ERR_LIMIT, each naming the byte; ERR_IO, ERR_MEMORY. */
MUST int dump_next(struct dump *d, struct batch *batch);

void dump_close(struct dump *d);

/* dump_here -- the byte of the input that the parser is at. */
unsigned long long dump_here(const struct dump *d);

#endif
