#include "harts.h"

#define CLINT ((volatile u32 *)0x2000000)
#define COMPARE ((volatile u64 *)0x2004000)
#define TIME ((volatile u64 *)0x200bff8)

int harts;

static volatile u32 arrived;
static volatile u32 phase;
static volatile u32 started;

void check(int holds, enum failure failure)
{
    if (!holds)
        finish(((u64)failure << 16) | 0x3333);
}

void barrier(void)
{
    u32 now = phase;
    if (__atomic_add_fetch(&arrived, 1, __ATOMIC_ACQ_REL) == (u32)harts) {
        arrived = 0;
        __atomic_store_n(&phase, now + 1, __ATOMIC_RELEASE);
        return;
    }
    while (__atomic_load_n(&phase, __ATOMIC_ACQUIRE) == now)
        ;
}

static u64 total(void) { return rounds * (u64)harts; }

/* A lock of one word, and what it protects. */
static volatile u32 lock;
static volatile u64 guarded[2];

static void spinlock(void)
{
    for (u64 i = 0; i < rounds; i++) {
        u32 taken;
        do {
            __asm__ volatile("amoswap.w.aq %0, %1, (%2)" : "=r"(taken) : "r"(1), "r"(&lock) : "memory");
        } while (taken);
        guarded[0] = guarded[0] + 1;
        guarded[1] = guarded[1] + 1;
        __asm__ volatile("amoswap.w.rl zero, zero, (%0)" : : "r"(&lock) : "memory");
    }
    barrier();
    check(guarded[0] == total() && guarded[1] == total(), SPINLOCK);
    barrier();
}

static volatile u32 word;
static volatile u64 twice;

static void reservations(void)
{
    for (u64 i = 0; i < rounds; i++) {
        u64 value, failed;
        __asm__ volatile("1: lr.w.aq %0, (%2)\n addi %0, %0, 1\n sc.w.rl %1, %0, (%2)\n bnez %1, 1b"
                         : "=&r"(value), "=&r"(failed) : "r"(&word) : "memory");
        __asm__ volatile("1: lr.d %0, (%2)\n addi %0, %0, 3\n sc.d %1, %0, (%2)\n bnez %1, 1b"
                         : "=&r"(value), "=&r"(failed) : "r"(&twice) : "memory");
    }
    barrier();
    check(word == (u32)total(), RESERVED_WORD);
    check(twice == 3 * total(), RESERVED_DOUBLE);
    barrier();
}

static volatile u64 sum, bits, parity, largest;
static volatile i64 least;

static void atomics(u64 hart)
{
    for (u64 i = 0; i < rounds; i++) {
        __atomic_add_fetch(&sum, hart + 1, __ATOMIC_RELAXED);
        __atomic_or_fetch(&bits, 1ul << (hart * 8 + i % 8), __ATOMIC_RELAXED);
        __atomic_xor_fetch(&parity, 1ul << hart, __ATOMIC_RELAXED);
        __asm__ volatile("amomaxu.d zero, %0, (%1)" : : "r"(hart * rounds + i), "r"(&largest) : "memory");
        __asm__ volatile("amomin.d zero, %0, (%1)" : : "r"(-(i64)(hart * rounds + i)), "r"(&least) : "memory");
    }
    barrier();
    u64 expected = 0;
    for (int h = 1; h <= harts; h++)
        expected += (u64)h * rounds;
    check(sum == expected, ATOMIC_ADD);
    check(parity == ((rounds & 1) ? (1ul << harts) - 1 : 0), ATOMIC_OTHER);
    check(largest == total() - 1 && least == -(i64)(total() - 1), ATOMIC_OTHER);
    if (rounds >= 8)
        check(bits == (harts == 8 ? ~0ul : (1ul << (harts * 8)) - 1), ATOMIC_OTHER);
    barrier();
}

/* A stack whose pop would go wrong if SC did not notice that the top has been away and come back. */
struct node {
    struct node *next;
    volatile u64 owners;
};

static struct node nodes[MAX_HARTS * 2];
static struct node *volatile top;

static void push(struct node *node)
{
    struct node *old;
    u64 failed;
    do {
        __asm__ volatile("lr.d.aqrl %0, (%1)" : "=r"(old) : "r"(&top) : "memory");
        node->next = old;
        __asm__ volatile("sc.d.rl %0, %1, (%2)" : "=r"(failed) : "r"(node), "r"(&top) : "memory");
    } while (failed);
}

