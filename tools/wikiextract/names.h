/* names.h -- what the part of a title before its colon says: namespaces and other wikis.
 *
 * English names are known from the start, the wiki's own are added from the dump's <siteinfo>, so
 * "[[Datei:", "[[Файл:" and "[[File:" are alike in a German or Russian dump.  The struct may be
 * copied: entries once made stay, and a copy does not see what is added later. */
#ifndef TOOLS_WIKIEXTRACT_NAMES_H
#define TOOLS_WIKIEXTRACT_NAMES_H

#include "tools/wikiextract/grow.h"

enum { NS_MEDIA = -2, NS_MAIN = 0, NS_FILE = 6, NS_TEMPLATE = 10, NS_CATEGORY = 14 };

enum { NAMES_MAX = 256 };

struct names {
    struct name {
        char *name; /* ASCII letters in lower case, underscores as spaces */
        int   ns;
    }           list[NAMES_MAX];
    int         count;
    char        language[8]; /* of the wiki, as <mediawiki> tells; "en" until then */
};

/* names_start -- the names that every wiki has. */
MUST int names_start(struct names *names);
/* names_add -- one of <siteinfo>; known ones and those beyond NAMES_MAX are passed over. */
MUST int names_add(struct names *names, struct span name, int ns);
void     names_free(struct names *names);

/* names_find -- the namespace of "Prefix:rest".  False if the prefix is none; else *ns, and *rest
 * is what follows the colon. */
bool names_find(const struct names *names, struct span title, int *ns, struct span *rest);

/* names_language -- whether `prefix` is a language code, so that a link there leads to the same
 * article in another Wikipedia. */
bool names_language(struct span prefix);

/* names_media -- whether a title ends as those of pictures and sounds do, behind a prefix: what the
 * prefix of a dump means whose <siteinfo> does not tell. */
bool names_media(struct span title);

#endif
