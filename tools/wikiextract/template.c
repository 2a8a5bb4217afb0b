/* template.c -- look up a template and take its call apart; see template.h. */
#include "tools/wikiextract/template.h"

#include "lib/hash.h"
#include "tools/wikiextract/give.h"

enum { TABLE_SLOTS = 1 << 13, AFFIXES_MAX = 1024 };

static struct {
    const char                *name;
    size_t                     len;
    const struct template_row *row;
} table[TABLE_SLOTS];

/* Names that begin or end templates' names, by their first or last byte, in the table's order. */
struct affix {
    const char                *name;
    size_t                     len;
    const struct template_row *row;
    struct affix              *next;
};

static struct affixes {
    struct affix  all[AFFIXES_MAX];
    size_t        count;
    struct affix *by_byte[256];
} prefixes, suffixes;

static size_t
slot_of(const char *name, size_t len)
{
    size_t i = hash_u32(name, len, 0) % TABLE_SLOTS;

    while (table[i].name != NULL && (table[i].len != len || memcmp(table[i].name, name, len) != 0))
        i = (i + 1) % TABLE_SLOTS;
    return i;
}

static void
index_affixes(struct affixes *to, const struct template_row *rows, bool suffix)
{
    for (const struct template_row *row = rows; row->names != NULL; row++) {
        for (const char *name = row->names; *name != '\0';) {
            struct affix *a = &to->all[to->count++], **at;

            CHECK(to->count < AFFIXES_MAX);
            a->name = name;
            a->len = strcspn(name, "|");
            a->row = row;
            at = &to->by_byte[(unsigned char)name[suffix ? a->len - 1 : 0]];
            while (*at != NULL)
                at = &(*at)->next;
            *at = a;
            name += a->len + (name[a->len] == '|');
        }
    }
}

void
template_start(void)
{
    size_t used = 0;

    index_affixes(&prefixes, template_prefixes, false);
    index_affixes(&suffixes, template_suffixes, true);

    for (const struct template_row *row = template_rows; row->names != NULL; row++) {
        for (const char *name = row->names; *name != '\0';) {
            size_t len = strcspn(name, "|"), i;

            len += len == 0; /* the template named "|" does not exist; "!" and "=" do */
            i = slot_of(name, len);
            CHECK(table[i].name == NULL && ++used < TABLE_SLOTS / 2);
            table[i].name = name;
            table[i].len = len;
            table[i].row = row;
            name += len + (name[len] == '|');
        }
    }
}

/* ---- the parts of a call ---- */

static int
number_of(struct span name)
{
    int n = 0;

    if (name.len == 0 || name.len > 3)
        return 0;
    for (size_t i = 0; i < name.len; i++) {
        if (!ascii_digit(name.at[i]))
            return 0;
        n = 10 * n + name.at[i] - '0';
    }
    return n;
}

/* To lower case: ASCII, and the Greek and Cyrillic letters whose cases are two bytes each. */
static void
lower(char *key, struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.at[i];
        unsigned char next = i + 1 < name.len ? (unsigned char)name.at[i + 1] : 0;

        key[i] = c == '_' ? ' ' : ascii_lower((char)c);
        if ((c == 0xd0 && next >= 0x90 && next < 0xb0)
            || (c == 0xce && next >= 0x91 && next < 0xaa)) {
            bool high = next >= 0xa0;

            key[i] = (char)(c + high);
            key[i + 1] = (char)(high ? next - 0x20 : next + 0x20);
            i++;
        }
    }
    key[name.len] = '\0';
}

static void
set_name(struct template_call *call, const struct names *names, struct span text)
{
    struct span rest;
    const char *colon;
    int         ns;

    text = span_trim(text);
    if (span_begins(text, "subst:") || span_begins(text, "msg:")) {
        size_t skip = (size_t)((const char *)memchr(text.at, ':', text.len) + 1 - text.at);

        text = span_trim((struct span){ text.at + skip, text.len - skip });
    }
    if (names_find(names, text, &ns, &rest) && ns == NS_TEMPLATE)
        text = rest;
    call->colon = (struct span){ 0 };
    colon = text.len > 0 ? memchr(text.at, ':', text.len) : NULL;
    if (colon != NULL && colon > text.at) {
        call->colon = span_trim((struct span){ colon + 1,
            text.len - (size_t)(colon + 1 - text.at) });
        if (call->colon.at == NULL)
            call->colon.at = colon;
    }
    for (size_t i = 0; i < text.len; i++) /* no name goes over a line */
        if ((unsigned char)text.at[i] < ' ' || text.at[i] == '|')
            text.len = i;
    if (text.len >= TEMPLATE_NAME_MAX) {
        text.len = TEMPLATE_NAME_MAX - 1;
        while (((unsigned char)text.at[text.len] & 0xc0) == 0x80
            && text.len > TEMPLATE_NAME_MAX - 5)
            text.len--; /* not inside a character */
    }
    call->name = span_trim(text);
    lower(call->key, call->name);
}

