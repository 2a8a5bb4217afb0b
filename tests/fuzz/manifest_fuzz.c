/* manifest_fuzz.c -- a manifest.json beside the other files of the data directory FUZZ_DATA: its
 * check is made to fit, the directory is opened, and every sample and file of it read. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h; realpath, mkdtemp */
#include "lib/dataset.h"
#include "lib/manifest.h"
#include "tests/fuzz/fuzz.h"

static char dir[] = "/dev/shm/cloze-fuzz-XXXXXX";

static void
remove_dir(void)
{
    (void)!dir_remove(dir);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const names[] = { "tokenizer.json", "notes.tsv", "train-00000.zst",
        "train-00001.zst", "valid-00000.zst" };
    const char              *data = getenv("FUZZ_DATA");
    char                     path[PATH_BYTES], from[PATH_BYTES], whole[PATH_BYTES];

    (void)argc;
    (void)argv;
    fuzz_need(data != NULL && mkdtemp(dir) != NULL && atexit(remove_dir) == 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        fuzz_need(path_join(from, data, names[i]) == OK && path_join(path, dir, names[i]) == OK);
        if (realpath(from, whole) != NULL)
            fuzz_need(symlink(whole, path) == 0);
    }
    return 0;
}

static void
read_dataset(const char *bytes, size_t len)
{
    struct dataset        d;
    struct dataset_reader r;
    struct dataset_sample sample;
    char                  path[PATH_BYTES];
    FILE                 *file;

    fuzz_need(path_join(path, dir, "manifest.json") == OK);
    file = fopen(path, "w");
    fuzz_need(file != NULL && fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
    if (dataset_open(&d, dir) != OK)
        return;
    fuzz_need(dataset_reader_open(&r, &d) == OK);
    for (int split = 0; split < DATASET_SPLITS; split++) {
        for (uint64_t i = 0; i < d.split[split].samples; i++)
            if (dataset_get(&r, split, i, &sample) == OK)
                fuzz_need(sample.len <= d.head.seq_len);
        if (dataset_verify(&d, split) != OK)
            fuzz_need(err_msg()[0] != '\0');
    }
    dataset_reader_close(&r);
    dataset_close(&d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char key[] = "\"check\": \"";
    char             *copy = fuzz_copy(bytes, len);
    char             *seal = NULL;

    for (char *at = copy; (at = memmem(at, len - (size_t)(at - copy), key, sizeof key - 1)); at++)
        seal = at;
    if (seal != NULL && len - (size_t)(seal - copy) >= sizeof key + HASH_HEX_BYTES) {
        char hex[HASH_HEX_BYTES];

        hash_hex(hex, copy, (size_t)(seal - copy));
        memcpy(seal + sizeof key - 1, hex, HASH_HEX_BYTES - 1);
    }
    read_dataset(copy, len);
    free(copy);
    return 0;
}
