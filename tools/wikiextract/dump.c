/* dump.c -- see dump.h.
 *
 * expat reads the XML and decides what it is; element.c is what it calls back.  The text of a page
 * goes straight to the batch that will be handed over, and as far as it is plain (plain.h) past
 * expat: that is told the tags around it, and not that something stood between them.
 *
 * When the batch is full, what follows in the bytes that were read already goes to `carry`, which
 * is the next batch: pages, and one that is not over.  So a large page is the last of its batch,
 * and whoever has it may free its wikitext. */
#define _GNU_SOURCE /* memmem */
#include "tools/wikiextract/dump.h"

#include <stdlib.h>
#include <string.h>

#include "tools/wikiextract/element.h"
#include "tools/wikiextract/plain.h"

enum {
    CHUNK_BYTES = 1 << 16,
    TOKEN_BYTES_MAX = 1 << 20 /* a tag with its attributes */
};

unsigned long long
dump_here(const struct dump *d)
{
    XML_Index at = XML_GetCurrentByteIndex(d->parser);

    if (d->unpack.packed)
        return (unsigned long long)unpack_offset(&d->unpack);
    return (unsigned long long)(d->document_start + (at >= 0 ? (uint64_t)at : d->stands));
}

/* ---- reading ---- */

static int
begin_document(struct dump *d)
{
    if (d->parser == NULL)
        d->parser = XML_ParserCreate(NULL);
    else
        XML_ParserReset(d->parser, NULL);
    if (d->parser == NULL)
        return err_set(ERR_MEMORY, "no memory for the XML parser");
    element_listen(d);
    d->document_start = d->xml_bytes;
    d->stands = 0;
    d->document_ended = d->in_dump = d->in_page = d->in_revision = d->in_cdata = d->plain = false;
    d->utf8 = true;
    d->depth = 0;
    d->element = EL_OTHER;
    d->any_document = true;
    return OK;
}

int
dump_open(struct dump *d, struct in *in, struct names *names, size_t page_max_bytes,
    int jobs)
{
    *d = (struct dump){ .name = in->name, .names = names, .page_max_bytes = page_max_bytes };
    return unpack_open(&d->unpack, in, jobs);
}

/* expat would read it, but a dump is never UTF-16: it has been through some other program. */
static bool
is_utf16(const char *bytes, size_t len)
{
    return len >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0
        || memcmp(bytes, "<\0", 2) == 0 || memcmp(bytes, "\0<", 2) == 0);
}

static int
xml_failure(struct dump *d)
{
    enum XML_Error cause = XML_GetErrorCode(d->parser);
    bool           ended = cause == XML_ERROR_NO_ELEMENTS || cause == XML_ERROR_UNCLOSED_TOKEN
        || cause == XML_ERROR_PARTIAL_CHAR;

    if (d->rc != OK)
        return d->rc;
    if (cause == XML_ERROR_NO_MEMORY)
        return err_set(ERR_MEMORY, "no memory: %s cannot be parsed", d->name);
    if (d->depth == 0)
        return err_set(ERR_FORMAT, "%s: is not a MediaWiki export: %s at byte %llu", d->name,
            XML_ErrorString(cause), dump_here(d));
    return err_set(ended ? ERR_TRUNCATED : ERR_FORMAT, "%s: the XML is damaged at byte %llu: %s",
        d->name, dump_here(d), XML_ErrorString(cause));
}

/* ---- damage ---- */

/* Passes over what was found damaged, if that is wanted: the page that was begun goes, and the next
 * one is searched for.  Returns OK, or `rc` as it is. */
static int
pass_over(struct dump *d, int rc, bool allowed)
{
    if (!allowed || (rc != ERR_FORMAT && rc != ERR_TRUNCATED) || d->rc != OK)
        return rc;
    if (!d->lost || d->damages == 0)
        d->damages++;
    if (d->damage == NULL)
        d->damage = strdup(err_msg());
    if (d->in_page)
        d->batch->bytes.len = d->page_start;
    d->in_page = d->plain = false;
    d->lost = true;
    d->matched = 0;
    return OK;
}

/* A failure may be that what follows a dump is none, though it begins as XML does. */
static int
behind_dump(struct dump *d, int rc)
{
    if (!d->dump_ended || d->in_dump || (rc != ERR_FORMAT && rc != ERR_TRUNCATED))
        return pass_over(d, rc, d->keep_going && d->depth > 0);
    d->rc = OK;
    free(d->msg);
    d->msg = NULL;
    return pass_over(d, err_set(ERR_FORMAT, "%s: what follows </mediawiki> is no dump", d->name),
        d->lax || d->keep_going);
}

