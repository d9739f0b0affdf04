/* Everything that interrupts a program or the kernel. */
#include "kernel.h"
#include "riscv.h"

struct statistics statistics;

static struct frame *handle_interrupt(struct frame *frame, uint64_t number)
{
    switch (number) {
    case INTERRUPT_SUPERVISOR_SOFTWARE:
        CSR_CLEAR(sip, INTERRUPT_BIT(INTERRUPT_SUPERVISOR_SOFTWARE));
        statistics.timer_interrupts++;
        return schedule();
    case INTERRUPT_SUPERVISOR_EXTERNAL:
        console_interrupt();
        processes_wake_console();

        /* A running process keeps the rest of its time slice. */
        return (frame->status & SSTATUS_SPP) != 0 ? schedule() : frame;
    default:
        panic("unexpected interrupt", number);
    }
}

static struct frame *handle_user_exception(uint64_t cause, uint64_t address)
{
    struct process *process = process_current();
    if (cause == EXCEPTION_ECALL_USER) {
        call_handle(process);
        return process->state == PROCESS_READY ? &process->frame : schedule();
    }

    if (cause >= EXCEPTION_FETCH_PAGE_FAULT && page_fault_resolve(process->page_table, address, cause))
        return &process->frame;

    print("kernel: %s broke down: cause %u at 0x%x, address 0x%x\n", process->name, cause, process->frame.pc, address);
    process_exit(-1);
    return schedule();
}

/* Called by trap_entry.S; returns the frame to go on with. */
struct frame *trap_handle(struct frame *frame)
{
    uint64_t cause = CSR_READ(scause);
    uint64_t address = CSR_READ(stval);
    if ((cause & CAUSE_INTERRUPT) != 0)
        return handle_interrupt(frame, cause & ~CAUSE_INTERRUPT);
    if ((frame->status & SSTATUS_SPP) == 0)
        return handle_user_exception(cause, address);

    /* The kernel touches its own growing area, or a program's memory on behalf of a call. */
    if (cause < EXCEPTION_FETCH_PAGE_FAULT || !page_fault_resolve(process_current()->page_table, address, cause))
        panic("exception in the kernel, address", address);
    return frame;
}
