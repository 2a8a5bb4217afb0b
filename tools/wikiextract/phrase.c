/* phrase.c -- templates with rules of their own: languages, pronunciation, links to other wikis,
 * ships, verses; see give.h. */
#include "tools/wikiextract/give.h"

static void
add_after(struct grow *out, const char *between, size_t start, struct span text)
{
    if (text.len == 0)
        return;
    if (out->buf.len > start)
        grow_adds(out, between);
    grow_span(out, text);
}

/* {{lang|fr|texte}} */
bool
phrase_lang(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span text = template_arg(call, 2);

    (void)row;
    grow_span(out, text.len > 0 ? text : template_named(call, "text"));
    return true;
}

/* {{IPA|/x/}} and {{IPA|de|x}}, which shows [x]. */
bool
phrase_ipa(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span a = template_arg(call, 1), b = template_arg(call, 2);

    (void)row;
    if (b.len > 0 && a.len <= 4) {
        grow_addc(out, '[');
        grow_span(out, b);
        grow_addc(out, ']');
    } else {
        grow_span(out, a);
    }
    return true;
}

/* {{IPAc-en|lang|pron|ˈ|k|l|oʊ|z}}: keys between slashes; words are labels of how it is said. */
bool
phrase_ipac(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    static const char *const labels[] = { "lang", "pron", "local", "also", "uk", "us", "both",
        "icon",
        "small", "ipa", "uklang", "uslang", "uspron", "ukpron", "usalso", "ukalso", "audio", "au",
            "nz",
        "ie", "ca", "gen", "rp", "ga", "uk and us", "us and uk" };
    size_t                   start = out->buf.len;

    (void)row;
    for (int i = 0; i < call->count; i++) {
        struct span key = call->args[i].value;
        bool        label = call->args[i].number == 0;

        for (size_t n = 0; n < sizeof labels / sizeof *labels; n++)
            label = label || span_equals(key, labels[n]);
        if (label || key.len == 0 || key.len > 8) /* the long ones are sound files */
            continue;
        if (out->buf.len == start)
            grow_addc(out, '/');
        if (span_is(key, "_"))
            grow_addc(out, ' ');
        else if (span_is(key, "'"))
            grow_adds(out, "ˈ");
        else if (span_is(key, ","))
            grow_adds(out, "ˌ");
        else
            grow_span(out, key);
    }
    if (out->buf.len > start)
        grow_addc(out, '/');
    return true;
}

/* {{Nihongo|English|漢字|rōmaji|more|behind}}; number 3: {{Nihongo3|rōmaji|漢字|English}} */
bool
phrase_nihongo(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span first = template_arg(call, 1), behind = template_arg(call, 5);
    size_t      start;

    (void)row;
    grow_span(out, first);
    start = out->buf.len;
    for (int i = 2; i <= 4; i++) {
        struct span text = template_arg(call, i);

        if (text.len == 0)
            continue;
        grow_adds(out, out->buf.len > start ? ", " : first.len > 0 ? " (" : "");
        grow_span(out, text);
    }
    if (out->buf.len > start && first.len > 0)
        grow_addc(out, ')');
    if (behind.len > 0) {
        grow_addc(out, ' ');
        grow_span(out, behind);
    }
    return true;
}

/* {{zh|s=汉字|t=漢字|p=hànzì}} */
bool
phrase_zh(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    static const char *const names[] = { "c", "t", "s", "p", "w", "j", "cy", "poj", "l" };
    size_t                   start = out->buf.len;

    (void)row;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct span text = template_named(call, names[i]);

        if (text.len > 0 && names[i][0] == 'l') {
            grow_adds(out, "; lit. '");
            grow_span(out, text);
            grow_addc(out, '\'');
        } else {
            add_after(out, "; ", start, text);
        }
    }
    if (out->buf.len == start)
        grow_span(out, template_arg(call, 1));
    return true;
}

/* {{ill|Article|de|Artikel|lt=label}}, or the old order {{ill|de|Artikel|label}} */
bool
phrase_ill(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    static const char *const labels[] = { "lt", "label", "display", "text", "d" };
    struct span              text = { 0 }, first = template_arg(call, 1);

    (void)row;
    for (size_t i = 0; text.len == 0 && i < sizeof labels / sizeof *labels; i++)
        text = template_named(call, labels[i]);
    if (text.len == 0 && first.len <= 3 && names_language(first)) {
        text = template_arg(call, 3);
        if (text.len == 0)
            text = template_arg(call, 2);
    }
    grow_span(out, text.len > 0 ? text : first);
    return true;
}

