/* dump.c -- see dump.h.
 *
 * expat calls back for each piece of text between entities and line ends; the text of a page is
 * appended straight to the batch that will be handed over.  When the batch is full, what follows in
 * the bytes that were read already goes to `carry`, which is the next batch: pages, and one that is
 * not over.  So a large page is the last of its batch, and whoever has it may free its wikitext. */
#include "tools/wikiextract/dump.h"

#include <stdlib.h>
#include <string.h>

enum {
    XML_DEPTH_MAX = 64,
    DUMP_BATCH_BYTES = 1 << 19,
    CHUNK_BYTES = 1 << 16,
    VALUE_BYTES_MAX = 4096,   /* titles have at most 255 bytes */
    TOKEN_BYTES_MAX = 1 << 20 /* a tag with its attributes */
};

enum element { EL_OTHER, EL_TITLE, EL_NS, EL_ID, EL_MODEL, EL_TEXT, EL_NAMESPACE };

static unsigned long long
here(const struct dump *d)
{
    XML_Index at = XML_GetCurrentByteIndex(d->parser);

    if (d->unpack.packed)
        return (unsigned long long)unpack_offset(&d->unpack);
    return (unsigned long long)(d->document_start + (at > 0 ? (uint64_t)at : 0));
}

static void
stop(struct dump *d, int rc)
{
    if (d->rc == OK) {
        d->rc = rc;
        free(d->msg);
        d->msg = strdup(err_msg());
    }
    XML_StopParser(d->parser, XML_FALSE);
}

/* ---- handlers ---- */

static void XMLCALL
on_doctype(void *context, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid,
    int internal)
{
    struct dump *d = context;

    (void)name, (void)sysid, (void)pubid, (void)internal;
    stop(d, err_set(ERR_FORMAT, "%s: a DOCTYPE at byte %llu: a dump has none", d->name, here(d)));
}

static const char *
attribute(const XML_Char **pairs, const char *name)
{
    for (; *pairs != NULL; pairs += 2)
        if (strcmp(pairs[0], name) == 0)
            return pairs[1];
    return NULL;
}

/* A page begins with a 0: its title, should there be none.  So nothing else of it is there. */
static int
begin_page(struct dump *d)
{
    if (d->batch->bytes.len >= DUMP_BATCH_BYTES)
        d->batch = &d->carry;
    d->in_page = true;
    d->in_revision = false;
    d->page_start = d->batch->bytes.len;
    d->page = (struct page){ .ns = INT32_MIN, .title_at = d->page_start };
    return buf_addc(&d->batch->bytes, '\0');
}

static void
begin_text(struct dump *d, const XML_Char **pairs)
{
    d->element = EL_TEXT;
    d->page.deleted = attribute(pairs, "deleted") != NULL;
    d->page.too_large = false;
    if (d->page.text_at == 0) /* of several revisions the last stays */
        d->page.text_at = d->batch->bytes.len;
    d->batch->bytes.len = d->page.text_at;
    d->page.text_len = 0;
}

/* Elements of a page that matter.  <id> and <text> occur at several depths. */
static void
begin_in_page(struct dump *d, const XML_Char *name, const XML_Char **pairs)
{
    if (d->in_revision) {
        if (strcmp(name, "text") == 0 && d->depth == 4)
            begin_text(d, pairs);
        else if (strcmp(name, "model") == 0 && d->depth == 4)
            d->element = EL_MODEL;
    } else if (strcmp(name, "title") == 0) {
        /* one, and before the text: a text that another replaces is the last thing of its page */
        if (d->page.title_at == d->page_start && d->page.text_at == 0)
            d->element = EL_TITLE;
    } else if (strcmp(name, "ns") == 0) {
        d->element = EL_NS;
    } else if (strcmp(name, "id") == 0 && d->depth == 3) {
        d->element = EL_ID;
    } else if (strcmp(name, "redirect") == 0) {
        d->page.redirect = true;
    } else if (strcmp(name, "revision") == 0) {
        d->in_revision = true;
    }
}

static void XMLCALL
on_begin(void *context, const XML_Char *name, const XML_Char **pairs)
{
    struct dump *d = context;
    const char  *key;

    d->depth++;
    d->element = EL_OTHER;
    buf_reset(&d->value);
    if (d->depth == 1 && (key = attribute(pairs, "xml:lang")) != NULL
        && strlen(key) < sizeof d->names->language)
        memcpy(d->names->language, key, strlen(key) + 1);
    if (d->depth > XML_DEPTH_MAX) {
        stop(d, err_set(ERR_LIMIT, "%s: XML elements are nested deeper than %d at byte %llu",
            d->name,
            XML_DEPTH_MAX, here(d)));
    } else if (d->depth == 1 && strcmp(name, "mediawiki") != 0) {
        stop(d, err_set(ERR_FORMAT,
            "%s: is not a MediaWiki export: the root is <%.64s>, not <mediawiki>",
            d->name, name));
    } else if (d->in_page) {
        begin_in_page(d, name, pairs);
    } else if (d->depth == 2 && strcmp(name, "page") == 0) {
        int rc = begin_page(d);

        if (rc != OK)
            stop(d, rc);
    } else if (strcmp(name, "namespace") == 0 && (key = attribute(pairs, "key")) != NULL) {
        d->element = EL_NAMESPACE;
        d->ns_key = (int)strtol(key, NULL, 10);
    }
}

