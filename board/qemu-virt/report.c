/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of the road, readable: faults nobody catches, and trouble before there
 * is anything to go on with. "make symbolise" turns the addresses into names.
 */
#include "board_priv.h"

#include <arch/cpu.h>
#include <arch/fault.h>
#include <core/console.h>
#include <core/panic.h>
#include <drivers/pl011.h>

void stop_here(const char *what, const char *why)
{
	con_fresh_line();
	con_printf("Vireo: %s: %s\n", what, why);
	con_printf("Vireo: stopped\n");
	cpu_halt();
}

static void report(const struct fault_frame *f)
{
	char text[128];

	pl011_console(VIRT_UART_BASE);
	fault_describe(f, text, sizeof(text));
	con_printf("\n*** %s\n", text);
	con_printf("elr %016llx  esr %016llx  far %016llx  spsr %08llx  el%u\n",
		   (unsigned long long)f->elr, (unsigned long long)f->esr,
		   (unsigned long long)f->far, (unsigned long long)f->spsr,
		   cpu_el());
	for (unsigned int i = 0; i < 31; i++)
		con_printf("x%-2u %016llx%s", i, (unsigned long long)f->x[i],
			   i % 4 == 3 ? "\n" : "  ");
	con_printf("sp  %016llx\n", (unsigned long long)f->sp);
	panic_backtrace(f->x[29]);
	cpu_halt();
}

void fault_report_install(void)
{
	fault_handler_set(report);
}
