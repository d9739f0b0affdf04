/* Control and status registers. */
#ifndef RISCV_H
#define RISCV_H

#define CSR_READ(name) \
    ({ uint64_t value_; __asm__ volatile("csrr %0, " #name : "=r"(value_)); value_; })
#define CSR_WRITE(name, value) \
    __asm__ volatile("csrw " #name ", %0" : : "r"((uint64_t)(value)) : "memory")
#define CSR_SET(name, bits) \
    __asm__ volatile("csrs " #name ", %0" : : "r"((uint64_t)(bits)) : "memory")
#define CSR_CLEAR(name, bits) \
    __asm__ volatile("csrc " #name ", %0" : : "r"((uint64_t)(bits)) : "memory")

#define MSTATUS_MPP_MASK (3ul << 11)
#define MSTATUS_MPP_SUPERVISOR (1ul << 11)

#define SSTATUS_SPIE (1ul << 5)
#define SSTATUS_SPP (1ul << 8)
#define SSTATUS_SUM (1ul << 18)

#define INTERRUPT_SUPERVISOR_SOFTWARE 1
#define INTERRUPT_SUPERVISOR_TIMER 5
#define INTERRUPT_MACHINE_TIMER 7
#define INTERRUPT_SUPERVISOR_EXTERNAL 9
#define INTERRUPT_BIT(number) (1ul << (number))

#define EXCEPTION_ECALL_USER 8
#define EXCEPTION_ECALL_SUPERVISOR 9
#define EXCEPTION_FETCH_PAGE_FAULT 12
#define EXCEPTION_LOAD_PAGE_FAULT 13
#define EXCEPTION_STORE_PAGE_FAULT 15

#define CAUSE_INTERRUPT (1ul << 63)

#define PMP_NAPOT_ALL 0x1f

#define SATP_SV39 (8ul << 60)

#endif