static int
end_title(struct dump *d)
{
    struct buf *bytes = &d->batch->bytes;
    int         rc;

    d->page.title_at = bytes->len;
    d->page.title_len = d->value.len;
    rc = buf_add(bytes, d->value.bytes, d->value.len);
    return rc == OK ? buf_addc(bytes, '\0') : rc;
}

/* Schemas before 0.6 have no <ns>: the title's prefix tells. */
static void
find_ns(struct dump *d)
{
    struct span title = { d->batch->bytes.bytes + d->page.title_at, d->page.title_len }, rest;

    if (d->page.ns == INT32_MIN && !names_find(d->names, title, &d->page.ns, &rest))
        d->page.ns = NS_MAIN;
}

static int
end_page(struct dump *d)
{
    d->in_page = false;
    find_ns(d);
    return pages_add(d->batch, &d->page);
}

static int
end_text(struct dump *d)
{
    d->page.text_len = d->batch->bytes.len - d->page.text_at;
    return buf_addc(&d->batch->bytes, '\0');
}

static void XMLCALL
on_end(void *context, const XML_Char *name)
{
    struct dump *d = context;
    int          rc = OK;

    if (d->element == EL_TITLE)
        rc = end_title(d);
    else if (d->element == EL_TEXT)
        rc = end_text(d);
    else if (d->element == EL_NS && d->value.len > 0)
        d->page.ns = (int)strtol(d->value.bytes, NULL, 10);
    else if (d->element == EL_ID && d->value.len > 0)
        d->page.id = strtoull(d->value.bytes, NULL, 10);
    else if (d->element == EL_MODEL)
        d->page.foreign = d->value.len != 8 || memcmp(d->value.bytes, "wikitext", 8) != 0;
    else if (d->element == EL_NAMESPACE)
        rc = names_add(d->names, (struct span){ d->value.bytes, d->value.len }, d->ns_key);
    else if (d->in_page && d->depth == 3 && strcmp(name, "revision") == 0)
        d->in_revision = false;
    else if (d->in_page && d->depth == 2)
        rc = end_page(d);
    d->element = EL_OTHER;
    d->depth--;
    if (rc != OK)
        stop(d, rc);
    if (d->depth == 0) {
        d->document_ended = true;
        XML_StopParser(d->parser, XML_FALSE);
    }
}

static void XMLCALL
on_text(void *context, const XML_Char *bytes, int len)
{
    struct dump *d = context;
    int          rc = OK;

    if (d->element == EL_TEXT) {
        size_t have = d->batch->bytes.len - d->page.text_at;

        if (d->page.too_large || have + (size_t)len > d->page_max_bytes) {
            d->page.too_large = true;
            d->batch->bytes.len = d->page.text_at;
            return;
        }
        rc = buf_add(&d->batch->bytes, bytes, (size_t)len);
    } else if (d->element != EL_OTHER && d->value.len + (size_t)len <= VALUE_BYTES_MAX) {
        rc = buf_add(&d->value, bytes, (size_t)len);
    }
    if (rc != OK)
        stop(d, rc);
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
    XML_SetUserData(d->parser, d);
    XML_SetStartDoctypeDeclHandler(d->parser, on_doctype);
    XML_SetElementHandler(d->parser, on_begin, on_end);
    XML_SetCharacterDataHandler(d->parser, on_text);
    d->document_start = d->xml_bytes;
    d->document_ended = d->in_page = d->in_revision = false;
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
        || memcmp(bytes, "<", 2) == 0 || memcmp(bytes, "\0<", 2) == 0);
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
            XML_ErrorString(cause), here(d));
    return err_set(ended ? ERR_TRUNCATED : ERR_FORMAT, "%s: the XML is damaged at byte %llu: %s",
        d->name, here(d), XML_ErrorString(cause));
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
    d->in_page = false;
    d->lost = true;
    d->matched = 0;
    return OK;
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

/* Where in bytes[0..used) the parser stopped. */
static size_t
stopped_at(const struct dump *d, size_t used)
{
    uint64_t at = (uint64_t)XML_GetCurrentByteIndex(d->parser) + d->document_start - d->xml_bytes;

    return at < used ? (size_t)at + 1 : used;
}

/* One chunk, or the rest of it behind the end of a document. */
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
            while (len > 0 && (unsigned char)*bytes <= ' ' && d->any_document) {
                bytes++;
                len--;
                d->xml_bytes++;
            }
            if (len == 0)
                return OK;
            if (d->any_document && *bytes != '<')
                return pass_over(d, err_set(ERR_FORMAT, "%s: what follows </mediawiki> is no dump",
                    d->name), d->lax || d->keep_going);
            if (is_utf16(bytes, len))
                return err_set(ERR_FORMAT, "%s: is UTF-16: a MediaWiki export is UTF-8", d->name);
            rc = begin_document(d);
            if (rc != OK)
                return rc;
            used = len < CHUNK_BYTES ? len : CHUNK_BYTES;
        }
        if (XML_Parse(d->parser, bytes, (int)used, 0) == XML_STATUS_ERROR) {
            if (!d->document_ended || d->rc != OK) {
                rc = pass_over(d, xml_failure(d), d->keep_going && d->depth > 0);
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
        } else if (d->xml_bytes + used - d->document_start
            > (uint64_t)XML_GetCurrentByteIndex(d->parser) + TOKEN_BYTES_MAX) {
            return err_set(ERR_LIMIT, "%s: a tag at byte %llu is longer than %d bytes", d->name,
                here(d),
                TOKEN_BYTES_MAX);
        }
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
            rc = pass_over(d, at_end(d), d->keep_going && d->depth > 0);
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
