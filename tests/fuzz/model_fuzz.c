/* model_fuzz.c -- the config.json of a checkpoint; what is read is in range. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h */
#include "model/config.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct model_config config;

    if (config_read(&config, fuzz_path(fuzz_file(bytes, len))) == OK)
        fuzz_need(config.layers > 0 && config.layers <= CONFIG_LAYERS_MAX && config.heads > 0
            && config.hidden % config.heads == 0 && config_scale(&config) > 0
            && config_position_name(config.position) != NULL
            && config_objective_name(config.objective) != NULL);
    return 0;
}
