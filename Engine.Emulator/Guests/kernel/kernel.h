/* The kernel's parts, in the order in which they build on each other. */
#ifndef KERNEL_H
#define KERNEL_H

#include "calls.h"
#include "types.h"

/* Registers of interrupted code; trap_entry.S knows the layout. */
struct frame {
    uint64_t registers[32]; /* x0's place is unused */
    uint64_t pc;
    uint64_t status;
};

enum { REGISTER_SP = 2, REGISTER_A0 = 10, REGISTER_A1 = 11, REGISTER_A7 = 17 };

enum process_state { PROCESS_FREE, PROCESS_READY, PROCESS_WAITS_FOR_CONSOLE, PROCESS_EXITED };

struct process {
    struct frame frame;
    uint64_t *page_table;
    const char *name;
    enum process_state state;
    int exit_code;
};

struct statistics {
    uint64_t user_page_faults;
    uint64_t kernel_page_faults;
    uint64_t timer_interrupts;
    uint64_t console_interrupts;
    uint64_t console_input_bytes;
    uint64_t calls;
};

extern struct statistics statistics;

/* machine.c */
void machine_init(void);

/* main.c */
void kernel_main(void);
void shut_down(int exit_code) __attribute__((noreturn));

/* memory.c */
void memory_clear(void *start, size_t length);
void memory_copy(void *target, const void *source, size_t length);

/* pages.c */
void pages_init(void);
void *page_allocate(void);
void page_free(void *page);
uint64_t pages_in_use(void);

/* page_table.c */
#define PTE_VALID 1ul
#define PTE_READ 2ul
#define PTE_WRITE 4ul
#define PTE_EXECUTE 8ul
#define PTE_USER 16ul
#define PTE_GLOBAL 32ul
#define PTE_ACCESSED 64ul
#define PTE_DIRTY 128ul
#define PTE_PERMISSIONS (PTE_READ | PTE_WRITE | PTE_EXECUTE)
uint64_t *page_table_entry(uint64_t *root, uint64_t address, int level);
void page_table_free(uint64_t *table, int level);
void *pte_page(uint64_t entry);
uint64_t pte_of(const void *page, uint64_t flags);

/* address_space.c */
void kernel_space_init(void);
void kernel_space_activate(void);
uint64_t *user_space_create(void);
void user_space_activate(const uint64_t *root);
void user_space_release(uint64_t *root, uint64_t start, uint64_t length);
void user_space_free(uint64_t *root);
bool user_range_exists(uint64_t start, uint64_t length, uint64_t permission);

/* page_fault.c */
bool page_fault_resolve(uint64_t *user_root, uint64_t address, uint64_t cause);

/* console.c */
void console_init(void);
bool console_try_write(const char *text, size_t length);
void console_interrupt(void);
bool console_is_drained(void);
void console_flush(void);

/* print.c: %s, %u (uint64_t) and %x (uint64_t, 16 digits) */
void print(const char *format, ...);
void panic(const char *what, uint64_t value) __attribute__((noreturn));

/* journal.c */
void journal_append(uint32_t process);
uint64_t journal_count(uint32_t process);

/* process.c */
void processes_start(void);
struct frame *schedule(void);
struct process *process_current(void);
void process_wait_for_console(void);
void processes_wake_console(void);
void process_exit(int exit_code);

/* call.c */
void call_handle(struct process *caller);

/* results.c */
bool result_report(uint64_t check, uint64_t value);
bool results_are_complete(void);

/* trap_entry.S, trap.c */
struct frame *trap_handle(struct frame *frame);
void trap_entry(void);
void trap_return(struct frame *frame) __attribute__((noreturn));
void idle(void);

#endif
