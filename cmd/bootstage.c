/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bootstage: where the time of the boot went, in U-Boot's layout, which scripts
 * parse. The same is printed right before a kernel starts when the variable
 * "bootstage" is set: afterwards nobody could ask. "make bootchart" draws it.
 */
#include "boot.h"

#include <core/bootstage.h>
#include <core/console.h>
#include <env/env.h>
#include <shell/command.h>
#include <shell/shell.h>

#define DIGITS 11 /* 999,999,999 */

/* 1234567 as "  1,234,567" */
static void put_grouped(uint64_t n)
{
	char text[32], *p = text + sizeof(text);
	unsigned int digits = 0;

	*--p = '\0';
	do {
		if (digits && digits % 3 == 0)
			*--p = ',';
		*--p = (char)('0' + n % 10);
		digits++;
	} while (n /= 10);
	con_printf("%*s", DIGITS, p);
}

static void report(void)
{
	const struct bootstage *s;
	uint64_t before = 0;
	unsigned int n = 0;

	while (bootstage_get(n))
		n++;
	con_printf("Timer summary in microseconds (%u records):\n", n);
	con_printf("%*s%*s  %s\n", DIGITS, "Mark", DIGITS, "Elapsed", "Stage");
	for (size_t i = 0; (s = bootstage_get(i)); i++) {
		put_grouped(s->us);
		put_grouped(i ? s->us - before : 0);
		con_printf("  %s\n", s->name);
		before = s->us;
	}
	con_puts("\nAccumulated time:\n");
	for (size_t i = 0; (s = bootstage_sum(i)); i++) {
		con_printf("%*s", DIGITS, "");
		put_grouped(s->us);
		con_printf("  %s\n", s->name);
	}
}

void bootstage_at_start(void)
{
	const char *wanted = env_get("bootstage");

	bootstage_mark("start_kernel");
	if (wanted && *wanted)
		report();
}

static int do_report(const struct cmd_call *call)
{
	(void)call;
	report();
	return CMD_OK;
}

static const struct subcommand subs[] = {
	{ "report", do_report, 0, 0 },
};

static int do_bootstage(const struct cmd_call *call)
{
	return cmd_dispatch(call, subs, array_size(subs));
}

static void complete(const struct cmd_call *call)
{
	cmd_offer_subs(call, subs, array_size(subs));
}

COMMAND(bootstage, do_bootstage, 1, 1, false, "where the boot's time went",
	"report - the marks of this boot and the sums by kind of work\n"
	"    With the variable bootstage set, also before a kernel starts.",
	.complete = complete);
