/* device.c -- see device.h. */
#include "tools/train/device.h"

#include <string.h>

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
    r->device = backend_name(r->backend);
    missed = backend_missed();
    op_device(r->backend, &info);
    if (info.total_bytes > 0)
        tool_say("device: %s: %s, %.2f of %.2f GiB free", r->device, info.name,
            gib(info.free_bytes), gib(info.total_bytes));
    else
        tool_say("device: %s, %lld threads%s%s", r->device, r->conf->tool.jobs,
            missed[0] != '\0' ? "; not cuda: " : "", missed);
    return OK;
}

int
device_plan(struct session *r)
{
    const struct backend *found;
    int                   rc = OK;

    r->device = conf_device(r->conf);
    if (strcmp(r->device, "auto") == 0) {
        rc = backend_open(&found, r->device, (int)r->conf->tool.jobs);
        r->device = rc == OK ? backend_name(found) : NULL;
    }
    return rc;
}

int
device_room(const struct session *r)
{
    size_t             bytes = r->plan.device_bytes + r->reserve.device_bytes;
    struct device_info info;

    op_device(r->backend, &info);
    if (info.total_bytes == 0 || bytes <= info.free_bytes)
        return OK;
    return err_set(ERR_MEMORY, "--device %s: the run needs %.2f GiB of device memory, %.2f of "
        "them for the activations of %lld sequences at a time and %.2f to work in, and %.2f of "
        "%.2f are free on %s: a smaller --micro-batch, --memory or --model", r->device, gib(bytes),
        gib(r->plan.activation_bytes), r->conf->micro_batch, gib(r->reserve.device_bytes),
        gib(info.free_bytes), gib(info.total_bytes), info.name);
}