static struct node *pop(void)
{
    struct node *node;
    u64 failed;
    do {
        __asm__ volatile("lr.d.aqrl %0, (%1)" : "=r"(node) : "r"(&top) : "memory");
        if (!node)
            return 0;
        struct node *next = *(struct node *volatile *)&node->next;
        __asm__ volatile("sc.d.rl %0, %1, (%2)" : "=r"(failed) : "r"(next), "r"(&top) : "memory");
    } while (failed);
    return node;
}

static void stack(u64 hart)
{
    push(&nodes[2 * hart]);
    push(&nodes[2 * hart + 1]);
    for (u64 i = 0; i < rounds; i++) {
        struct node *first = pop();
        struct node *second = pop();
        if (first)
            check(__atomic_add_fetch(&first->owners, 1, __ATOMIC_ACQ_REL) == 1, STACK);
        if (second)
            check(__atomic_add_fetch(&second->owners, 1, __ATOMIC_ACQ_REL) == 1, STACK);
        if (first) {
            __atomic_sub_fetch(&first->owners, 1, __ATOMIC_ACQ_REL);
            push(first);
        }
        if (second) {
            __atomic_sub_fetch(&second->owners, 1, __ATOMIC_ACQ_REL);
            push(second);
        }
    }
    barrier();
    if (hart == 0) {
        int count = 0;
        while (pop())
            count++;
        check(count == 2 * harts, STACK);
    }
    barrier();
}

/* A token goes round by software interrupts; who waits for it is in WFI. */
static volatile u64 token;

static void interrupts(u64 hart)
{
    __asm__ volatile("csrw mie, %0" : : "r"(8));
    barrier();
    u64 laps = rounds / 4 + 1;
    for (u64 lap = 0; lap < laps; lap++) {
        if (hart != 0 || lap != 0) {
            while (!CLINT[hart])
                __asm__ volatile("wfi");
            CLINT[hart] = 0;
            fence();
        }
        check(token == lap * (u64)harts + hart, INTERRUPT);
        token = token + 1;
        __asm__ volatile("fence rw, o" ::: "memory");
        CLINT[(hart + 1) % (u64)harts] = 1;
    }
    if (hart == 0) {
        while (!CLINT[0])
            __asm__ volatile("wfi");
        CLINT[0] = 0;
        check(token == laps * (u64)harts, INTERRUPT);
    }
    __asm__ volatile("csrw mie, zero");
    barrier();
}

/* One hart writes a function, the others call it; now in a page that holds code already, now in a new one. */
static u32 code[64][1024] __attribute__((aligned(4096)));

static void write_code(volatile u32 *at, u32 value)
{
    at[0] = 0x00000513u | (value << 20); /* li a0, value */
    at[1] = 0x00008067u;                 /* ret */
}

static u64 call(void *at)
{
    return ((u64(*)(void))at)();
}

static void self_modifying(u64 hart)
{
    for (u64 i = 0; i < rounds; i++) {
        u32 page = (u32)(i % 64), value = (u32)(i * 7 % 2000), writer = (u32)(i % (u64)harts);
        if (hart == writer) {
            write_code(code[0], value);
            write_code(code[page] + 16, value + 1);
        }
        fence();
        barrier();
        __asm__ volatile("fence.i" ::: "memory");
        check(call(code[0]) == value, CODE);
        check(call(code[page] + 16) == value + 1, NEW_CODE);
        barrier();
    }
}

static void timers(u64 hart)
{
    __asm__ volatile("csrw mie, %0" : : "r"(0x80));
    for (u64 i = 0; i < 4; i++) {
        u64 until = *TIME + 100 + 37 * hart;
        COMPARE[hart] = until;
        u64 pending;
        do {
            __asm__ volatile("wfi\n csrr %0, mip" : "=r"(pending) : : "memory");
        } while (!(pending & 0x80));
        check(*TIME >= until, TIMER);
        COMPARE[hart] = ~0ul;
    }
    __asm__ volatile("csrw mie, zero");
    barrier();
}

static int count_harts(void)
{
    int count = 1;
    for (; count < MAX_HARTS; count++) {
        CLINT[count] = 1;
        u32 exists = CLINT[count];
        CLINT[count] = 0;
        if (!exists)
            break;
    }
    return count;
}

u64 run(u64 hart)
{
    if (hart == 0) {
        harts = count_harts();
        __atomic_store_n(&started, 1, __ATOMIC_RELEASE);
    }
    while (!__atomic_load_n(&started, __ATOMIC_ACQUIRE))
        ;
    barrier();
    spinlock();
    reservations();
    atomics(hart);
    stack(hart);
    interrupts(hart);
    self_modifying(hart);
    message_passing(hart);
    store_buffering(hart);
    read_order(hart);
    table_updates(hart);
    timers(hart);
    if (hart == 0)
        finish(0x5555);
    for (;;)
        __asm__ volatile("wfi");
}