/* French {{Lien|lang=en|trad=Title|fr=Titre|texte=label}} */
bool
phrase_lien(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    static const char *const labels[] = { "texte", "fr" };
    struct span              text = { 0 };

    (void)row;
    for (size_t i = 0; text.len == 0 && i < sizeof labels / sizeof *labels; i++)
        text = template_named(call, labels[i]);
    if (text.len == 0)
        text = template_arg(call, 1);
    grow_span(out, text.len > 0 ? text : template_named(call, "trad"));
    return true;
}

/* {{sic|teh|hide=y}}, {{sic|rec|ie|ve}}; alone it stands behind the word */
bool
phrase_sic(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    size_t start = out->buf.len;

    (void)row;
    for (int i = 1; i <= 3; i++)
        grow_span(out, template_arg(call, i));
    if (out->buf.len == start)
        grow_adds(out, "[sic]");
    return true;
}

static void
add_raised(struct grow *out, struct span text)
{
    if (!number_raise(out, text))
        grow_span(out, text);
}

bool
phrase_sup(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    add_raised(out, template_arg(call, row->number));
    return true;
}

/* {{e|6}} is ×10⁶, {{10^|6}} is 10⁶: `before` and the exponent */
bool
phrase_power(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    grow_adds(out, row->before);
    add_raised(out, template_arg(call, 1));
    return true;
}

/* {{HMS|Victory|1765}}, {{ship|French ship|Orient|1791}}: `before`, name, hull number or year */
bool
phrase_ship(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span name = template_arg(call, row->number), id = template_arg(call, row->number + 1);

    if (row->before != NULL)
        grow_adds(out, row->before);
    else
        grow_span(out, template_arg(call, 1));
    grow_addc(out, ' ');
    grow_span(out, name);
    if (id.len > 0 && template_arg(call, row->number + 2).len == 0) {
        grow_adds(out, " (");
        grow_span(out, id);
        grow_addc(out, ')');
    }
    return true;
}

/* {{bibleverse|Genesis|1:1}}, {{bibleverse|1|Samuel|2:3}}, {{bibleref2|..}} */
bool
phrase_bible(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span first = template_arg(call, 1);
    int         last = first.len > 0 && ascii_digit(first.at[0]) && first.len == 1 ? 3 : 2;
    size_t      start = out->buf.len;

    (void)row;
    for (int i = 1; i <= last; i++)
        add_after(out, " ", start, template_arg(call, i));
    return true;
}

/* French {{s|XX|e}} is "XXe siècle"; elsewhere {{s|text}} keeps text on one line */
bool
phrase_century(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span a = template_arg(call, 1), b = template_arg(call, 2);

    grow_span(out, a);
    if (b.len > 0) {
        grow_span(out, b);
        grow_adds(out, row->before);
    }
    return true;
}

/* {{harvtxt|Smith|Jones|2001|p=5}}: "Smith & Jones (2001)", or without the parentheses */
bool
phrase_harv(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    int         last = 0;
    struct span year;

    for (int i = 1; i <= 5; i++)
        if (template_arg(call, i).len > 0)
            last = i;
    if (last == 0)
        return true;
    year = template_arg(call, last);
    for (int i = 1; i < last; i++) {
        if (i > 1)
            grow_adds(out, i + 1 == last ? " & " : ", ");
        grow_span(out, template_arg(call, i));
    }
    grow_adds(out, row->before);
    grow_span(out, year);
    grow_adds(out, row->after);
    return true;
}

bool
phrase_music(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span text = template_arg(call, 1);

    (void)row;
    if (span_equals(text, "flat") || span_equals(text, "b"))
        grow_adds(out, "♭");
    else if (span_equals(text, "sharp") || span_equals(text, "#"))
        grow_adds(out, "♯");
    else if (span_equals(text, "natural"))
        grow_adds(out, "♮");
    else
        grow_span(out, text);
    return true;
}

/* A source in English ("title=" and the like), words quoted in French. */
bool
phrase_citation(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span text = template_arg(call, 1);

    (void)row;
    if (text.len == 0 || template_has(call, "title"))
        return true;
    grow_adds(out, "« ");
    grow_span(out, text);
    grow_adds(out, " »");
    return true;
}

/* {{circa|1450|1500}}: `before` ahead of each year; {{floruit|a|b}}: `after` NULL, once */
bool
phrase_circa(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span a = template_arg(call, 1), b = template_arg(call, 2);

    grow_adds(out, row->before);
    if (a.len == 0)
        return true;
    grow_addc(out, ' ');
    grow_span(out, a);
    if (b.len == 0)
        return true;
    grow_adds(out, "–");
    if (row->after != NULL) {
        grow_adds(out, row->after);
        grow_addc(out, ' ');
    }
    grow_span(out, b);
    return true;
}
