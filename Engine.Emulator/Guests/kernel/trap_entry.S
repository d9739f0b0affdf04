# Entry to and return from S mode. sscratch holds the running process's frame while the hart is in U mode
# and 0 while it is in S mode.

#define FRAME_PC 256
#define FRAME_STATUS 264
#define FRAME_SIZE 272

    # All registers but sp, which needs its own handling, and zero.
    .macro  for_all_registers instruction
    .irp    number, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \instruction x\number, 8 * \number(sp)
    .endr
    .endm

    .section .text
    .globl trap_entry
    .balign 4
trap_entry:
    csrrw   sp, sscratch, sp
    bnez    sp, save

    # The kernel itself was interrupted: the frame goes onto its own stack.
    csrr    sp, sscratch
    addi    sp, sp, -FRAME_SIZE
    for_all_registers sd
    addi    t0, sp, FRAME_SIZE
    mv      t1, sp
    j       saved

save:
    for_all_registers sd
    csrr    t0, sscratch
    la      t1, kernel_stack_top

saved:
    sd      t0, 16(sp)
    csrr    t0, sepc
    sd      t0, FRAME_PC(sp)
    csrr    t0, sstatus
    sd      t0, FRAME_STATUS(sp)
    csrw    sscratch, zero
    mv      a0, sp
    mv      sp, t1
    call    trap_handle

    # Goes on with the frame in a0, which need not be the one that was interrupted.
    .globl trap_return
trap_return:
    mv      sp, a0
    ld      t0, FRAME_PC(sp)
    csrw    sepc, t0
    ld      t0, FRAME_STATUS(sp)
    csrw    sstatus, t0
    andi    t0, t0, 1 << 8
    bnez    t0, to_kernel
    csrw    sscratch, sp
to_kernel:
    for_all_registers ld
    ld      sp, 16(sp)
    sret

    # What the hart does while no process can run.
    .globl idle
idle:
    wfi
    j       idle
