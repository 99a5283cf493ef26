/* SPDX-License-Identifier: BSD-2-Clause */
/* scsi: SCSI disks as U-Boot's command shows them. */
#include <core/console.h>
#include <drivers/scsi.h>
#include <lib/compiler.h>

#include "disk.h"

/* What was found before stays found, whatever ends the scan. */
static int cmd_scan(const struct cmd_call *call)
{
	unsigned int n;
	int ret;

	con_puts("scanning bus for devices...\n");
	ret = scsi_scan();
	if (disk_print_all("scsi", "  ", &n) && !ret)
		return CMD_FAIL;
	return ret ? cmd_fail(call, "bus", ret) : CMD_OK;
}

static const struct subcommand subs[] = {
	DISK_SUBCOMMANDS,
	{ "scan", cmd_scan, 0, 0 },
};

static int cmd_scsi(const struct cmd_call *call)
{
	return disk_dispatch(call, "scsi", subs, array_size(subs));
}

static void complete(const struct cmd_call *call)
{
	cmd_offer_subs(call, subs, array_size(subs));
	disk_complete(call, "scsi");
}

COMMAND(scsi, cmd_scsi, 1, -1, true, "SCSI disks",
	"scan                    - look for disks again\n" DISK_USAGE("scsi"),
	.complete = complete);
