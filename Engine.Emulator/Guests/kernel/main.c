/* Start and end of the kernel in S mode. */
#include "board.h"
#include "kernel.h"
#include "riscv.h"

void kernel_main(void)
{
    CSR_WRITE(stvec, trap_entry);
    CSR_WRITE(sscratch, 0);
    pages_init();
    kernel_space_init();
    console_init();
    CSR_WRITE(sie, INTERRUPT_BIT(INTERRUPT_SUPERVISOR_SOFTWARE) | INTERRUPT_BIT(INTERRUPT_SUPERVISOR_EXTERNAL));
    print("kernel: Sv39 with demand paging, %u programs\n", (uint64_t)PROGRAM_COUNT);
    processes_start();
    trap_return(schedule());
}

void shut_down(int exit_code)
{
    uint32_t command = exit_code == 0 ? FINISHER_PASS : ((uint32_t)exit_code << 16 | FINISHER_FAIL);
    for (;;)
        *(volatile uint32_t *)FINISHER = command;
}