void
template_parse(struct template_call *call, const struct names *names, struct span text,
    const size_t *seps, size_t count, size_t base)
{
    int positional = 0;

    call->count = 0;
    call->language = names->language;
    set_name(call, names, (struct span){ text.at, count > 0 ? seps[0] - 1 - base : text.len });
    for (size_t i = 0; i < count && call->count < TEMPLATE_ARGS_MAX; i++) {
        size_t               end = i + 1 < count ? seps[i + 1] - 1 - base : text.len;
        struct span          whole = { text.at + (seps[i] - base), end - (seps[i] - base) };
        const char          *equals = whole.len > 0 ? memchr(whole.at, '=', whole.len) : NULL;
        struct template_arg *arg = &call->args[call->count++];

        arg->name = (struct span){ 0 };
        arg->number = 0;
        if (equals != NULL) {
            arg->name = span_trim((struct span){ whole.at, (size_t)(equals - whole.at) });
            arg->number = number_of(arg->name);
            whole = (struct span){ equals + 1, whole.len - (size_t)(equals + 1 - whole.at) };
        } else {
            arg->number = ++positional;
        }
        arg->value = span_trim(whole);
    }
}

struct span
template_arg(const struct template_call *call, int number)
{
    for (int i = call->count - 1; i >= 0; i--) /* the last one given wins */
        if (call->args[i].number == number)
            return call->args[i].value;
    return (struct span){ 0 };
}

struct span
template_named(const struct template_call *call, const char *name)
{
    for (int i = call->count - 1; i >= 0; i--)
        if (call->args[i].name.len > 0 && span_equals(call->args[i].name, name))
            return call->args[i].value;
    return (struct span){ 0 };
}

bool
template_has(const struct template_call *call, const char *name)
{
    return template_named(call, name).at != NULL;
}

/* ---- the lookup ---- */

/* A prefix ends where a word of the key ends, unless it ends with a star or with no letter itself;
 * scripts that are not Latin have no such border here. */
static bool
is_prefix(const struct affix *a, const char *key, size_t key_len)
{
    bool   part = a->name[a->len - 1] == '*';
    size_t len = a->len - part;

    if (len > key_len || memcmp(key, a->name, len) != 0)
        return false;
    return part || !ascii_letter(key[len]) || !ascii_letter(a->name[len - 1]);
}

static bool
is_suffix(const struct affix *a, const char *key, size_t key_len)
{
    return a->len <= key_len && memcmp(key + key_len - a->len, a->name, a->len) == 0;
}

static const struct template_row *
find_affix(const char *key, size_t len)
{
    for (const struct affix *a = prefixes.by_byte[(unsigned char)key[0]]; a != NULL; a = a->next)
        if (is_prefix(a, key, len))
            return a->row;
    for (const struct affix *a = suffixes.by_byte[(unsigned char)key[len - 1]]; a != NULL;
        a = a->next)
        if (is_suffix(a, key, len))
            return a->row;
    return NULL;
}

static const struct template_row *
find(const struct template_call *call)
{
    size_t                     len = strlen(call->key), i;
    const struct template_row *row;
    const char                *colon;

    if (len == 0)
        return NULL;
    i = slot_of(call->key, len);
    if (table[i].name != NULL)
        return table[i].row;
    colon = strchr(call->key, ':');
    if (colon != NULL && colon > call->key) {
        size_t name_len = (size_t)(colon + 1 - call->key);

        for (row = template_functions; row->names != NULL; row++)
            if (strlen(row->names) == name_len && memcmp(row->names, call->key, name_len) == 0)
                return row;
    }
    return find_affix(call->key, len);
}

enum template_effect
template_expand(struct template_call *call, struct grow *out)
{
    const struct template_row *row = find(call);

    /* of a function the argument is no part of the name */
    if (call->name.len > 0 && (call->name.at[0] == '#'
        || (row != NULL && strchr(row->names, ':') != NULL)))
        call->name.len = strcspn(call->key, ":");
    if (row == NULL)
        return TEMPLATE_LOST;
    if (row->give == NULL)
        return TEMPLATE_KNOWN;
    return row->give(row, call, out) ? TEMPLATE_TEXT : TEMPLATE_LOST;
}
