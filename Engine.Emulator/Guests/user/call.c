/* System calls and output. */
#include "user.h"

static uint64_t call(uint64_t number, uint64_t first, uint64_t second)
{
    register uint64_t a0 __asm__("a0") = first;
    register uint64_t a1 __asm__("a1") = second;
    register uint64_t a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
    return a0;
}

static size_t append(char *line, size_t length, const char *text)
{
    while (*text != '\0' && length < WRITE_LIMIT)
        line[length++] = *text++;
    return length;
}

/* Writes "program: text number". */
void write_line(const char *program, const char *text, uint64_t number)
{
    char line[WRITE_LIMIT];
    char digits[21];
    size_t start = sizeof digits - 1;
    digits[start] = '\0';
    do {
        digits[--start] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);

    size_t length = append(line, 0, program);
    length = append(line, length, ": ");
    length = append(line, length, text);
    length = append(line, length, " ");
    length = append(line, length, &digits[start]);
    length = append(line, length, "\n");
    call(CALL_WRITE, (uint64_t)line, length);
}

/* Hands a result to the kernel, which knows what it has to be. */
bool report(enum check check, uint64_t result)
{
    return call(CALL_REPORT, check, result) == 0;
}

void release(void *start, size_t length)
{
    call(CALL_RELEASE, (uint64_t)start, length);
}
