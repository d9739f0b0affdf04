# All harts start here in M mode. The rounds of every check lie behind the jump, where a test may change them.

    .section .text.boot, "ax"
    .globl _start
    .globl rounds
_start:
    j       begin
    .balign 8
rounds:
    .dword  200

begin:
    csrr    a0, mhartid
    la      sp, stacks
    addi    t0, a0, 1
    slli    t0, t0, 13
    add     sp, sp, t0
    la      t0, trap
    csrw    mtvec, t0
    call    run

    .globl  finish
finish:
    li      t0, 0x100000
    sw      a0, 0(t0)
spin:
    j       spin

    # No check traps.
    .balign 4
trap:
    csrr    a0, mcause
    andi    a0, a0, 31
    ori     a0, a0, 64
    slli    a0, a0, 16
    li      t0, 0x3333
    or      a0, a0, t0
    j       finish

    .section .bss
    .balign 16
stacks:
    .skip   8 * 8192
