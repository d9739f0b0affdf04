/* Which addresses exist, in the kernel and in user programs. */
#include "address_space.h"
#include "board.h"
#include "kernel.h"
#include "riscv.h"

#define MEGAPAGE_SIZE (2ul * 1024 * 1024)
#define ROOT_INDEX(address) (((address) >> 30) % 512)

extern char text_start[], text_end[], rodata_end[];

uint64_t *kernel_page_table;

static void activate(const uint64_t *root)
{
    CSR_WRITE(satp, SATP_SV39 | (uint64_t)root >> 12);
    __asm__ volatile("sfence.vma" : : : "memory");
}

/* The kernel's image gets pages of its own, so that its code and constants cannot be written. */
static void map_image(void)
{
    for (char *page = (char *)RAM; page < (char *)RAM + MEGAPAGE_SIZE; page += PAGE_SIZE) {
        uint64_t flags = PTE_GLOBAL | PTE_READ;
        if (page < text_end)
            flags |= PTE_EXECUTE;
        else if (page >= rodata_end)
            flags |= PTE_WRITE;
        *page_table_entry(kernel_page_table, (uint64_t)page, 0) = pte_of(page, flags | PTE_ACCESSED | PTE_DIRTY);
    }
}

void kernel_space_init(void)
{
    uint64_t flags = PTE_GLOBAL | PTE_READ | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY;
    kernel_page_table = page_allocate();

    /* The devices lie in the first gigabyte. */
    *page_table_entry(kernel_page_table, 0, 2) = pte_of((void *)0, flags);
    map_image();
    for (uint64_t address = RAM + MEGAPAGE_SIZE; address < RAM + (uint64_t)RAM_USED; address += MEGAPAGE_SIZE)
        *page_table_entry(kernel_page_table, address, 1) = pte_of((void *)address, flags);

    /* User page tables share these tables, so they have to be there before the first of those is made. */
    page_table_entry(kernel_page_table, KERNEL_AREA, 1);
    kernel_page_table[ROOT_INDEX(KERNEL_AREA)] |= PTE_GLOBAL;
    kernel_page_table[ROOT_INDEX((uint64_t)RAM)] |= PTE_GLOBAL;
    activate(kernel_page_table);
}

void kernel_space_activate(void)
{
    activate(kernel_page_table);
}

uint64_t *user_space_create(void)
{
    uint64_t *root = page_allocate();
    memory_copy(root, kernel_page_table, PAGE_SIZE);
    return root;
}

void user_space_activate(const uint64_t *root)
{
    activate(root);
}

/* Gives the pages of a range of the heap back; touched again they are empty. */
void user_space_release(uint64_t *root, uint64_t start, uint64_t length)
{
    for (uint64_t address = start; address < start + length; address += PAGE_SIZE) {
        uint64_t *entry = page_table_entry(root, address, 0);
        if ((*entry & PTE_VALID) != 0) {
            page_free(pte_page(*entry));
            *entry = 0;
        }
    }

    __asm__ volatile("sfence.vma" : : : "memory");
}

void user_space_free(uint64_t *root)
{
    kernel_space_activate();
    page_table_free(root, 2);
}

static bool is_within(uint64_t start, uint64_t length, uint64_t area, uint64_t area_length)
{
    return start >= area && start - area <= area_length && length <= area_length - (start - area);
}

/* Whether a user program may access a range; it need not be mapped yet. */
bool user_range_exists(uint64_t start, uint64_t length, uint64_t permission)
{
    if (is_within(start, length, USER_IMAGE, (uint64_t)(user_image_end - user_image_start)))
        return permission != PTE_WRITE;

    return permission != PTE_EXECUTE
        && (is_within(start, length, USER_HEAP, USER_HEAP_SIZE)
            || is_within(start, length, USER_STACK_TOP - USER_STACK_SIZE, USER_STACK_SIZE));
}