/* Looks for the next <page>, which a chunk may divide, and has the parser begin there as if the
 * dump did.  Returns how many of the bytes are done with. */
static size_t
search(struct dump *d, const char *bytes, size_t len, int *rc)
{
    static const char page[] = "<page>", start[] = "<mediawiki><page>";
    size_t            used = 0;

    while (used < len && d->matched < sizeof page - 1) {
        char c = bytes[used++];

        d->matched = c == page[d->matched] ? d->matched + 1 : c == page[0];
    }
    d->xml_bytes += used;
    if (d->matched < sizeof page - 1)
        return used;
    d->lost = false;
    *rc = begin_document(d);
    d->document_start -= sizeof start - 1;
    if (*rc == OK && XML_Parse(d->parser, start, sizeof start - 1, 0) == XML_STATUS_ERROR)
        *rc = xml_failure(d);
    return used;
}

/* ---- text past the parser ---- */

/* The parser is told no more than this of `len` bytes at a time: up to where text may begin that it
 * need not see.  That is behind a <text>; in one that was not plain it is the next line. */
static size_t
portion(const struct dump *d, const char *bytes, size_t len)
{
    const char *end;

    if (d->element == EL_TEXT && *bytes != '<') {
        end = memchr(bytes, '\n', len);
    } else {
        end = memmem(bytes, len, "<text", 5);
        if (end != NULL)
            end = memchr(end, '>', len - (size_t)(end - bytes));
    }
    return end != NULL ? (size_t)(end - bytes) + 1 : len;
}

/* Where the parser stands now.  While it waits for more of a long tag before it looks at it again
 * (expat 2.6, and what distributions took from it) it says -1, and stands where it stood. */
static uint64_t
parser_stands(struct dump *d)
{
    XML_Index at = XML_GetCurrentByteIndex(d->parser);

    if (at >= 0)
        d->stands = (uint64_t)at;
    return d->stands;
}

/* Does the parser stand in the text of a page, `used` bytes having been told it, with nothing half
 * read? */
static bool
in_text(const struct dump *d, size_t used)
{
    return d->element == EL_TEXT && d->utf8 && !d->in_cdata
        && (uint64_t)XML_GetCurrentByteIndex(d->parser) + d->document_start == d->xml_bytes + used;
}

static int
take_text(struct dump *d, const char *bytes, size_t len, size_t *used)
{
    struct buf *text = &d->batch->bytes;
    int         rc = plain_take(text, bytes, len, used);

    if (d->page.too_large || text->len - d->page.text_at > d->page_max_bytes) {
        d->page.too_large = true;
        text->len = d->page.text_at;
    }
    d->plain = *used == len;
    d->xml_bytes += *used;
    d->document_start += *used; /* so that places are right which the parser counts */
    return rc;
}

/* ---- */

/* Where in bytes[0..used) the parser stopped. */
static size_t
stopped_at(const struct dump *d, size_t used)
{
    uint64_t at = (uint64_t)XML_GetCurrentByteIndex(d->parser) + d->document_start - d->xml_bytes;

    return at < used ? (size_t)at + 1 : used;
}

/* Between two documents, and before the first: begins one, if any bytes are left. */
static int
next_document(struct dump *d, const char **bytes, size_t *len)
{
    while (*len > 0 && (unsigned char)**bytes <= ' ' && d->any_document) {
        ++*bytes;
        --*len;
        d->xml_bytes++;
    }
    if (*len == 0)
        return OK;
    if (d->any_document && **bytes != '<')
        return pass_over(d, err_set(ERR_FORMAT, "%s: what follows </mediawiki> is no dump",
            d->name), d->lax || d->keep_going);
    if (is_utf16(*bytes, *len))
        return err_set(ERR_FORMAT, "%s: is UTF-16: a MediaWiki export is UTF-8", d->name);
    return begin_document(d);
}

