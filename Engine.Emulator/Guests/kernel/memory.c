/* Clears whole words, copies bytes. */
#include "kernel.h"

void memory_clear(void *start, size_t length)
{
    uint64_t *word = start;
    for (size_t index = 0; index < length / sizeof *word; index++)
        word[index] = 0;
}

void memory_copy(void *target, const void *source, size_t length)
{
    char *to = target;
    const char *from = source;
    for (size_t index = 0; index < length; index++)
        to[index] = from[index];
}
