/* ranks.c -- see ranks.h. */
#define _POSIX_C_SOURCE 200809L
#include "tools/train/ranks.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/halt.h"
#include "lib/version.h"
#include "model/notebook.h"

enum { TEXT_BYTES = 8192, LINE_BYTES = 100 };

static const struct session *session;

/* ---- who is there ---- */

/* A signal came, and still a rank does not answer: it may be slow, but when a launcher ends all
 * because one died, this is the last that can be said. */
static void
waiting(int rank, double waited_s)
{
    static bool told;

    if (told || halt_name() == NULL || waited_s < 0.3)
        return;
    told = true;
    fprintf(stderr, "train: rank %d on %s: step %llu: %s came while waiting for ",
        session->team.rank, team_host(session->team.rank),
        (unsigned long long)session->at.step + 1, halt_name());
    if (rank >= 0)
        fprintf(stderr, "rank %d on %s\n", rank, team_host(rank));
    else
        fprintf(stderr, "the GPUs of the others\n");
}

/* Ranks that may use the same processors of a host share them. */
static int
share_processors(struct session *r)
{
    int beside, rc = team_beside(&beside);

    if (rc == OK && !r->conf->jobs_given)
        r->conf->tool.jobs = r->conf->tool.jobs > beside ? r->conf->tool.jobs / beside : 1;
    return rc;
}

int
ranks_open(struct session *r)
{
    struct team_patience patience = { (double)r->conf->comm_timeout_s, waiting };
    int                  rc;

    session = r;
    rc = team_open(&r->team, patience);
    if (rc != OK || r->team.ranks == 1)
        return rc;
    if (r->team.rank > 0)
        tool_hush();
    if (r->conf->batch < r->team.ranks)
        return err_set(ERR_LIMIT, "--batch %lld is less than the %d processes that share it",
            r->conf->batch, r->team.ranks);
    rc = share_processors(r);
    if (rc == OK)
        tool_say("%d processes (%s), this one on %s with %lld threads", r->team.ranks,
            r->team.found, team_host(0), r->conf->tool.jobs);
    return rc;
}

int
ranks_first(const struct session *r, int rank)
{
    return (int)(r->conf->batch * rank / r->team.ranks);
}

int
ranks_share(const struct session *r)
{
    return (int)((r->conf->batch + r->team.ranks - 1) / r->team.ranks);
}

/* Where all fail alike one line is enough: that of rank 0, which then ends the others. */
static void
let_first_speak(void)
{
    const struct timespec nap = { .tv_nsec = 50000000 };
    const int             before = halt_signal();

    for (int i = 0; i < 20; i++) {
        nanosleep(&nap, NULL);
        if (halt_signal() != before)
            _exit(EXIT_FAILED);
    }
}

void
ranks_try(const struct session *r, int rc)
{
    if (rc == OK)
        return;
    if (r->team.ranks > 1) {
        if (r->team.rank > 0)
            let_first_speak();
        tool_progress_end();
        fprintf(stderr, "train: rank %d on %s: %s\n", r->team.rank, team_host(r->team.rank),
            err_msg());
        file_cleanup();
        team_abort();
        _exit(EXIT_FAILED);
    }
    die_err();
}

/* ---- do they agree? ---- */