/* All of the bytes: a portion to the parser, text of a page past it, or in search of a page. */
static int
parse(struct dump *d, const char *bytes, size_t len)
{
    while (len > 0) {
        size_t used = len < CHUNK_BYTES ? len : CHUNK_BYTES;
        int    rc = OK;

        if (d->lost) {
            used = search(d, bytes, len, &rc);
            if (rc != OK)
                return rc;
            bytes += used;
            len -= used;
            continue;
        }
        if (d->parser == NULL || d->document_ended) {
            rc = next_document(d, &bytes, &len);
            if (rc != OK)
                return rc;
            continue;
        }
        if (d->plain) {
            rc = take_text(d, bytes, used, &used);
            if (rc != OK)
                return rc;
            bytes += used;
            len -= used;
            continue;
        }
        used = portion(d, bytes, used);
        if (XML_Parse(d->parser, bytes, (int)used, 0) == XML_STATUS_ERROR) {
            if (!d->document_ended || d->rc != OK) {
                rc = behind_dump(d, xml_failure(d));
                if (rc != OK)
                    return rc;
                used = stopped_at(d, used);
                d->xml_bytes += used;
                bytes += used;
                len -= used;
                continue;
            }
            used = (size_t)((uint64_t)XML_GetCurrentByteIndex(d->parser) + d->document_start
                - d->xml_bytes);
            used += (size_t)XML_GetCurrentByteCount(d->parser);
        } else if (d->xml_bytes + used - d->document_start > parser_stands(d) + TOKEN_BYTES_MAX) {
            return err_set(ERR_LIMIT, "%s: a tag at byte %llu is longer than %d bytes", d->name,
                dump_here(d), TOKEN_BYTES_MAX);
        }
        d->plain = !d->document_ended && in_text(d, used);
        d->xml_bytes += used;
        bytes += used;
        len -= used;
    }
    return OK;
}

static int
at_end(struct dump *d)
{
    if (!d->any_document)
        return err_set(ERR_FORMAT, "%s: is empty, not a MediaWiki export", d->name);
    if (d->document_ended || d->lost)
        return OK;
    if (d->depth == 0)
        return err_set(ERR_FORMAT, "%s: is not a MediaWiki export: it has no element", d->name);
    return err_set(ERR_TRUNCATED, "%s: truncated at byte %llu: %s", d->name,
        (unsigned long long)d->unpack.in->offset,
        d->in_page ? "it ends inside a page" : "</mediawiki> is missing");
}

/* The unfinished page goes from one batch to the other. */
static int
move_rest(struct dump *d, struct batch *to, struct batch *from)
{
    size_t start = d->page_start;
    int    rc = buf_add(&to->bytes, from->bytes.bytes + start, from->bytes.len - start);

    d->page_start = 0;
    d->page.title_at -= start;
    if (d->page.text_at > 0)
        d->page.text_at -= start;
    from->bytes.len = start;
    return rc;
}

static void
keep_failure(struct dump *d, int rc)
{
    if (d->msg == NULL)
        d->msg = strdup(err_msg());
    d->rc = rc;
}

int
dump_next(struct dump *d, struct batch *batch)
{
    const char *bytes;
    size_t      len = 1;
    int         rc = d->rc;

    buf_reset(&batch->bytes);
    batch->count = 0;
    pages_swap(batch, &d->carry);
    d->batch = batch;
    while (rc == OK && len > 0 && (batch->bytes.len < DUMP_BATCH_BYTES || batch->count == 0)) {
        rc = unpack_some(&d->unpack, &bytes, &len);
        if (rc != OK) {
            rc = pass_over(d, rc, d->keep_going
                || (d->lax && d->document_ended && rc == ERR_FORMAT));
            if (rc == OK)
                rc = unpack_skip(&d->unpack);
            len = 1; /* there may be more */
        } else if (len > 0) {
            rc = parse(d, bytes, len);
        } else {
            rc = behind_dump(d, at_end(d));
        }
    }
    batch->names = *d->names;
    if (rc != OK)
        keep_failure(d, rc);
    if (batch->count > 0) {
        rc = d->in_page && d->rc == OK && d->batch == batch ? move_rest(d, &d->carry, batch) : OK;
        if (rc != OK)
            keep_failure(d, rc);
        return 1;
    }
    return d->rc == OK ? 0 : err_set(d->rc, "%s", d->msg != NULL ? d->msg : "no memory");
}

void
dump_close(struct dump *d)
{
    if (d->parser != NULL)
        XML_ParserFree(d->parser);
    unpack_close(&d->unpack);
    pages_free(&d->carry);
    buf_free(&d->value);
    free(d->msg);
    free(d->damage);
    *d = (struct dump){ 0 };
}
