/* Checksums over memory that is mapped as it is filled. */
#include "user.h"

#define LENGTH (8 * 1024 * 1024)
#define SHA256_LENGTH (1280 * 1024)
#define CRC32_POLYNOMIAL 0xedb88320

static void fill(uint64_t *words, size_t count)
{
    uint64_t state = 4;
    for (size_t index = 0; index < count; index++)
        words[index] = next_random(&state);
}

static uint32_t crc32(const uint8_t *data, size_t length)
{
    uint32_t table[256];
    for (uint32_t index = 0; index < 256; index++) {
        uint32_t remainder = index;
        for (int bit = 0; bit < 8; bit++)
            remainder = (remainder >> 1) ^ (remainder & 1 ? CRC32_POLYNOMIAL : 0);
        table[index] = remainder;
    }

    uint32_t crc = ~0u;
    for (size_t index = 0; index < length; index++)
        crc = (crc >> 8) ^ table[(crc ^ data[index]) & 0xff];
    return ~crc;
}

int checksum_main(void)
{
    uint8_t *data = (uint8_t *)USER_HEAP;
    fill((uint64_t *)data, LENGTH / sizeof(uint64_t));
    write_line("checksum", "bytes filled:", LENGTH);
    bool is_right = report(CHECK_CRC32, crc32(data, LENGTH));
    write_line("checksum", "bytes under CRC-32:", LENGTH);
    is_right &= report(CHECK_SHA256, sha256_head(data, SHA256_LENGTH));
    write_line("checksum", "bytes under SHA-256:", SHA256_LENGTH);
    return is_right ? 0 : 1;
}
