/* Which process got each time slice. The journal grows page by page in the kernel's demand-mapped area. */
#include "address_space.h"
#include "kernel.h"

#define CAPACITY (KERNEL_AREA_SIZE / sizeof(uint32_t))

static uint32_t *const journal = (uint32_t *)KERNEL_AREA;
static uint64_t length;

void journal_append(uint32_t process)
{
    if (length < CAPACITY)
        journal[length++] = process;
}

/* Time slices that a process got. */
uint64_t journal_count(uint32_t process)
{
    uint64_t count = 0;
    for (uint64_t index = 0; index < length; index++)
        count += journal[index] == process;
    return count;
}
