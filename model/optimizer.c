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

static struct view
norm_of(const struct model *m)
{
    return view_of((double *)m->report.data + 8, F64, 1, 2);
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
        op_lamb(m->backend, weight, moment1, moment2, gradient, m->scale, a, group == 0);
    else
        op_adamw(m->backend, weight, moment1, moment2, gradient, m->scale, a);
}

void
optimizer_step(const struct optimizer *o, struct model *m, uint32_t t)
{
    const struct params *p = &m->params;
    struct view          gradient = params_all(p, m->gradient, m->wide);
    struct adamw         a = { .lr = (float)optimizer_lr(o, t), .beta1 = (float)o->beta1,
                .beta2 = (float)o->beta2, .eps = (float)o->eps, .decay = (float)o->decay,
                .t = (int)t };

    CHECK(t >= 1 && t <= INT32_MAX);
    op_clip(m->backend, m->scale, norm_of(m), gradient, o->clip);
    model_changed(m);
    if (o->kind == OPTIMIZER_ADAMW && (o->decay_exclude == 0 || o->decay == 0)) {
        op_adamw(m->backend, params_all(p, m->weight, m->wide), params_all(p, m->moment1, m->wide),
            params_all(p, m->moment2, m->wide), gradient, m->scale, a);
        return;
    }
    for (int i = 0; i < p->params; i++)
        update(o, m, i, a);
}

int
optimizer_check(const struct model *m, const struct model_told *told)
{
    const struct params *p = &m->params;
    int                  blamed = -1;

    if (isfinite(told->norm))
        return OK;
    for (int i = 0; i < p->params && (double)p->param[i].offset < told->blamed; i++)
        blamed = i; /* the last one that begins before that element: offsets ascend */
    if (blamed < 0)
        return err_set(ERR_NUMBER, "step %u: the norm of the gradient is infinite or close to it",
            (unsigned)told->step);
    return err_set(ERR_NUMBER, "step %u: the gradient of %s is %s", (unsigned)told->step,
        p->param[blamed].name,
        isnan(told->norm) ? "not a number or infinite" : "infinite or close to it");
}
