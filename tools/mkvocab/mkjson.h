/* mkjson.h -- writing tokenizer.json as Hugging Face tokenizers reads it. */
#ifndef TOOLS_MKVOCAB_MKJSON_H
#define TOOLS_MKVOCAB_MKJSON_H

#include <stdbool.h>

#include "lib/file.h"
#include "tools/mkvocab/learn.h"

enum model { MODEL_BPE, MODEL_WORDPIECE };

/* mkjson_write -- the whole file; MODEL_WORDPIECE takes no merges. */
MUST int mkjson_write(struct out *out, const struct vocab *v, const struct merges *merges,
    enum model model, bool lowercase);

#endif
