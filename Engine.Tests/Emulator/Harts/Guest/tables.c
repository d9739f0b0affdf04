#include "harts.h"

/*
 * A page table that all harts share, used by loads and stores with MPRV. The walk sets A and D while others set bits for software in
 * the same entry: none may be lost.
 */
static u64 root[512] __attribute__((aligned(4096)));
static volatile u64 middle[512] __attribute__((aligned(4096)));
static volatile u64 leaves[512] __attribute__((aligned(4096)));
static volatile u64 page[512] __attribute__((aligned(4096)));

#define MPRV (1ul << 17)
#define SUPERVISOR (1ul << 11)
#define ACCESSED 0x40ul
#define DIRTY 0x80ul
#define SOFTWARE 0x100ul

static void store_translated(u64 address, u64 value)
{
    __asm__ volatile("csrs mstatus, %0\n sd %1, (%2)\n csrc mstatus, %0"
                     : : "r"(MPRV | SUPERVISOR), "r"(value), "r"(address) : "memory");
}

void table_updates(u64 hart)
{
    /* Far from what is mapped otherwise, so that nothing else depends on it. */
    const u64 address = 0x40000000ul;
    if (hart == 0) {
        root[1] = ((u64)middle >> 12 << 10) | 1;
        middle[0] = ((u64)leaves >> 12 << 10) | 1;
    }
    __asm__ volatile("csrw pmpaddr0, %0\n csrw pmpcfg0, %1" : : "r"(~0ul), "r"(0x1ful));
    fence();
    barrier();
    __asm__ volatile("csrw satp, %0\n sfence.vma" : : "r"((8ul << 60) | ((u64)root >> 12)) : "memory");
    for (u64 i = 0; i < rounds; i++) {
        if (hart == 0)
            leaves[0] = ((u64)page >> 12 << 10) | 7;
        fence();
        barrier();
        __asm__ volatile("sfence.vma" ::: "memory");
        if (hart & 1)
            __atomic_or_fetch(&leaves[0], SOFTWARE, __ATOMIC_ACQ_REL);
        else
            store_translated(address + 8 * hart, i);
        fence();
        barrier();
        u64 expected = ACCESSED | DIRTY | (harts > 1 ? SOFTWARE : 0);
        check((leaves[0] & expected) == expected, TABLE);
        check(page[0] == i, TABLE);
        barrier();
    }
    __asm__ volatile("csrw satp, zero\n sfence.vma" ::: "memory");
    barrier();
}
