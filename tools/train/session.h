/* session.h -- everything of one run: its data, its model, its directory and how far it is. */
#ifndef TOOLS_TRAIN_SESSION_H
#define TOOLS_TRAIN_SESSION_H

#include "model/optimizer.h"
#include "tools/train/conf.h"
#include "tools/train/supply.h"
#include "tools/train/log.h"

/* How far a run is; with the weights and moments this is all that resuming needs.  The window is
 * what the next line of the log tells the mean of. */
struct progress {
    uint64_t step, tokens;        /* steps made, tokens seen in them */
    struct model_loss window;     /* since the last line */
};

struct session {
    struct conf           *conf;
    struct team            team;
    uint64_t              *hashes; /* [ranks], for ranks_check */
    struct dataset         data;
    char                   data_hash[HASH_HEX_BYTES]; /* of manifest.json */
    struct mask            mask;
    struct model_config    config;
    struct model_limits    limits; /* of one micro-batch */
    struct model_plan      plan;
    const char            *device;  /* name of the backend that it is made for */
    struct reserve         reserve; /* what that takes for itself */
    struct optimizer       optimizer;
    struct arena           arena;
    const struct backend  *backend;
    double                 ceiling_flops; /* FLOP a second of a large product, see ceiling.h */
    struct model           model;
    struct batch           valid_batch;
    struct dataset_reader  valid_reader;
    struct supply          supply;
    struct log             log;
    struct buf             remarks; /* see remarks.h */
    int                    lock;
    struct progress        at;
    double                 norm; /* of the gradient, of the last step that was heard of */
    int64_t                saved; /* step of the newest checkpoint, -1: none */
    int                    save_failures; /* in a row */
};

/* session_prepare -- with conf and team set: open the data and work out the model;
 * touches nothing. */
MUST int session_prepare(struct session *r);
/* session_open -- take the run directory, find where to go on, make the model ready for that. */
MUST int session_open(struct session *r);
void     session_close(struct session *r);

#endif
