/* optimizer.c -- see optimizer.h. */
#include "model/optimizer.h"

#include <math.h>

double
optimizer_lr(const struct optimizer *o, uint32_t t)
{
    if (t <= o->warmup)
        return o->lr * t / o->warmup;
    if (t >= o->steps)
        return 0;
    return o->lr * (o->steps - t) / (o->steps - o->warmup);
}

static int
sum_squares(struct model *m, struct view x, double *sum)
{
    float narrow;
    int   rc;

    op_sum_squares(m->backend, m->sum, x);
    if ((rc = op_sync(m->backend)) != OK)
        return rc;
    if (m->wide == F64) {
        op_download(m->backend, sum, m->sum);
    } else {
        op_download(m->backend, &narrow, m->sum);
        *sum = (double)narrow;
    }
    return OK;
}

/* The norm of the whole gradient is not finite: whose is it? */
static int
blame(struct model *m, uint32_t t)
{
    double sum;

    for (int i = 0; i < m->params.params; i++) {
        int rc = sum_squares(m, model_gradient(m, i), &sum);

        if (rc != OK)
            return rc;
        if (!isfinite(sum))
            return err_set(ERR_NUMBER, "step %u: the gradient of %s is %s", (unsigned)t,
                m->params.param[i].name, isnan(sum) ? "not a number" : "infinite or close to it");
    }
    return err_set(ERR_NUMBER, "step %u: the norm of the gradient is infinite or close to it",
        (unsigned)t);
}

static void
update(const struct optimizer *o, struct model *m, int param, struct adamw a)
{
    const struct params *p = &m->params;
    unsigned             group = p->param[param].group;
    struct view          weight = params_view(p, m->weight, m->wide, param);
    struct view          moment1 = params_view(p, m->moment1, m->wide, param);
    struct view          moment2 = params_view(p, m->moment2, m->wide, param);
    struct view          gradient = params_view(p, m->gradient, m->wide, param);

    if (group & o->decay_exclude)
        a.decay = 0;
    if (o->kind == OPTIMIZER_LAMB)
        op_lamb(m->backend, weight, moment1, moment2, gradient, a, group == 0);
    else
        op_adamw(m->backend, weight, moment1, moment2, gradient, a);
}

int
optimizer_step(const struct optimizer *o, struct model *m, uint32_t t, double *norm)
{
    const struct params *p = &m->params;
    struct adamw         a = { .lr = (float)optimizer_lr(o, t), .beta1 = (float)o->beta1,
                .beta2 = (float)o->beta2, .eps = (float)o->eps, .decay = (float)o->decay,
                .grad_scale = 1, .t = (int)t };
    double               sum;
    int                  rc = sum_squares(m, params_all(p, m->gradient, m->wide), &sum);

    CHECK(t >= 1 && t <= INT32_MAX);
    if (rc != OK)
        return rc;
    if (!isfinite(sum))
        return blame(m, t);
    *norm = sqrt(sum);
    model_changed(m);
    if (o->clip > 0 && *norm > o->clip)
        a.grad_scale = (float)(o->clip / (*norm + 1e-6)); /* fairseq and PyTorch */
    if (o->kind == OPTIMIZER_ADAMW && (o->decay_exclude == 0 || o->decay == 0)) {
        op_adamw(m->backend, params_all(p, m->weight, m->wide), params_all(p, m->moment1, m->wide),
            params_all(p, m->moment2, m->wide), params_all(p, m->gradient, m->wide), a);
        return op_sync(m->backend);
    }
    for (int i = 0; i < p->params; i++)
        update(o, m, i, a);
    return op_sync(m->backend);
}
