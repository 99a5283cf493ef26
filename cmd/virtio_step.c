/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio step: a read done slowly, told by the virtio room. */
#include "virtio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <shell/shell.h>

static int failed(const struct cmd_call *call, const struct virtio_device *vd,
		  int ret)
{
	const char *why = NULL;
	char most[40];

	if (ret == -ENODEV)
		why = "not a virtio disk";
	else if (ret == -EINVAL) {
		snprintf(most, sizeof(most), "takes 1 to %u blocks a request",
			 virtio_step_max(vd));
		why = most;
	} else if (ret == -EIO)
		why = virtio_fault(vd);
	if (!why)
		return cmd_fail(call, call->argv[1], ret);
	con_printf("%s: %s: %s\n", call->name, call->argv[1], why);
	return CMD_FAIL;
}

static int cmd_step(const struct cmd_call *typed)
{
	struct cmd_call call = *typed;
	struct virtio_out out = virtio_look(&call);
	struct virtio_device *vd;
	uint64_t blk, count = 1;
	int ret;

	if (call.argc < 4 || call.argc > 5 || strcmp(call.argv[2], "read"))
		return CMD_USAGE;
	vd = virtio_named(&call, 1);
	if (!vd || cmd_number(&call, 3, &blk) ||
	    (call.argc == 5 && cmd_number(&call, 4, &count)))
		return CMD_FAIL;
	ret = virtio_step_read(
		vd, blk, (unsigned int)min_u64(count, VIRTIO_STEP_BLOCKS + 1),
		&out);
	return ret ? failed(&call, vd, ret) : CMD_OK;
}

static void complete(const struct cmd_call *call)
{
	int at = virtio_words(call);

	if (at == 1)
		virtio_offer_devices();
	else if (at == 2)
		shell_offer("read");
}

VIRTIO_SUB(step, cmd_step, 3, 5, complete);
