# Entry of every program, with its number in a0.

#include "calls.h"

    .section .text.start, "ax"
    .globl _start
_start:
    call    run_program
    li      a7, CALL_EXIT
    ecall
