/* User processes and the round-robin scheduler. */
#include "kernel.h"
#include "riscv.h"

static const char *const names[PROGRAM_COUNT] = { "sort", "matrix", "checksum" };

static struct process processes[PROGRAM_COUNT];
static uint32_t current;
static struct frame idle_frame;
static char idle_stack[2048] __attribute__((aligned(16)));

void processes_start(void)
{
    for (uint32_t number = 0; number < PROGRAM_COUNT; number++) {
        struct process *process = &processes[number];
        process->name = names[number];
        process->page_table = user_space_create();
        process->state = PROCESS_READY;

        /* The image's entry finds the program's number in a0. */
        process->frame.pc = USER_IMAGE;
        process->frame.status = (CSR_READ(sstatus) & ~SSTATUS_SPP) | SSTATUS_SPIE;
        process->frame.registers[REGISTER_SP] = USER_STACK_TOP;
        process->frame.registers[REGISTER_A0] = number;
    }

    current = PROGRAM_COUNT - 1;
}

struct process *process_current(void)
{
    return &processes[current];
}

static struct frame *run(uint32_t number)
{
    current = number;
    journal_append(number);
    user_space_activate(processes[number].page_table);
    return &processes[number].frame;
}

static struct frame *run_idle(void)
{
    kernel_space_activate();
    idle_frame.pc = (uint64_t)idle;
    idle_frame.status = CSR_READ(sstatus) | SSTATUS_SPP | SSTATUS_SPIE;
    idle_frame.registers[REGISTER_SP] = (uint64_t)(idle_stack + sizeof idle_stack);
    return &idle_frame;
}

/* Called whenever no process is left and the console is drained: first sums up, then ends. */
static void finish(void)
{
    static bool is_summed_up;
    static int failures;
    if (is_summed_up)
        shut_down(failures == 0 ? 0 : 1);

    is_summed_up = true;
    failures = results_are_complete() ? 0 : 1;
    for (uint32_t number = 0; number < PROGRAM_COUNT; number++) {
        failures += processes[number].exit_code != 0;
        print("kernel: %s got %u time slices\n", names[number], journal_count(number));
    }

    print("kernel: %u page faults of programs and %u of its own, %u calls\n",
        statistics.user_page_faults, statistics.kernel_page_faults, statistics.calls);
    print("kernel: %u timer interrupts, %u console interrupts, %u bytes of input ignored\n",
        statistics.timer_interrupts, statistics.console_interrupts, statistics.console_input_bytes);
    print(failures == 0 ? "all workloads ok\n" : "FAILED\n");
}

/* The frame to go on with: the next ready process after the current one, or idling until an interrupt. */
struct frame *schedule(void)
{
    bool is_any_alive = false;
    for (uint32_t step = 1; step <= PROGRAM_COUNT; step++) {
        uint32_t number = (current + step) % PROGRAM_COUNT;
        if (processes[number].state == PROCESS_READY)
            return run(number);
        is_any_alive |= processes[number].state == PROCESS_WAITS_FOR_CONSOLE;
    }

    if (!is_any_alive && console_is_drained())
        finish();
    return run_idle();
}

void process_wait_for_console(void)
{
    process_current()->state = PROCESS_WAITS_FOR_CONSOLE;
}

void processes_wake_console(void)
{
    for (uint32_t number = 0; number < PROGRAM_COUNT; number++) {
        if (processes[number].state == PROCESS_WAITS_FOR_CONSOLE)
            processes[number].state = PROCESS_READY;
    }
}

void process_exit(int exit_code)
{
    struct process *process = process_current();
    process->state = PROCESS_EXITED;
    process->exit_code = exit_code;
    user_space_free(process->page_table);
    process->page_table = NULL;
    print("kernel: %s ended, %u pages in use\n", process->name, pages_in_use());
}
