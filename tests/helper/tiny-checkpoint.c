/* tiny-checkpoint -- write a BERT checkpoint of a few kilobytes whose weights anyone can compute.
 *
 *     tiny-checkpoint DIR VOCAB.txt [FAULT]
 *
 * Element i of tensor number t (in the order of the list below) is u, of a layer norm's weight
 * 1 + u, with u = frac(sin(12.9898 i + 78.233 t) 43758.5453) - 0.5; the head's are in the file
 * too, so that fine-tuning has nothing random but its order and dropout.  tests/golden/glue.py does
 * the same in Python for Hugging Face's model.  FAULT: `missing` leaves a tensor out, `shape` gives
 * one another shape, `vocab` makes the model smaller than the tokenizer, `headless` leaves the
 * head's out, `nan` makes one weight NaN. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/safetensors.h"
#include "lib/tokenizer.h"

enum { HIDDEN = 16, FFN = 32, LAYERS = 2, LEN = 24, TENSORS_MAX = 64 };

static struct safetensors_tensor tensors[TENSORS_MAX];
static char                      names[TENSORS_MAX][96];
static float                    *values[TENSORS_MAX]; /* to give back; spoil() may drop a tensor */
static size_t                    count, made;

static void
must(int rc)
{
    if (rc != OK) {
        fprintf(stderr, "tiny-checkpoint: %s\n", err_msg());
        exit(1);
    }
}

static void
add(const char *name, int rows, int cols)
{
    size_t elements = (size_t)(rows > 0 ? rows : 1) * (size_t)cols;
    float *data = malloc(elements * sizeof *data);
    double base = strstr(name, "LayerNorm.weight") != NULL;

    if (data == NULL || count == TENSORS_MAX)
        exit(1);
    for (size_t i = 0; i < elements; i++) {
        double u = sin(12.9898 * (double)i + 78.233 * (double)count) * 43758.5453;

        data[i] = (float)(base + u - floor(u) - 0.5);
    }
    snprintf(names[count], sizeof names[count], "%s", name);
    tensors[count] = (struct safetensors_tensor){ .name = names[count], .dtype = SAFETENSORS_F32,
        .dims = rows > 0 ? 2 : 1, .shape = { (uint64_t)(rows > 0 ? rows : cols), (uint64_t)cols },
        .data = data };
    values[made++] = data;
    count++;
}

/* A weight and its bias. */
static void
linear(const char *name, int out, int in)
{
    char full[96];

    snprintf(full, sizeof full, "%s.weight", name);
    add(full, out, in);
    snprintf(full, sizeof full, "%s.bias", name);
    add(full, 0, out);
}

static void
norm(const char *name)
{
    char full[96];

    snprintf(full, sizeof full, "%s.weight", name);
    add(full, 0, HIDDEN);
    snprintf(full, sizeof full, "%s.bias", name);
    add(full, 0, HIDDEN);
}

static void
layer(int number)
{
    static const struct { const char *name; int out, in; } parts[] = {
        { "attention.self.query", HIDDEN, HIDDEN }, { "attention.self.key", HIDDEN, HIDDEN },
        { "attention.self.value", HIDDEN, HIDDEN }, { "attention.output.dense", HIDDEN, HIDDEN },
        { "attention.output.LayerNorm", 0, 0 }, { "intermediate.dense", FFN, HIDDEN },
        { "output.dense", HIDDEN, FFN }, { "output.LayerNorm", 0, 0 },
    };
    char full[80];

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(full, sizeof full, "bert.encoder.layer.%d.%s", number, parts[i].name);
        if (parts[i].out == 0)
            norm(full);
        else
            linear(full, parts[i].out, parts[i].in);
    }
}

static void
write_text(const char *dir, const char *name, const char *bytes, size_t len)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    must(file_write_all(path, bytes, len));
}

static void
spoil(const char *fault)
{
    if (strcmp(fault, "missing") == 0) /* the last of layer 1 */
        tensors[36] = tensors[--count];
    if (strcmp(fault, "shape") == 0) {
        tensors[5].shape[0] = HIDDEN / 2;
        tensors[5].shape[1] = HIDDEN * 2;
    }
    if (strcmp(fault, "nan") == 0)
        ((float *)(uintptr_t)tensors[5].data)[3] = NAN;
}

int
main(int argc, char **argv)
{
    const char *fault = argc > 3 ? argv[3] : "";
    struct buf  vocab = { 0 }, json = { 0 }, config = { 0 };
    char        path[4096], hex[HASH_HEX_BYTES];
    uint64_t    bytes;
    int         words = 0;

    if (argc < 3)
        return 2;
    must(dir_make(argv[1]));
    must(file_read_all(&vocab, argv[2], 1 << 20));
    must(tokenizer_of_vocab(&json, vocab.bytes, vocab.len, true, argv[2]));
    write_text(argv[1], "tokenizer.json", json.bytes, json.len);
    for (size_t i = 0; i < vocab.len; i++)
        words += vocab.bytes[i] == '\n';
    if (strcmp(fault, "vocab") == 0)
        words--;
    must(buf_addf(&config, "{\"architectures\":[\"BertForSequenceClassification\"],"
        "\"model_type\":\"bert\",\"vocab_size\":%d,\"hidden_size\":%d,\"num_hidden_layers\":%d,"
        "\"num_attention_heads\":2,"
        "\"intermediate_size\":%d,\"hidden_act\":\"gelu\",\"hidden_dropout_prob\":0.1,"
        "\"attention_probs_dropout_prob\":0.1,\"max_position_embeddings\":%d,\"type_vocab_size\":2,"
        "\"initializer_range\":0.02,\"layer_norm_eps\":1e-12,\"pad_token_id\":0,"
        "\"position_embedding_type\":\"absolute\"}\n", words, HIDDEN, LAYERS, FFN, LEN));
    write_text(argv[1], "config.json", config.bytes, config.len);
    add("bert.embeddings.word_embeddings.weight", words, HIDDEN);
    add("bert.embeddings.position_embeddings.weight", LEN, HIDDEN);
    add("bert.embeddings.token_type_embeddings.weight", 2, HIDDEN);
    norm("bert.embeddings.LayerNorm");
    for (int i = 0; i < LAYERS; i++)
        layer(i);
    if (strcmp(fault, "headless") != 0) {
        linear("bert.pooler.dense", HIDDEN, HIDDEN);
        linear("classifier", argc > 4 ? atoi(argv[4]) : 2, HIDDEN);
    }
    spoil(fault);
    snprintf(path, sizeof path, "%s/model.safetensors", argv[1]);
    must(safetensors_save(path, tensors, count, NULL, 0, hex, &bytes));
    for (size_t i = 0; i < made; i++)
        free(values[i]);
    buf_free(&vocab);
    buf_free(&json);
    buf_free(&config);
    return 0;
}
