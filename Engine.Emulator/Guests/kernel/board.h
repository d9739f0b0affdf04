/* QEMU's virt board, as far as the kernel uses it. */
#ifndef BOARD_H
#define BOARD_H

#define FINISHER 0x100000
#define FINISHER_FAIL 0x3333
#define FINISHER_PASS 0x5555

#define CLINT 0x2000000
#define CLINT_MTIMECMP (CLINT + 0x4000)
#define CLINT_MTIME (CLINT + 0xbff8)

#define PLIC 0xc000000
#define PLIC_PRIORITY(irq) (PLIC + 4 * (irq))
#define PLIC_SUPERVISOR_ENABLE (PLIC + 0x2080)
#define PLIC_SUPERVISOR_THRESHOLD (PLIC + 0x201000)
#define PLIC_SUPERVISOR_CLAIM (PLIC + 0x201004)

#define UART 0x10000000
#define UART_IRQ 10

#define RAM 0x80000000

/* The kernel leaves RAM beyond this alone, so that it runs on any board that has as much. */
#define RAM_USED (32 * 1024 * 1024)

/* A time slice: 2 ms of the 10 MHz clock. */
#define TIMER_INTERVAL_TICKS 20000

/* Exit code when something happens that the kernel has no answer to. */
#define EXIT_PANIC 99

#endif
