/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * panic: the reason, the way there, the end. The backtrace stays inside the
 * stack it was told of, and a panic while printing one stops at once.
 */
#include <core/panic.h>

#include <stdarg.h>
#include <stdbool.h>

#include <arch/cpu.h>
#include <arch/fault.h>
#include <arch/image.h>
#include <core/console.h>

static struct {
	uint64_t stack_low, stack_high;
	bool entered;
} state;

void panic_stack_set(uint64_t low, uint64_t high)
{
	state.stack_low = low;
	state.stack_high = high;
}

static void print_pc(uint64_t pc)
{
	con_printf("  %016llx\n", (unsigned long long)pc);
}

void panic_backtrace(uint64_t fp)
{
	con_printf("image at %016llx, called from:\n",
		   (unsigned long long)(uintptr_t)__image_start);
	if (state.stack_high)
		fault_walk_stack(fp, state.stack_low, state.stack_high,
				 print_pc);
	con_puts("Vireo: stopped\n");
}

void panic(const char *fmt, ...)
{
	va_list ap;

	if (state.entered)
		cpu_halt();
	state.entered = true;
	con_fresh_line();
	con_puts("Vireo: panic: ");
	va_start(ap, fmt);
	con_vprintf(fmt, ap);
	va_end(ap);
	con_putc('\n');
	panic_backtrace((uint64_t)(uintptr_t)__builtin_frame_address(0));
	cpu_halt();
}
