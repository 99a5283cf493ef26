/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bare-metal program to try booti, bootelf and go on: says on the PL011 how
 * it was entered. Called with a device tree in x0, as a kernel is, it turns
 * the machine off through PSCI; called as a function it returns 0.
 *
 * Knows QEMU's virt machine only: the UART's address, and that PSCI is
 * reached by HVC from EL1 and by SMC from EL2.
 */
#include <stdint.h>

#define UART_DR         0x09000000 /* PL011 data, ARM DDI 0183 3.3.1 */
#define UART_FR         0x09000018 /* flags; bit 5: transmit FIFO full */
#define RAM_BASE        0x40000000
#define FDT_MAGIC_LE    0xedfe0dd0 /* d00dfeed as a little-endian word */
#define PSCI_SYSTEM_OFF 0x84000008

int demo(uint64_t x0, char **argv, uint64_t start);

static void put_char(char c)
{
	while (*(volatile uint32_t *)UART_FR & 1 << 5)
		;
	*(volatile uint32_t *)UART_DR = (uint8_t)c;
}

static void put(const char *s)
{
	for (; *s; s++)
		put_char(*s);
}

static void put_hex(uint64_t n)
{
	int shift = 60;

	while (shift && !(n >> shift))
		shift -= 4;
	put("0x");
	for (; shift >= 0; shift -= 4)
		put_char("0123456789abcdef"[n >> shift & 15]);
}

static int current_el(void)
{
	uint64_t el;

	__asm__ volatile("mrs %0, CurrentEL" : "=r"(el));
	return el >> 2 & 3;
}

static int mmu_is_on(int el)
{
	uint64_t sctlr;

	if (el == 2)
		__asm__ volatile("mrs %0, sctlr_el2" : "=r"(sctlr));
	else
		__asm__ volatile("mrs %0, sctlr_el1" : "=r"(sctlr));
	return sctlr & 1;
}

static void power_off(int el)
{
	register uint64_t x0 __asm__("x0") = PSCI_SYSTEM_OFF;

	if (el == 2)
		__asm__ volatile("smc #0"
				 : "+r"(x0)
				 :
				 : "x1", "x2", "x3", "memory");
	else
		__asm__ volatile("hvc #0"
				 : "+r"(x0)
				 :
				 : "x1", "x2", "x3", "memory");
}

static int is_device_tree(uint64_t x0)
{
	return x0 >= RAM_BASE && !(x0 & 7) &&
	       *(const uint32_t *)x0 == FDT_MAGIC_LE;
}

/* In: x0, x1 as entered; where the program is. Return: 0. */
int demo(uint64_t x0, char **argv, uint64_t start)
{
	int el = current_el();

	put("demo: entered at EL");
	put_char((char)('0' + el));
	put(mmu_is_on(el) ? " with the MMU on, x0 = "
			  : " with the MMU off, x0 = ");
	put_hex(x0);
	put(", running at ");
	put_hex(start);
	put("\r\n");
	if (is_device_tree(x0)) {
		put("demo: x0 is a device tree: turning the machine off\r\n");
		power_off(el);
		put("demo: PSCI SYSTEM_OFF came back\r\n");
		for (;;)
			__asm__ volatile("wfi");
	}
	put("demo: called as a function, arguments:");
	for (uint64_t i = 0; i < x0 && i < 16; i++) {
		put_char(' ');
		put(argv[i]);
	}
	put("\r\n");
	return 0;
}
