/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio regs, config, ring and trace: the glass box on the terminal. What is
 * shown comes line by line from the virtio room; here arguments are read, lines
 * are coloured when "-c" asks for it, and Ctrl-C ends them.
 */
#include "virtio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <shell/shell.h>

/* The one place that knows colours. */
static const char *const colours[] = {
	[VIRTIO_TONE_PLAIN] = "0",   [VIRTIO_TONE_HEAD] = "1",
	[VIRTIO_TONE_FAINT] = "2",   [VIRTIO_TONE_DRIVER] = "36",
	[VIRTIO_TONE_DEVICE] = "32", [VIRTIO_TONE_WRONG] = "1;31",
};

static void plain(struct virtio_out *out, enum virtio_tone tone,
		  const char *text)
{
	(void)tone;
	con_printf("%s\n", text);
	out->stop = con_ctrlc();
}

static void coloured(struct virtio_out *out, enum virtio_tone tone,
		     const char *text)
{
	con_printf("\033[%sm%s\033[0m\n", colours[tone], text);
	out->stop = con_ctrlc();
}

struct virtio_out virtio_look(struct cmd_call *call)
{
	struct virtio_out out = { .line = plain };

	if (call->argc > 1 && !strcmp(call->argv[1], "-c")) {
		out.line = coloured;
		call->argc--;
		call->argv++;
	}
	return out;
}

struct virtio_device *virtio_named(const struct cmd_call *call, int i)
{
	struct virtio_device *vd = virtio_find(call->argv[i]);
	struct virtio_info info = { .device_id = 0 };

	if (vd)
		virtio_get_info(vd, &info);
	if (info.device_id)
		return vd;
	con_printf("%s: %s: %s\n", call->name, call->argv[i],
		   vd ? "empty slot" : "no such device");
	return NULL;
}

/* To be looked into, an idle device is attached, as virtio status does. */
static void attach(struct virtio_device *vd)
{
	struct virtio_info info;

	virtio_get_info(vd, &info);
	if (info.driver && info.idle)
		(void)!virtio_ready(vd);
}

static struct virtio_device *attached(const struct cmd_call *call, int i)
{
	struct virtio_device *vd = virtio_named(call, i);

	if (vd)
		attach(vd);
	return vd;
}

static int cmd_regs(const struct cmd_call *typed)
{
	struct cmd_call call = *typed;
	struct virtio_out out = virtio_look(&call);
	struct virtio_device *vd;

	if (call.argc != 2)
		return CMD_USAGE;
	vd = attached(&call, 1);
	if (!vd)
		return CMD_FAIL;
	virtio_show_regs(vd, &out);
	return CMD_OK;
}

static int cmd_config(const struct cmd_call *typed)
{
	struct cmd_call call = *typed;
	struct virtio_out out = virtio_look(&call);
	struct virtio_device *vd;
	int ret;

	if (call.argc != 2)
		return CMD_USAGE;
	vd = attached(&call, 1);
	if (!vd)
		return CMD_FAIL;
	ret = virtio_show_config(vd, &out);
	if (ret == -ENODEV || ret == -ENOSYS)
		con_printf("%s: %s: %s\n", call.name, call.argv[1],
			   ret == -ENODEV ? "no driver that knows it"
					  : "this type has no configuration");
	else if (ret)
		return cmd_fail(&call, call.argv[1], ret);
	return ret ? CMD_FAIL : CMD_OK;
}

static int cmd_ring(const struct cmd_call *typed)
{
	struct cmd_call call = *typed;
	struct virtio_out out = virtio_look(&call);
	struct virtio_device *vd;
	bool all = call.argc == 4;
	uint64_t queue;
	int ret;

	if (call.argc < 3 || call.argc > 4 ||
	    (all && strcmp(call.argv[3], "all")))
		return CMD_USAGE;
	vd = attached(&call, 1);
	if (!vd || cmd_number(&call, 2, &queue))
		return CMD_FAIL;
	ret = queue < VIRTIO_MAX_QUEUES
		      ? virtio_show_ring(vd, (unsigned int)queue, all, &out)
		      : -ENODEV;
	if (ret == -ENODEV)
		con_printf("%s: %s: queue %ju: not in use\n", call.name,
			   call.argv[1], (uintmax_t)queue);
	else if (ret)
		return cmd_fail(&call, call.argv[1], ret);
	return ret ? CMD_FAIL : CMD_OK;
}

static int cmd_trace(const struct cmd_call *typed)
{
	struct cmd_call call = *typed;
	struct virtio_out out = virtio_look(&call);
	struct virtio_device *only = NULL;
	int ret = 0;

	if (call.argc < 2 || call.argc > 3)
		return CMD_USAGE;
	if (call.argc == 3) {
		only = virtio_named(&call, 2);
		if (!only)
			return CMD_FAIL;
	}
	if (!strcmp(call.argv[1], "on"))
		ret = virtio_trace_on(only);
	else if (!strcmp(call.argv[1], "off"))
		virtio_trace_off();
	else if (!strcmp(call.argv[1], "show"))
		ret = virtio_trace_show(only, &out);
	else
		return CMD_USAGE;
	if (ret == -ENODEV)
		con_printf("%s: the trace is off\n", call.name);
	else if (ret)
		return cmd_fail(&call, "buffer", ret);
	return ret ? CMD_FAIL : CMD_OK;
}

int virtio_words(const struct cmd_call *call)
{
	int n = call->argc - 2;

	return n > 1 && !strcmp(call->argv[2], "-c") ? n - 1 : n;
}

static void complete_device(const struct cmd_call *call)
{
	if (virtio_words(call) == 1)
		virtio_offer_devices();
}

static void complete_ring(const struct cmd_call *call)
{
	struct virtio_device *vd;
	struct virtio_info info = { .nqueues = 0 };
	char queue[12];

	complete_device(call);
	if (virtio_words(call) == 3)
		shell_offer("all");
	if (virtio_words(call) != 2)
		return;
	vd = virtio_find(call->argv[call->argc - 2]);
	if (vd) {
		attach(vd);
		virtio_get_info(vd, &info);
	}
	for (unsigned int i = 0; i < info.nqueues; i++) {
		snprintf(queue, sizeof(queue), "%u", i);
		shell_offer(queue);
	}
}

static void complete_trace(const struct cmd_call *call)
{
	if (virtio_words(call) == 1) {
		shell_offer("on");
		shell_offer("off");
		shell_offer("show");
	} else if (virtio_words(call) == 2) {
		virtio_offer_devices();
	}
}

VIRTIO_SUB(regs, cmd_regs, 1, 2, complete_device);
VIRTIO_SUB(config, cmd_config, 1, 2, complete_device);
VIRTIO_SUB(ring, cmd_ring, 2, 4, complete_ring);
VIRTIO_SUB(trace, cmd_trace, 1, 3, complete_trace);
