/* element.c -- see element.h.
 *
 * expat calls back for each tag, and for each piece of text between entities and line ends. */
#define _GNU_SOURCE /* strdup, strcasecmp */
#include "tools/wikiextract/element.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    XML_DEPTH_MAX = 64,
    VALUE_BYTES_MAX = 4096 /* titles have at most 255 bytes */
};

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

/* Only UTF-8 may go past the parser. */
static void XMLCALL
on_declaration(void *context, const XML_Char *version, const XML_Char *encoding, int standalone)
{
    struct dump *d = context;

    (void)version, (void)standalone;
    d->utf8 = encoding == NULL || strcasecmp(encoding, "UTF-8") == 0;
}

static void XMLCALL
on_doctype(void *context, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid,
    int internal)
{
    struct dump *d = context;

    (void)name, (void)sysid, (void)pubid, (void)internal;
    stop(d, err_set(ERR_FORMAT, "%s: a DOCTYPE at byte %llu: a dump has none", d->name,
        dump_here(d)));
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
    if (d->depth == 1)
        d->in_dump = strcmp(name, "mediawiki") == 0;
    if (d->depth == 1 && d->in_dump && (key = attribute(pairs, "xml:lang")) != NULL
        && strlen(key) < sizeof d->names->language)
        memcpy(d->names->language, key, strlen(key) + 1);
    if (d->depth > XML_DEPTH_MAX) {
        stop(d, err_set(ERR_LIMIT, "%s: XML elements are nested deeper than %d at byte %llu",
            d->name,
            XML_DEPTH_MAX, dump_here(d)));
    } else if (!d->in_dump) {
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
        d->document_ended = d->dump_ended = true;
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

/* What looks like a reference there is none, so that it may not go past the parser. */
static void XMLCALL
on_cdata_begin(void *context)
{
    struct dump *d = context;

    d->in_cdata = true;
}

static void XMLCALL
on_cdata_end(void *context)
{
    struct dump *d = context;

    d->in_cdata = false;
}

void
element_listen(struct dump *d)
{
    XML_SetUserData(d->parser, d);
    XML_SetXmlDeclHandler(d->parser, on_declaration);
    XML_SetStartDoctypeDeclHandler(d->parser, on_doctype);
    XML_SetElementHandler(d->parser, on_begin, on_end);
    XML_SetCharacterDataHandler(d->parser, on_text);
    XML_SetCdataSectionHandler(d->parser, on_cdata_begin, on_cdata_end);
}
