# Entry in M mode, with the hart's number in a0 and the device tree in a1.

    .section .text.boot, "ax"
    .globl _start
_start:
    csrr    t0, mhartid
    bnez    t0, park
    la      sp, kernel_stack_top

    la      t0, bss_start
    la      t1, bss_end
clear:
    bgeu    t0, t1, cleared
    sd      zero, 0(t0)
    addi    t0, t0, 8
    j       clear
cleared:
    j       machine_init

    # The kernel runs on one hart.
park:
    wfi
    j       park

    .section .bss, "aw", @nobits
    .balign 16
    .skip   16384
    .globl  kernel_stack_top
kernel_stack_top:
