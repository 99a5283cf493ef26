/* SPDX-License-Identifier: BSD-2-Clause */
/* reset and poweroff: the devices are stopped, then PSCI does it. */
#include <string.h>

#include <arch/psci.h>
#include <core/console.h>
#include <core/quiesce.h>
#include <shell/command.h>

static int leave(const struct cmd_call *call, const char *says,
		 const char *what, int (*fn)(void))
{
	int ret = psci_check();

	if (ret)
		return cmd_fail(call, what, ret);
	con_puts(says);
	quiesce_all();
	return cmd_fail(call, what, fn());
}

static int do_reset(const struct cmd_call *call)
{
	if (call->argc > 1 && strcmp(call->argv[1], "-w") != 0)
		return CMD_USAGE;
	return leave(call, "resetting ...\n", "PSCI SYSTEM_RESET",
		     psci_system_reset);
}

static int do_poweroff(const struct cmd_call *call)
{
	return leave(call, "poweroff ...\n", "PSCI SYSTEM_OFF",
		     psci_system_off);
}

COMMAND(reset, do_reset, 0, 1, false, "Perform RESET of the CPU",
	"- cold boot\nreset -w - warm reset; the same here");
COMMAND(poweroff, do_poweroff, 0, 0, false, "Perform POWEROFF of the device",
	"");
