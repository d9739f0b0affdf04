/* The UART, driven by its interrupt: output waits in a ring until the transmitter asks for more. */
#include "board.h"
#include "kernel.h"

#define RING_SIZE 512
#define TRANSMIT_FIFO_SIZE 16

#define IER_RECEIVED 1
#define IER_TRANSMITTER_EMPTY 2
#define FCR_ENABLE_AND_CLEAR 7
#define LCR_8_BITS 3
#define LSR_RECEIVED 1
#define LSR_TRANSMITTER_EMPTY 0x20

enum { DATA, INTERRUPT_ENABLE, FIFO_CONTROL, LINE_CONTROL, LINE_STATUS = 5 };

static volatile uint8_t *const uart = (volatile uint8_t *)UART;
static char ring[RING_SIZE];
static uint64_t written, sent;

static volatile uint32_t *plic(uint64_t address)
{
    return (volatile uint32_t *)address;
}

void console_init(void)
{
    uart[INTERRUPT_ENABLE] = 0;
    uart[LINE_CONTROL] = LCR_8_BITS;
    uart[FIFO_CONTROL] = FCR_ENABLE_AND_CLEAR;
    uart[INTERRUPT_ENABLE] = IER_RECEIVED;
    *plic(PLIC_PRIORITY(UART_IRQ)) = 1;
    *plic(PLIC_SUPERVISOR_ENABLE) = 1 << UART_IRQ;
    *plic(PLIC_SUPERVISOR_THRESHOLD) = 0;
}

/* Takes all of the text, or none while the ring has no room for all. */
bool console_try_write(const char *text, size_t length)
{
    if (length > RING_SIZE - (written - sent))
        return false;

    for (size_t index = 0; index < length; index++)
        ring[written++ % RING_SIZE] = text[index];
    if (length != 0)
        uart[INTERRUPT_ENABLE] = IER_RECEIVED | IER_TRANSMITTER_EMPTY;
    return true;
}

bool console_is_drained(void)
{
    return written == sent;
}

static void send(void)
{
    for (int room = TRANSMIT_FIFO_SIZE; room != 0 && written != sent; room--)
        uart[DATA] = (uint8_t)ring[sent++ % RING_SIZE];
    if (written == sent)
        uart[INTERRUPT_ENABLE] = IER_RECEIVED;
}

void console_interrupt(void)
{
    uint32_t irq = *plic(PLIC_SUPERVISOR_CLAIM);
    if (irq == 0)
        return;

    statistics.console_interrupts++;

    /* No program reads the console; taking the bytes away keeps the line from asking for ever. */
    while ((uart[LINE_STATUS] & LSR_RECEIVED) != 0) {
        (void)uart[DATA];
        statistics.console_input_bytes++;
    }

    if ((uart[LINE_STATUS] & LSR_TRANSMITTER_EMPTY) != 0)
        send();
    *plic(PLIC_SUPERVISOR_CLAIM) = irq;
}

/* Sends all that waits without the interrupt: for a kernel that cannot take one now, or not any more. */
void console_flush(void)
{
    while (!console_is_drained()) {
        if ((uart[LINE_STATUS] & LSR_TRANSMITTER_EMPTY) != 0)
            send();
    }
}
