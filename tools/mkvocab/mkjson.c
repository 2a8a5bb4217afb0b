/* mkjson.c -- see mkjson.h.  The file is read by people too: a token and a merge a line. */
#include "tools/mkvocab/mkjson.h"

#include "lib/quote.h"

static const char head[] =
    "{\n"
    "  \"version\": \"1.0\",\n"
    "  \"truncation\": null,\n"
    "  \"padding\": null,\n"
    "  \"added_tokens\": [\n";

static const char middle[] =
    "  \"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"},\n"
    "  \"post_processor\": {\n"
    "    \"type\": \"TemplateProcessing\",\n"
    "    \"single\": [\n"
    "      {\"SpecialToken\": {\"id\": \"[CLS]\", \"type_id\": 0}},\n"
    "      {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}},\n"
    "      {\"SpecialToken\": {\"id\": \"[SEP]\", \"type_id\": 0}}\n"
    "    ],\n"
    "    \"pair\": [\n"
    "      {\"SpecialToken\": {\"id\": \"[CLS]\", \"type_id\": 0}},\n"
    "      {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}},\n"
    "      {\"SpecialToken\": {\"id\": \"[SEP]\", \"type_id\": 0}},\n"
    "      {\"Sequence\": {\"id\": \"B\", \"type_id\": 1}},\n"
    "      {\"SpecialToken\": {\"id\": \"[SEP]\", \"type_id\": 1}}\n"
    "    ],\n"
    "    \"special_tokens\": {\n"
    "      \"[CLS]\": {\"id\": \"[CLS]\", \"ids\": [2], \"tokens\": [\"[CLS]\"]},\n"
    "      \"[SEP]\": {\"id\": \"[SEP]\", \"ids\": [3], \"tokens\": [\"[SEP]\"]}\n"
    "    }\n"
    "  },\n"
    "  \"decoder\": {\"type\": \"WordPiece\", \"prefix\": \"##\", \"cleanup\": true},\n"
    "  \"model\": {\n";

static const char bpe[] =
    "    \"type\": \"BPE\",\n"
    "    \"dropout\": null,\n"
    "    \"unk_token\": \"[UNK]\",\n"
    "    \"continuing_subword_prefix\": \"##\",\n"
    "    \"end_of_word_suffix\": null,\n"
    "    \"fuse_unk\": false,\n"
    "    \"byte_fallback\": false,\n"
    "    \"ignore_merges\": false,\n";

static const char wordpiece[] =
    "    \"type\": \"WordPiece\",\n"
    "    \"unk_token\": \"[UNK]\",\n"
    "    \"continuing_subword_prefix\": \"##\",\n"
    "    \"max_input_chars_per_word\": 100,\n";

static int
add_token(struct buf *line, const struct token *t)
{
    return quote_json(line, t->bytes, t->len);
}

static int
write_special(struct out *out, bool lowercase)
{
    int rc = out_puts(out, head);

    for (int i = 0; rc == OK && i < SPECIALS; i++)
        rc = out_printf(out, "    {\"id\": %d, \"content\": \"%s\", \"single_word\": false, "
            "\"lstrip\": false, \"rstrip\": false, \"normalized\": false, \"special\": true}%s\n",
                i,
            alphabet_specials[i], i + 1 < SPECIALS ? "," : "");
    if (rc == OK)
        rc = out_printf(out, "  ],\n  \"normalizer\": {\"type\": \"BertNormalizer\", "
            "\"clean_text\": true, \"handle_chinese_chars\": true, \"strip_accents\": null, "
            "\"lowercase\": %s},\n", lowercase ? "true" : "false");
    return rc;
}

static int
write_vocab(struct out *out, const struct vocab *v, struct buf *line, const char *end)
{
    int rc = out_puts(out, "    \"vocab\": {\n");

    for (uint32_t id = 0; rc == OK && id < v->count; id++) {
        buf_reset(line);
        rc = buf_adds(line, "      ");
        if (rc == OK)
            rc = add_token(line, &v->tokens[id]);
        if (rc == OK)
            rc = buf_addf(line, ": %lu%s\n", (unsigned long)id, id + 1 < v->count ? "," : "");
        if (rc == OK)
            rc = out_write(out, line->bytes, line->len);
    }
    return rc == OK ? out_puts(out, end) : rc;
}

static int
write_merges(struct out *out, const struct vocab *v, const struct merges *merges, struct buf *line)
{
    int rc = out_puts(out, "    \"merges\": [\n");

    for (uint32_t i = 0; rc == OK && i < merges->count; i++) {
        buf_reset(line);
        rc = buf_adds(line, "      [");
        if (rc == OK)
            rc = add_token(line, &v->tokens[merges->list[i].left]);
        if (rc == OK)
            rc = buf_adds(line, ", ");
        if (rc == OK)
            rc = add_token(line, &v->tokens[merges->list[i].right]);
        if (rc == OK)
            rc = buf_adds(line, i + 1 < merges->count ? "],\n" : "]\n");
        if (rc == OK)
            rc = out_write(out, line->bytes, line->len);
    }
    return rc == OK ? out_puts(out, "    ]\n") : rc;
}

int
mkjson_write(struct out *out, const struct vocab *v, const struct merges *merges, enum model model,
    bool lowercase)
{
    struct buf line = { 0 };
    int        rc = write_special(out, lowercase);

    if (rc == OK)
        rc = out_puts(out, middle);
    if (rc == OK)
        rc = out_puts(out, model == MODEL_BPE ? bpe : wordpiece);
    if (rc == OK)
        rc = write_vocab(out, v, &line, model == MODEL_BPE ? "    },\n" : "    }\n");
    if (rc == OK && model == MODEL_BPE)
        rc = write_merges(out, v, merges, &line);
    if (rc == OK)
        rc = out_puts(out, "  }\n}\n");
    buf_free(&line);
    return rc;
}
