/* unit.h -- the units of {{convert}}: names, symbols, sizes, and what each is converted to. */
#ifndef TOOLS_WIKIEXTRACT_UNIT_H
#define TOOLS_WIKIEXTRACT_UNIT_H

#include "tools/wikiextract/grow.h"

/* A value in the unit, times scale, plus offset, is the value in the unit of the kind that has
 * scale 1.  `to` names the output units, divided by spaces ("km mi" gives both). */
struct unit {
    const char *codes;  /* divided by '|' */
    const char *one, *many, *symbol;
    double      scale, offset;
    char        kind;   /* length 'l', area 'a' ...; only like kinds convert */
    const char *to;
};

/* unit_find -- NULL if it is unknown. */
const struct unit *unit_find(struct span code);

#endif
