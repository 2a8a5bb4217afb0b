/* safetensors_fuzz.c -- a file of tensors; once as it is, once with the length of its header made
 * to fit the JSON and as much data behind it as the first two bytes say. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h */
#include "lib/safetensors.h"
#include "tests/fuzz/fuzz.h"

static void
read_tensors(int fd)
{
    struct safetensors s;
    char               part[256];

    if (safetensors_open(&s, fuzz_path(fd)) != OK)
        return;
    for (size_t i = 0; i < s.tensors; i++) {
        const struct safetensors_tensor *t = &s.tensor[i];
        uint64_t len = t->bytes < sizeof part ? t->bytes : sizeof part;

        fuzz_need(safetensors_find(&s, t->name) != NULL
            && safetensors_dtype_name(t->dtype) != NULL);
        fuzz_need(safetensors_read(&s, t, part, t->bytes - len, len) == OK);
    }
    (void)safetensors_metadata(&s, "format");
    safetensors_close(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const uint8_t *close;
    uint64_t       json_len;
    int            fd = fuzz_file(bytes, len);

    read_tensors(fd);
    close = len > 8 ? memrchr(bytes + 8, '}', len - 8) : NULL;
    if (close == NULL)
        return 0;
    json_len = (uint64_t)(close + 1 - (bytes + 8));
    fuzz_need(pwrite(fd, &json_len, 8, 0) == 8);
    read_tensors(fd);
    fuzz_need(ftruncate(fd, (off_t)(8 + json_len + bytes[0] + 256u * bytes[1])) == 0);
    read_tensors(fd);
    return 0;
}
