/* strtab.c -- see strtab.h.  Open addressing, at most half full. */
#include "lib/strtab.h"

#include <string.h>

static const struct strtab_entry *
entries_of(const struct strtab *t)
{
    return (const struct strtab_entry *)(const void *)t->entries.bytes;
}

static uint64_t *
slots_of(const struct strtab *t)
{
    return (uint64_t *)(void *)t->slots.bytes;
}

/* A slot: the upper half of the hash, so that most misses are seen without looking further, and
 * the index of the entry + 1. */
static uint64_t
slot_value(uint64_t hash, size_t index)
{
    return (hash & 0xFFFFFFFF00000000u) | (index + 1);
}

static size_t
slot_index(uint64_t slot)
{
    return (uint32_t)slot - 1;
}

static uint64_t
hash_of(const char *bytes, size_t len)
{
    uint64_t hash = STRTAB_SEED;

    for (size_t i = 0; i < len; i++)
        hash = strtab_step(hash, bytes[i]);
    return hash;
}

/* The slot of the string, or the free one where it would go. */
static size_t
slot_of(const struct strtab *t, const char *bytes, size_t len, uint64_t hash)
{
    const struct strtab_entry *entries = entries_of(t);
    const uint64_t            *slots = slots_of(t);
    size_t                     i = hash & t->mask;

    for (; slots[i] != 0; i = (i + 1) & t->mask) {
        const struct strtab_entry *e = &entries[slot_index(slots[i])];

        if ((slots[i] ^ hash) >> 32 == 0 && e->hash == hash && e->len == len
            && memcmp(t->bytes.bytes + e->first, bytes, len) == 0)
            break;
    }
    return i;
}

static int
grow(struct strtab *t)
{
    size_t                     count = strtab_count(t),
        slots_count = t->mask == 0 ? 64 : (t->mask + 1) * 2;
    const struct strtab_entry *entries = entries_of(t);
    uint64_t                  *slots;
    int                        rc;

    if (t->mask != 0 && count < (t->mask + 1) / 2)
        return OK;
    buf_reset(&t->slots);
    t->mask = 0;
    rc = buf_reserve(&t->slots, slots_count * sizeof *slots);
    if (rc != OK)
        return rc;
    slots = slots_of(t);
    memset(slots, 0, slots_count * sizeof *slots);
    t->mask = slots_count - 1;
    for (size_t i = 0; i < count; i++) {
        size_t at = entries[i].hash & t->mask;

        while (slots[at] != 0)
            at = (at + 1) & t->mask;
        slots[at] = slot_value(entries[i].hash, i);
    }
    return OK;
}

int
strtab_add(struct strtab *t, const char *bytes, size_t len, uint32_t *value, bool *added)
{
    struct strtab_entry e = { hash_of(bytes, len), (uint32_t)t->bytes.len, (uint32_t)len, *value };
    size_t              slot;
    int                 rc = grow(t);

    if (rc != OK)
        return rc;
    if (len > UINT32_MAX || t->bytes.len + len > UINT32_MAX || strtab_count(t) >= UINT32_MAX - 1)
        return err_set(ERR_LIMIT, "more than 4 GiB of strings");
    slot = slot_of(t, bytes, len, e.hash);
    *added = slots_of(t)[slot] == 0;
    if (!*added) {
        *value = entries_of(t)[slot_index(slots_of(t)[slot])].value;
        return OK;
    }
    rc = buf_add(&t->bytes, bytes, len);
    if (rc == OK)
        rc = buf_addc(&t->bytes, '\0'); /* strtab_get gives C strings */
    if (rc == OK)
        rc = buf_add(&t->entries, &e, sizeof e);
    if (rc != OK)
        return rc;
    slots_of(t)[slot] = slot_value(e.hash, strtab_count(t) - 1);
    if (len > t->len_max)
        t->len_max = len;
    return OK;
}

uint32_t
strtab_find_hashed(const struct strtab *t, const char *bytes, size_t len, uint64_t hash)
{
    uint64_t slot;

    if (t->mask == 0)
        return STRTAB_NONE;
    slot = slots_of(t)[slot_of(t, bytes, len, hash)];
    return slot == 0 ? STRTAB_NONE : entries_of(t)[slot_index(slot)].value;
}

uint32_t
strtab_find(const struct strtab *t, const char *bytes, size_t len)
{
    return strtab_find_hashed(t, bytes, len, hash_of(bytes, len));
}

size_t
strtab_count(const struct strtab *t)
{
    return t->entries.len / sizeof(struct strtab_entry);
}

const char *
strtab_get(const struct strtab *t, size_t i, size_t *len, uint32_t *value)
{
    const struct strtab_entry *e = &entries_of(t)[i];

    *len = e->len;
    *value = e->value;
    return t->bytes.bytes + e->first;
}

void
strtab_free(struct strtab *t)
{
    buf_free(&t->bytes);
    buf_free(&t->entries);
    buf_free(&t->slots);
    *t = (struct strtab){ 0 };
}
