/* Formatted output of the kernel. */
#include <stdarg.h>

#include "board.h"
#include "kernel.h"

#define LINE_LIMIT 256

struct line {
    char text[LINE_LIMIT];
    size_t length;
};

static void put(struct line *line, char character)
{
    if (line->length < LINE_LIMIT)
        line->text[line->length++] = character;
}

static void put_number(struct line *line, uint64_t value, unsigned base, int digits)
{
    char reversed[20];
    int count = 0;
    do {
        reversed[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0 || count < digits);
    while (count != 0)
        put(line, reversed[--count]);
}

static void format_line(struct line *line, const char *format, va_list arguments)
{
    line->length = 0;
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            put(line, *format);
            continue;
        }

        switch (*++format) {
        case 's':
            for (const char *text = va_arg(arguments, const char *); *text != '\0'; text++)
                put(line, *text);
            break;
        case 'u':
            put_number(line, va_arg(arguments, uint64_t), 10, 1);
            break;
        case 'x':
            put_number(line, va_arg(arguments, uint64_t), 16, 16);
            break;
        }
    }
}

/* The kernel cannot wait for the interrupt to make room. */
void print(const char *format, ...)
{
    struct line line;
    va_list arguments;
    va_start(arguments, format);
    format_line(&line, format, arguments);
    va_end(arguments);
    if (!console_try_write(line.text, line.length)) {
        console_flush();
        console_try_write(line.text, line.length);
    }
}

void panic(const char *what, uint64_t value)
{
    print("kernel panic: %s 0x%x\n", what, value);
    console_flush();
    shut_down(EXIT_PANIC);
}
