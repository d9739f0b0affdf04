/* SHA-256. */
#include "user.h"

#define BLOCK_SIZE 64
#define ROUND_COUNT 64

/* Fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[ROUND_COUNT] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* Fractional parts of the square roots of the first 8 primes. */
static const uint32_t initial_state[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t rotate(uint32_t word, int count)
{
    return word >> count | word << (32 - count);
}

static uint32_t read_word(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void expand(uint32_t *schedule, const uint8_t *block)
{
    for (int index = 0; index < 16; index++)
        schedule[index] = read_word(block + 4 * index);
    for (int index = 16; index < ROUND_COUNT; index++) {
        uint32_t early = schedule[index - 15];
        uint32_t late = schedule[index - 2];
        schedule[index] = schedule[index - 16] + schedule[index - 7]
            + (rotate(early, 7) ^ rotate(early, 18) ^ early >> 3)
            + (rotate(late, 17) ^ rotate(late, 19) ^ late >> 10);
    }
}

static void compress(uint32_t *state, const uint8_t *block)
{
    uint32_t schedule[ROUND_COUNT];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    expand(schedule, block);
    for (int round = 0; round < ROUND_COUNT; round++) {
        uint32_t first = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g))
            + constants[round] + schedule[round];
        uint32_t second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }

    uint32_t words[8] = { a, b, c, d, e, f, g, h };
    for (int index = 0; index < 8; index++)
        state[index] += words[index];
}

uint64_t sha256_head(const uint8_t *data, size_t length)
{
    uint32_t state[8];
    for (int index = 0; index < 8; index++)
        state[index] = initial_state[index];
    for (size_t offset = 0; offset < length; offset += BLOCK_SIZE)
        compress(state, data + offset);

    /* The last block holds nothing but the end mark and the length in bits. */
    uint8_t last[BLOCK_SIZE];
    last[0] = 0x80;
    for (int index = 1; index < BLOCK_SIZE; index++)
        last[index] = index < BLOCK_SIZE - 8 ? 0 : (uint8_t)((uint64_t)length * 8 >> (8 * (BLOCK_SIZE - 1 - index)));
    compress(state, last);
    return (uint64_t)state[0] << 32 | state[1];
}
