/* device.c -- see device.h. */
#include "tools/train/device.h"

static double
gib(size_t bytes)
{
    return (double)bytes / (1 << 30);
}

int
device_open(struct session *r)
{
    struct device_info info;
    const char        *missed;
    int rc = backend_open(&r->backend, conf_device(r->conf), (int)r->conf->tool.jobs);

    if (rc != OK)
        return rc;
    missed = backend_missed();
    op_device(r->backend, &info);
    if (info.total_bytes > 0)
        tool_say("device: %s: %s, %.2f of %.2f GiB free", backend_name(r->backend), info.name,
            gib(info.free_bytes), gib(info.total_bytes));
    else
        tool_say("device: %s, %lld threads%s%s", backend_name(r->backend), r->conf->tool.jobs,
            missed[0] != '\0' ? "; not cuda: " : "", missed);
    return OK;
}

int
device_room(const struct session *r)
{
    struct device_info info;

    op_device(r->backend, &info);
    if (info.total_bytes == 0 || r->plan.device_bytes <= info.free_bytes)
        return OK;
    return err_set(ERR_MEMORY, "--device %s: the run needs %.2f GiB of device memory, %.2f of "
        "them for the activations of %lld sequences at a time, and %.2f of %.2f are free on %s: a "
        "smaller --micro-batch, --memory or --model", backend_name(r->backend),
        gib(r->plan.device_bytes),
        gib(r->plan.activation_bytes), r->conf->micro_batch, gib(info.free_bytes),
        gib(info.total_bytes), info.name);
}
