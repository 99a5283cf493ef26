/* SPDX-License-Identifier: BSD-2-Clause */
/* time: how long a command takes. */
#include <core/console.h>
#include <core/deadline.h>
#include <shell/command.h>

static void report(uint64_t ms)
{
	uint64_t minutes = ms / 60000, rest = ms % 60000;

	con_puts("\ntime:");
	if (minutes)
		con_printf(" %llu minutes,", (unsigned long long)minutes);
	con_printf(" %llu.%03llu seconds\n", (unsigned long long)(rest / 1000),
		   (unsigned long long)(rest % 1000));
}

static int do_time(const struct cmd_call *call)
{
	struct cmd_call timed = { .argc = call->argc - 1,
				  .argv = call->argv + 1,
				  .repeat = call->repeat };
	uint64_t start = time_us();
	int ret = cmd_run(&timed);

	report((time_us() - start) / 1000);
	return ret;
}

COMMAND(time, do_time, 1, -1, false,
	"run commands and summarize execution time", "command [args...]");
