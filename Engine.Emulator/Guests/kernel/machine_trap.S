# The M-mode trap handler. It passes the timer interrupt on to S mode as a software interrupt; nothing else
# is expected here.

#include "board.h"

    .section .text
    .globl machine_trap
    .balign 4
machine_trap:
    csrrw   a0, mscratch, a0
    sd      a1, 0(a0)
    sd      a2, 8(a0)
    sd      a3, 16(a0)

    csrr    a1, mcause
    bgez    a1, failed
    andi    a1, a1, 0xff
    li      a2, 7
    bne     a1, a2, failed

    # Adding to the old deadline keeps the slices evenly spaced however late the interrupt was taken.
    li      a1, CLINT_MTIMECMP
    ld      a2, 0(a1)
    li      a3, TIMER_INTERVAL_TICKS
    add     a2, a2, a3
    sd      a2, 0(a1)
    csrsi   mip, 2

    ld      a1, 0(a0)
    ld      a2, 8(a0)
    ld      a3, 16(a0)
    csrrw   a0, mscratch, a0
    mret

failed:
    li      a0, FINISHER
    li      a1, (EXIT_PANIC << 16) | FINISHER_FAIL
    sw      a1, 0(a0)
    j       failed
