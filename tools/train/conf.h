/* conf.h -- what train was asked to do: its options, their values, and what follows from them. */
#ifndef TOOLS_TRAIN_CONF_H
#define TOOLS_TRAIN_CONF_H

#include "lib/tool.h"
#include "model/config.h"
#include "model/params.h"

struct conf {
    struct tool_conf tool; /* .output is the run directory */
    const char      *data, *init, *resume, *config;
    int              model, position, objective, optimizer, device, precision;
    long long        layers, hidden, heads, ffn; /* 0: as --model says */
    long long        positions;                  /* 0: as the data's longest sequence */
    double           mask, dropout, choice_weight, notes_weight, notes_decay;
    long long        candidates, controller_divider;
    long long        notes_window;
    int              notes_scale, layer_norm;
    double           lr, clip, beta1, beta2, eps, weight_decay;
    long long        warmup, steps, batch;
    long long        micro_batch; /* sequences; 0: as many as memory_bytes holds */
    long long        memory_bytes;
    long long        save_every, keep, eval_every, log_every; /* steps; 0: by --steps */
    long long        time_limit_s, stop_at;                   /* 0: none */
    long long        check_every, comm_timeout_s, bucket_bytes;             /* several processes */
    const char      *decay_exclude;
    unsigned         decay_groups; /* the same as bits of param_group */
    bool             candidates_distinct, mask_whole_words, notes, dry_run, micro_batch_given,
        jobs_given;
};

/* conf_read -- the command line and --config; ends the program on --help and wrong calls.  The
 * result is the program's only one. */
struct conf *conf_read(int argc, char **argv);

/* The words of the choices, as the options have them. */
const char *conf_position(const struct conf *conf);
const char *conf_objective(const struct conf *conf);
const char *conf_device(const struct conf *conf);
const char *conf_precision(const struct conf *conf);
enum dtype  conf_real(const struct conf *conf); /* the type that it is */

/* conf_dump -- the resolved options as lines `name = value` that --config reads back. */
MUST int conf_dump(struct buf *text);

/* conf_value -- one of them as text; `text` is overwritten. */
MUST int conf_value(struct buf *text, const char *name);

/* The options that decide which numbers a run computes; NULL ends.  A run is only continued with
 * these as they were. */
extern const char *const conf_fixed[];

#endif
