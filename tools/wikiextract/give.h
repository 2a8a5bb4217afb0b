/* give.h -- the functions that rows of the template table name; see template.h for the contract. */
#ifndef TOOLS_WIKIEXTRACT_GIVE_H
#define TOOLS_WIKIEXTRACT_GIVE_H

#include "tools/wikiextract/template.h"

typedef bool template_give(const struct template_row *, const struct template_call *,
    struct grow *);

/* give.c: arguments and constants.  `number` is the argument's, `before` and `after` stand around
 * the text when there is one. */
template_give give_arg;      /* argument `number`, or the named "text" or "1" */
template_give give_last;     /* the last positional argument */
template_give give_second;   /* argument 2, or 1 if there is only one */
template_give give_const;    /* `before` */
/* positional ones from `number` on, `before` between, `after` behind */
template_give give_join;
template_give give_pair;     /* arguments 1 and 2, `before` between */
template_give give_itself;   /* the template's name */
template_give give_colon;    /* what follows the colon of a parser function */
template_give give_case;     /* likewise, in case 'u' 'l' 'U' 'L' (capital: its first letter) */
template_give give_if;       /* #if: */
template_give give_ifeq;     /* #ifeq: */

/* phrase.c: templates with rules of their own */
template_give phrase_lang, phrase_ipa, phrase_ipac, phrase_nihongo, phrase_zh, phrase_ill,
    phrase_lien;
template_give phrase_sic, phrase_sup, phrase_power, phrase_ship, phrase_bible, phrase_century;
template_give phrase_harv, phrase_music, phrase_citation, phrase_circa;

/* number.c */
template_give number_format, number_frac, number_val, number_ordinal, number_height, number_colon;
/* number_raise -- append a whole number, such as an exponent, in raised digits; false, and nothing
 * is appended, if it is none. */
bool number_raise(struct grow *out, struct span number);
/* number_group -- append a number, its whole part in groups of three digits and its decimals as
 * the language divides them. */
void number_group(struct grow *out, struct span number, const char *language);

/* date.c */
template_give date_give, date_death, date_as_of, date_age, date_written;

/* coord.c */
template_give coord_give;

/* convert.c */
template_give convert_give;

#endif
