#pragma once
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long i64;

#define MAX_HARTS 8

enum failure {
    SPINLOCK = 1, RESERVED_WORD, RESERVED_DOUBLE, ATOMIC_ADD, ATOMIC_OTHER, STACK, INTERRUPT, CODE, MESSAGE, STORE_BUFFER, TIMER, TABLE,
    NEW_CODE, READ_ORDER
};

extern volatile u64 rounds;
extern int harts;

void finish(u64 code) __attribute__((noreturn));
void check(int holds, enum failure failure);
void barrier(void);

void message_passing(u64 hart);
void store_buffering(u64 hart);
void read_order(u64 hart);
void table_updates(u64 hart);

static inline void fence(void) { __asm__ volatile("fence rw, rw" ::: "memory"); }
