/* give.c -- templates that give an argument or a constant; see give.h. */
#include "tools/wikiextract/give.h"

static void
around(const struct template_row *row, struct span text, struct grow *out)
{
    if (text.len == 0)
        return;
    if (row->before != NULL)
        grow_adds(out, row->before);
    grow_span(out, text);
    if (row->after != NULL)
        grow_adds(out, row->after);
}

bool
give_arg(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span text = template_arg(call, row->number);

    if (text.len == 0)
        text = template_named(call, "text");
    if (text.len == 0 && row->number == 1 && call->count == 1 && call->args[0].number == 0) {
        /* one argument with "=" in it was text all the same: {{nowrap|a = b}} */
        text = call->args[0].name;
        text.len = (size_t)(call->args[0].value.at + call->args[0].value.len - text.at);
    }
    around(row, text, out);
    return true;
}

bool
give_last(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span text = { 0 };

    for (int i = 0; i < call->count; i++)
        if (call->args[i].number > 0 && call->args[i].value.len > 0)
            text = call->args[i].value;
    around(row, text, out);
    return true;
}

bool
give_second(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span text = template_arg(call, 2);

    around(row, text.len > 0 ? text : template_arg(call, 1), out);
    return true;
}

bool
give_const(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    (void)call;
    grow_adds(out, row->before);
    return true;
}

bool
give_join(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    bool any = false;

    for (int i = 0; i < call->count; i++) {
        if (call->args[i].number < row->number || call->args[i].number == 0
            || call->args[i].value.len == 0)
            continue;
        if (any)
            grow_adds(out, row->before);
        grow_span(out, call->args[i].value);
        any = true;
    }
    if (any && row->after != NULL)
        grow_adds(out, row->after);
    return true;
}

bool
give_pair(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span a = template_arg(call, 1), b = template_arg(call, 2);

    grow_span(out, a);
    if (a.len > 0 && b.len > 0)
        grow_adds(out, row->before);
    grow_span(out, b);
    if (b.len > 0 && row->after != NULL)
        grow_adds(out, row->after);
    return true;
}

bool
give_itself(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    (void)row;
    grow_span(out, call->name);
    return true;
}

bool
give_colon(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    around(row, call->colon, out);
    return true;
}

bool
give_case(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span text = call->colon.at != NULL ? call->colon : template_arg(call, 1);
    bool        first_only = row->number == 'U' || row->number == 'L';
    bool        upper = row->number == 'U' || row->number == 'u';

    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (!first_only || i == 0)
            c = !upper ? ascii_lower(c) : c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        grow_addc(out, c);
    }
    return true;
}

/* Argument `number` of a parser function, whatever it looks like: "a=b" is text there. */
static struct span
whole_arg(const struct template_call *call, int index)
{
    struct span text;

    if (index >= call->count)
        return (struct span){ 0 };
    text = call->args[index].value;
    if (call->args[index].name.at != NULL) {
        text.len = (size_t)(text.at + text.len - call->args[index].name.at);
        text.at = call->args[index].name.at;
    }
    return text;
}

bool
give_if(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    (void)row;
    grow_span(out, whole_arg(call, call->colon.len > 0 ? 0 : 1));
    return true;
}

bool
give_ifeq(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span a = call->colon, b = whole_arg(call, 0);

    (void)row;
    grow_span(out, whole_arg(call, a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0)
        ? 1 : 2));
    return true;
}
