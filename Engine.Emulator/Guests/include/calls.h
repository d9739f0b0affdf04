/* What user programs and the kernel agree on. */
#ifndef CALLS_H
#define CALLS_H

/* Numbers in a7 of an ecall from user mode; arguments in a0 and a1. */
#define CALL_EXIT 0    /* a0: exit code */
#define CALL_WRITE 1   /* a0: text, a1: length up to WRITE_LIMIT */
#define CALL_REPORT 2  /* a0: check, a1: result */
#define CALL_RELEASE 3 /* a0: first address, a1: length; both whole pages of the heap */

/* A write of this length goes out as a whole, so that lines of different programs do not mix. */
#define WRITE_LIMIT 128

#define PAGE_SIZE 4096

/* The user address space. Nothing of it is mapped before it is touched. */
#define USER_IMAGE 0x40000000
#define USER_HEAP 0x1000000000
#define USER_HEAP_SIZE (16 * 1024 * 1024)
#define USER_STACK_TOP 0x2000000000
#define USER_STACK_SIZE (64 * 1024)

#ifndef __ASSEMBLER__
enum program { PROGRAM_SORT, PROGRAM_MATRIX, PROGRAM_CHECKSUM, PROGRAM_COUNT };

enum check { CHECK_HEAP_SORT, CHECK_QUICK_SORT, CHECK_MATRIX, CHECK_CRC32, CHECK_SHA256, CHECK_COUNT };
#endif

#endif
