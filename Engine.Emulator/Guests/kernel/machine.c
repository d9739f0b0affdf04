/* What has to be done in M mode before the kernel can run in S mode. */
#include "board.h"
#include "kernel.h"
#include "riscv.h"

/* Room for the registers that machine_trap uses. */
static uint64_t machine_scratch[3];

void machine_trap(void);

static void start_timer(void)
{
    *(volatile uint64_t *)CLINT_MTIMECMP = *(volatile uint64_t *)CLINT_MTIME + TIMER_INTERVAL_TICKS;
    CSR_WRITE(mscratch, machine_scratch);
    CSR_WRITE(mtvec, machine_trap);
    CSR_WRITE(mie, INTERRUPT_BIT(INTERRUPT_MACHINE_TIMER));
}

void machine_init(void)
{
    /* S and U mode may use all of the address space. */
    CSR_WRITE(pmpaddr0, ~0ul);
    CSR_WRITE(pmpcfg0, PMP_NAPOT_ALL);

    CSR_WRITE(medeleg, 0xffff & ~INTERRUPT_BIT(EXCEPTION_ECALL_SUPERVISOR));
    CSR_WRITE(mideleg, INTERRUPT_BIT(INTERRUPT_SUPERVISOR_SOFTWARE)
        | INTERRUPT_BIT(INTERRUPT_SUPERVISOR_TIMER) | INTERRUPT_BIT(INTERRUPT_SUPERVISOR_EXTERNAL));
    start_timer();

    CSR_CLEAR(mstatus, MSTATUS_MPP_MASK);
    CSR_SET(mstatus, MSTATUS_MPP_SUPERVISOR);
    CSR_WRITE(satp, 0);
    CSR_WRITE(mepc, kernel_main);
    __asm__ volatile("mret");
    __builtin_unreachable();
}
