/* rows_fuzz.c -- the rows of a file of GLUE; the first byte chooses the task and its file. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h; mkdtemp */
#include "tests/fuzz/fuzz.h"
#include "tools/glue-eval/example.h"

static char dir[] = "/dev/shm/cloze-fuzz-XXXXXX";

static void
remove_dir(void)
{
    (void)!dir_remove(dir);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char path[PATH_BYTES];

    (void)argc;
    (void)argv;
    fuzz_need(mkdtemp(dir) != NULL && atexit(remove_dir) == 0);
    for (int i = 0; i < TASK_COUNT * TASK_SPLITS; i++) {
        const char *below = task_all[i / TASK_SPLITS].splits[i % TASK_SPLITS].path;

        if (below == NULL)
            continue;
        fuzz_need(path_join(path, dir, below) == OK);
        *strrchr(path, '/') = '\0';
        fuzz_need(dir_make(path) == OK);
    }
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct examples          e = { 0 };
    const struct task       *task;
    const struct task_split *split;
    char                     path[PATH_BYTES];
    FILE                    *file;
    uint64_t                 sum = 0;

    if (len == 0)
        return 0;
    task = &task_all[bytes[0] / TASK_SPLITS % TASK_COUNT];
    split = &task->splits[bytes[0] % TASK_SPLITS];
    if (split->path == NULL)
        return 0;
    fuzz_need(path_join(path, dir, split->path) == OK);
    file = fopen(path, "w");
    fuzz_need(file != NULL && fwrite(bytes + 1, 1, len - 1, file) == len - 1 && fclose(file) == 0);
    if (examples_read(&e, dir, task, bytes[0] % TASK_SPLITS) == OK)
        for (size_t i = 0; i < e.count; i++) {
            for (uint32_t k = 0; k < e.items[i].a_len; k++)
                sum += (uint8_t)e.items[i].a[k];
            for (uint32_t k = 0; e.items[i].b != NULL && k < e.items[i].b_len; k++)
                sum += (uint8_t)e.items[i].b[k];
            fuzz_need(e.items[i].label >= 0 && e.items[i].label <= 2);
        }
    fuzz_need(sum != UINT64_MAX);
    examples_free(&e);
    return 0;
}
