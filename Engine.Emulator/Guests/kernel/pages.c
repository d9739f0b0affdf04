/* Physical pages. */
#include "board.h"
#include "kernel.h"

struct free_page {
    struct free_page *next;
};

extern char kernel_end[];

static struct free_page *free_pages;
static char *never_used;
static uint64_t in_use;

void pages_init(void)
{
    never_used = kernel_end;
}

/* A cleared page. */
void *page_allocate(void)
{
    void *page = free_pages;
    if (page != NULL) {
        free_pages = free_pages->next;
    } else {
        if ((uint64_t)never_used >= RAM + (uint64_t)RAM_USED)
            panic("out of memory, pages in use", in_use);
        page = never_used;
        never_used += PAGE_SIZE;
    }

    in_use++;
    memory_clear(page, PAGE_SIZE);
    return page;
}

void page_free(void *page)
{
    struct free_page *freed = page;
    freed->next = free_pages;
    free_pages = freed;
    in_use--;
}

uint64_t pages_in_use(void)
{
    return in_use;
}
