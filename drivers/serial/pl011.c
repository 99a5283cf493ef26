/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PL011 UART, polled: a byte out when there is room, a byte in when there is
 * one. Line settings are left as they are: QEMU's UART has no wire. Source: ARM DDI 0183.
 */
#include <drivers/pl011.h>

#include <arch/io.h>
#include <core/console.h>

#define UARTDR        0x000 /* data */
#define UARTFR        0x018 /* flags */
#define UARTCR        0x030 /* control */
#define UARTIMSC      0x038 /* interrupt mask */
#define UARTPERIPHID0 0xfe0 /* part number, low byte */
#define UARTPERIPHID1 0xfe4 /* low half: its high bits */

#define UARTFR_RXFE   (1 << 4)
#define UARTFR_TXFF   (1 << 5)
#define UARTCR_UARTEN (1 << 0)
#define UARTCR_TXE    (1 << 8)
#define UARTCR_RXE    (1 << 9)

/* A full transmitter empties in well under this many looks; a UART that
 * never does loses output rather than stopping the firmware. */
#define TX_LOOKS 1000000

static struct {
	uint64_t base;
} uart;

static void put(void *ctx, const char *buf, size_t len)
{
	(void)ctx;
	for (size_t i = 0; i < len; i++) {
		unsigned int looks = TX_LOOKS;

		while (mmio_read32(uart.base + UARTFR) & UARTFR_TXFF && looks)
			looks--;
		mmio_write32(uart.base + UARTDR, (uint8_t)buf[i]);
	}
}

static int get(void *ctx)
{
	(void)ctx;
	if (mmio_read32(uart.base + UARTFR) & UARTFR_RXFE)
		return -1;
	return (int)(mmio_read32(uart.base + UARTDR) & 0xff);
}

bool pl011_present(uint64_t base)
{
	return (mmio_read32(base + UARTPERIPHID0) & 0xff) == 0x11 &&
	       !(mmio_read32(base + UARTPERIPHID1) & 0xf);
}

void pl011_console(uint64_t base)
{
	static const struct console_ops ops = { .put = put, .get = get };

	uart.base = base;
	mmio_write32(base + UARTIMSC, 0);
	mmio_write32(base + UARTCR, UARTCR_UARTEN | UARTCR_TXE | UARTCR_RXE);
	console_set(&ops, NULL);
}
