/* Demand paging. */
#include "address_space.h"
#include "kernel.h"
#include "riscv.h"

static uint64_t permission_for(uint64_t cause)
{
    switch (cause) {
    case EXCEPTION_FETCH_PAGE_FAULT:
        return PTE_EXECUTE;
    case EXCEPTION_STORE_PAGE_FAULT:
        return PTE_WRITE;
    default:
        return PTE_READ;
    }
}

/* The program's image is shared and comes from the kernel's; all other memory starts empty. */
static uint64_t make_user_page(uint64_t address)
{
    if (user_range_exists(address, 1, PTE_WRITE))
        return pte_of(page_allocate(), PTE_USER | PTE_READ | PTE_WRITE);

    uint64_t offset = (address - USER_IMAGE) / PAGE_SIZE * PAGE_SIZE;
    return pte_of(user_image_start + offset, PTE_USER | PTE_READ | PTE_EXECUTE);
}

static bool resolve(uint64_t *entry, uint64_t permission, uint64_t (*make_page)(uint64_t), uint64_t address)
{
    if ((*entry & PTE_VALID) == 0)
        *entry = make_page(address);
    else if ((*entry & permission) == 0)
        return false;
    else
        /* Harts that do not set these bits themselves fault until they are set. */
        *entry |= PTE_ACCESSED | (permission == PTE_WRITE ? PTE_DIRTY : 0);

    __asm__ volatile("sfence.vma %0" : : "r"(address) : "memory");
    return true;
}

static uint64_t make_kernel_page(uint64_t address)
{
    (void)address;
    return pte_of(page_allocate(), PTE_GLOBAL | PTE_READ | PTE_WRITE);
}

/* Maps what was touched; false when nothing may be there. */
bool page_fault_resolve(uint64_t *user_root, uint64_t address, uint64_t cause)
{
    uint64_t permission = permission_for(cause);
    if (address - KERNEL_AREA < KERNEL_AREA_SIZE && permission != PTE_EXECUTE) {
        statistics.kernel_page_faults++;
        return resolve(page_table_entry(kernel_page_table, address, 0), permission, make_kernel_page, address);
    }

    if (user_root == NULL || !user_range_exists(address, 1, permission))
        return false;

    statistics.user_page_faults++;
    return resolve(page_table_entry(user_root, address, 0), permission, make_user_page, address);
}
