/* System calls. */
#include "kernel.h"
#include "riscv.h"

#define CALL_FAILED (~0ul)

/* Leaves the call to be made again when the console has no room. */
static bool try_write(uint64_t start, uint64_t length, uint64_t *result)
{
    char text[WRITE_LIMIT];
    *result = CALL_FAILED;
    if (length > WRITE_LIMIT || !user_range_exists(start, length, PTE_READ))
        return true;

    CSR_SET(sstatus, SSTATUS_SUM);
    memory_copy(text, (const char *)start, length);
    CSR_CLEAR(sstatus, SSTATUS_SUM);
    *result = length;
    return console_try_write(text, length);
}

static uint64_t release(struct process *caller, uint64_t start, uint64_t length)
{
    bool is_on_heap = start >= USER_HEAP && user_range_exists(start, length, PTE_WRITE)
        && start + length <= USER_HEAP + USER_HEAP_SIZE;
    if (!is_on_heap || start % PAGE_SIZE != 0 || length % PAGE_SIZE != 0)
        return CALL_FAILED;

    user_space_release(caller->page_table, start, length);
    return 0;
}

void call_handle(struct process *caller)
{
    uint64_t *registers = caller->frame.registers;
    uint64_t first = registers[REGISTER_A0];
    uint64_t second = registers[REGISTER_A1];
    uint64_t result = CALL_FAILED;
    statistics.calls++;
    switch (registers[REGISTER_A7]) {
    case CALL_EXIT:
        process_exit((int)first);
        return;
    case CALL_WRITE:
        if (!try_write(first, second, &result)) {
            process_wait_for_console();
            return;
        }
        break;
    case CALL_REPORT:
        result = result_report(first, second) ? 0 : CALL_FAILED;
        break;
    case CALL_RELEASE:
        result = release(caller, first, second);
        break;
    }

    registers[REGISTER_A0] = result;
    caller->frame.pc += 4;
}
