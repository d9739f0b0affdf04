/* What the programs have in common. */
#ifndef USER_H
#define USER_H

#include "calls.h"
#include "types.h"

/* call.c */
void write_line(const char *program, const char *text, uint64_t number);
bool report(enum check check, uint64_t result);
void release(void *start, size_t length);

/* The xorshift64* generator; expected.py repeats it. */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545f4914f6cdd1d;
}

/* program.c, called by start.S */
int run_program(enum program program);

/* The programs; their values are exit codes. */
int sort_main(void);
int matrix_main(void);
int checksum_main(void);

/* sha256.c: the first 64 bits of the digest of a whole number of blocks */
uint64_t sha256_head(const uint8_t *data, size_t length);

#endif