/* What may differ: where things are on each host, and how many threads it has. */
static bool
may_differ(const char *line)
{
    static const char *const names[] = { "data = ", "out = ", "jobs = ", "quiet = " };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(line, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* Everything that decides what a rank does, as lines. */
static int
describe(char text[TEXT_BYTES], const struct session *r)
{
    struct buf options = { 0 };
    int        len, rc = conf_dump(&options);

    memset(text, 0, TEXT_BYTES);
    len = snprintf(text, TEXT_BYTES, "version = %s\ndata hash = %s\ndevice = %s\n", CLOZE_VERSION,
        r->data_hash, backend_name(r->backend));
    for (const char *line = options.bytes; rc == OK && *line != '\0';
        line += strcspn(line, "\n") + 1)
        if (!may_differ(line) && len < TEXT_BYTES)
            len += snprintf(text + len, (size_t)(TEXT_BYTES - len), "%.*s\n",
                (int)strcspn(line, "\n"), line);
    buf_free(&options);
    return rc;
}

struct difference { /* the first lines that are not alike; empty: all are */
    char mine[LINE_BYTES], first[LINE_BYTES];
};

static struct difference
compare(const char *mine, const char *first)
{
    struct difference d = { 0 };
    size_t            at = 0, line = 0;

    for (; mine[at] == first[at] && mine[at] != '\0'; at++)
        if (mine[at] == '\n')
            line = at + 1;
    if (mine[at] == first[at])
        return d;
    snprintf(d.mine, sizeof d.mine, "%.*s", (int)strcspn(mine + line, "\n"), mine + line);
    snprintf(d.first, sizeof d.first, "%.*s", (int)strcspn(first + line, "\n"), first + line);
    return d;
}

int
ranks_compare(struct session *r)
{
    static char       mine[TEXT_BYTES], first[TEXT_BYTES];
    struct difference d;
    struct buf        all = { 0 };
    int               rc = describe(mine, r);

    if (rc != OK || r->team.ranks == 1)
        return rc;
    memcpy(first, mine, sizeof first);
    rc = team_spread(first, sizeof first);
    d = compare(mine, first);
    if (rc == OK)
        rc = buf_reserve(&all, (size_t)r->team.ranks * sizeof d);
    if (rc == OK)
        rc = team_gather(all.bytes, &d, sizeof d);
    for (int i = 0; rc == OK && i < r->team.ranks; i++) {
        memcpy(&d, all.bytes + (size_t)i * sizeof d, sizeof d);
        if (d.mine[0] != '\0' || d.first[0] != '\0')
            rc = err_set(ERR_MISMATCH, "rank %d on %s has \"%s\" where rank 0 has \"%s\"", i,
                team_host(i), d.mine, d.first);
    }
    buf_free(&all);
    return rc;
}

/* Hashes are chained over pieces; of values, not of the gaps between tensors. */
static uint64_t
hash_notes(const struct model *m, uint64_t hash)
{
    size_t count = (size_t)m->config.notes.words * (size_t)m->config.hidden;

    for (size_t at = 0; at < count; at += MODEL_PIECE) {
        size_t piece = count - at < MODEL_PIECE ? count - at : MODEL_PIECE;

        notebook_get(m, at, piece, m->values);
        hash = XXH3_64bits_withSeed(m->values, piece * sizeof *m->values, hash);
    }
    return hash;
}

static uint64_t
hash_model(const struct model *m)
{
    uint64_t hash = hash_notes(m, 0);

    for (int i = 0; i < m->params.params; i++) {
        size_t count = (size_t)m->params.param[i].rows * (size_t)m->params.param[i].cols;

        for (enum model_array array = MODEL_WEIGHT; array <= MODEL_MOMENT2; array++)
            for (size_t at = 0; array != MODEL_GRADIENT && at < count; at += MODEL_PIECE) {
                size_t piece = count - at < MODEL_PIECE ? count - at : MODEL_PIECE;

                model_get_piece(m, array, i, at, piece, m->values);
                hash = XXH3_64bits_withSeed(m->values, piece * sizeof *m->values, hash);
            }
    }
    return hash;
}

int
ranks_check(struct session *r)
{
    int      best = 0, most = 0, rc;
    uint64_t mine;

    if (r->team.ranks == 1)
        return OK;
    mine = hash_model(&r->model);
    rc = team_gather(r->hashes, &mine, sizeof mine);
    for (int i = 0; i < r->team.ranks; i++) {
        int alike = 0;

        for (int k = 0; k < r->team.ranks; k++)
            alike += r->hashes[k] == r->hashes[i];
        if (alike > most) {
            most = alike;
            best = i;
        }
    }
    for (int i = 0; rc == OK && i < r->team.ranks; i++)
        if (r->hashes[i] != r->hashes[best])
            rc = err_set(ERR_NUMBER, "weights, moments or notes of rank %d on %s are not those of "
                "rank %d on %s (%d of %d ranks agree)", i, team_host(i), best, team_host(best),
                most, r->team.ranks);
    return rc;
}

/* ---- the same beginning ---- */

int
ranks_begin(struct session *r)
{
    const struct params *p = &r->model.params;
    void                *flat[] = { r->model.weight, r->model.moment1, r->model.moment2 };
    struct {
        struct progress at;
        int64_t         saved, evaluated;
    } first = { r->at, r->saved, r->log.evaluated };
    int rc = team_spread(&first, sizeof first);

    r->at = first.at;
    r->saved = first.saved;
    r->log.evaluated = first.evaluated;
    for (size_t i = 0; rc == OK && i < sizeof flat / sizeof *flat; i++)
        rc = op_broadcast(r->backend, params_all(p, flat[i], r->model.wide));
    model_changed(&r->model);
    if (rc == OK && r->model.notebook != NULL)
        rc = op_broadcast(r->backend, r->model.notebook->table);
    return rc;
}
