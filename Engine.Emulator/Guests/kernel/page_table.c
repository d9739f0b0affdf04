/* Sv39 page tables. */
#include "kernel.h"

#define ENTRY_COUNT 512
#define PAGE_NUMBER_MASK ((1ul << 44) - 1)

void *pte_page(uint64_t entry)
{
    return (void *)(((entry >> 10) & PAGE_NUMBER_MASK) << 12);
}

uint64_t pte_of(const void *page, uint64_t flags)
{
    return ((uint64_t)page >> 12 << 10) | flags | PTE_VALID;
}

/* The entry for an address at a level, 0 for pages of 4 KiB; tables on the way to it are made. */
uint64_t *page_table_entry(uint64_t *root, uint64_t address, int level)
{
    uint64_t *table = root;
    for (int current = 2;; current--) {
        uint64_t *entry = &table[(address >> (12 + 9 * current)) % ENTRY_COUNT];
        if (current == level)
            return entry;
        if ((*entry & PTE_VALID) == 0)
            *entry = pte_of(page_allocate(), 0);
        table = pte_page(*entry);
    }
}

/* Frees a table with all tables below it and all private pages they map. */
void page_table_free(uint64_t *table, int level)
{
    for (int index = 0; index < ENTRY_COUNT; index++) {
        uint64_t entry = table[index];
        if ((entry & PTE_VALID) == 0 || (entry & PTE_GLOBAL) != 0)
            continue;
        if ((entry & PTE_PERMISSIONS) == 0)
            page_table_free(pte_page(entry), level - 1);
        else if ((entry & PTE_WRITE) != 0)
            page_free(pte_page(entry));
    }

    page_free(table);
}
