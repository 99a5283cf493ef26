/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio list and virtio status: what is in the slots, and everything known
 * about a device. One fact a line, "key value …"; a long list of names repeats
 * its key on the lines that follow, so that grep finds all of it.
 */
#include "virtio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <lib/errstr.h>

#define KEY_WIDTH  10
#define LINE_WIDTH 78

/* Device status, virtio 1.4, 2.1 */
static const struct {
	uint8_t bit;
	const char *name;
} status_bits[] = {
	{ 0x01, "ACKNOWLEDGE" },        { 0x02, "DRIVER" },
	{ 0x04, "DRIVER_OK" },          { 0x08, "FEATURES_OK" },
	{ 0x40, "DEVICE_NEEDS_RESET" }, { 0x80, "FAILED" },
};

/* ---- list ---- */

/* Nobody has read an idle device's status; one on PCI has no base before it is used. */
static void list_line(const struct virtio_info *info)
{
	const char *state = info->driver ? info->state : "no driver";
	char base[24] = "-", status[8] = "-";

	if (info->base)
		snprintf(base, sizeof(base), "0x%08jx", (uintmax_t)info->base);
	if (!info->idle)
		snprintf(status, sizeof(status), "0x%02x", info->status);
	if (info->status & 0x04)
		state = "ok";
	con_printf("%-8s %-10s %-9s %-14s %-9s %-4s %s%s%s\n", info->where,
		   base, virtio_type_name(info->device_id),
		   info->driver ? info->driver : "-",
		   info->name[0] ? info->name : "-", status, state,
		   info->fault ? ", last fault: " : "",
		   info->fault ? info->fault : "");
}

int virtio_cmd_list(const struct cmd_call *call)
{
	bool all = call->argc > 1;
	unsigned int slots = 0, empty = 0, pci = 0;
	struct virtio_device *vd;
	struct virtio_info info;

	if (all && strcmp(call->argv[1], "-a"))
		return CMD_USAGE;
	con_printf("%-8s %-10s %-9s %-14s %-9s %s\n", "slot", "base", "type",
		   "driver", "name", "status");
	for (unsigned int i = 0; (vd = virtio_device(i)); i++) {
		virtio_get_info(vd, &info);
		if (info.device_id)
			list_line(&info);
		else if (all)
			con_printf("%-8s 0x%08jx empty\n", info.where,
				   (uintmax_t)info.base);
		if (!strcmp(info.transport, "mmio"))
			slots++;
		else
			pci++;
		empty += !info.device_id;
	}
	con_printf("%u slots, %u empty", slots, empty);
	if (pci)
		con_printf("; %u on PCI", pci);
	con_putc('\n');
	return CMD_OK;
}

/* ---- status ---- */

static void fact(void *key, const char *name, const char *value)
{
	con_printf("  %-*s %-27s %s\n", KEY_WIDTH, (const char *)key, name,
		   value);
}

static void show_status_bits(const struct virtio_info *info)
{
	con_printf("  %-*s 0x%02x", KEY_WIDTH, "status", info->status);
	for (size_t i = 0; i < array_size(status_bits); i++)
		if (info->status & status_bits[i].bit)
			con_printf(" %s", status_bits[i].name);
	con_putc('\n');
}

static void show_features(const char *key, const struct virtio_info *info,
			  uint64_t bits)
{
	unsigned int at;
	char number[12];

	con_printf("  %-*s 0x%016jx", KEY_WIDTH, key, (uintmax_t)bits);
	at = 2 + KEY_WIDTH + 1 + 18;
	for (unsigned int bit = 0; bit < 64; bit++) {
		const char *name = virtio_feature_name(info->device_id, bit);

		if (!(bits >> bit & 1))
			continue;
		snprintf(number, sizeof(number), "bit %u", bit);
		if (!name)
			name = number;
		if (at + 1 + strlen(name) > LINE_WIDTH) {
			con_printf("\n  %-*s", KEY_WIDTH, key);
			at = 2 + KEY_WIDTH;
		}
		con_printf(" %s", name);
		at += 1 + (unsigned int)strlen(name);
	}
	con_putc('\n');
}

static void show_queue(unsigned int index, const struct virtio_queue_info *q)
{
	char key[24];

	snprintf(key, sizeof(key), "queue%u", index);
	con_printf("  %-*s size %u of %u, in flight %u%s\n", KEY_WIDTH, key,
		   q->size, q->size_max, q->in_flight,
		   q->ready ? "" : ", not in use");
	con_printf("  %-*s ring %s", KEY_WIDTH, key, q->ring);
	if (q->tables)
		con_printf(", indirect %u x %u", q->tables, q->table_entries);
	con_puts(q->event_idx ? ", event idx\n" : "\n");
	con_printf("  %-*s desc 0x%jx, driver 0x%jx, device 0x%jx\n", KEY_WIDTH,
		   key, (uintmax_t)q->desc, (uintmax_t)q->driver,
		   (uintmax_t)q->device);
	if (q->packed)
		con_printf(
			"  %-*s next avail %u wrap %u, next used %u wrap %u\n",
			KEY_WIDTH, key, q->avail_idx, q->avail_wrap,
			q->last_used, q->used_wrap);
	else
		con_printf("  %-*s avail idx %u, used idx %u, seen %u\n",
			   KEY_WIDTH, key, q->avail_idx, q->used_idx,
			   q->last_used);
	con_printf("  %-*s requests %ju, kicks %ju, completions %ju, "
		   "errors %ju\n",
		   KEY_WIDTH, key, (uintmax_t)q->requests, (uintmax_t)q->kicks,
		   (uintmax_t)q->completions, (uintmax_t)q->errors);
}

static void show_device(struct virtio_device *vd)
{
	char key[] = "config";
	struct virtio_info info;
	int ret;

	virtio_get_info(vd, &info);
	con_printf("%s: %s, %s\n", info.name[0] ? info.name : "-",
		   virtio_type_name(info.device_id), info.where);
	con_printf("  %-*s %s", KEY_WIDTH, "transport", info.transport);
	if (info.version)
		con_printf(" version %u", info.version);
	con_printf(", base 0x%08jx, device id %u, vendor 0x%08x\n",
		   (uintmax_t)info.base, info.device_id, info.vendor_id);
	con_printf("  %-*s %s, %s\n", KEY_WIDTH, "driver",
		   info.driver ? info.driver : "none", info.state);
	show_status_bits(&info);
	con_printf("  %-*s %s, %u resets\n", KEY_WIDTH, "fault",
		   info.fault ? info.fault : "none", info.resets);
	if (!info.driver || info.idle) /* nobody asked it what it offers */
		return;
	show_features("offered", &info, info.offered);
	show_features("accepted", &info, info.accepted);
	ret = virtio_describe_config(vd, fact, key);
	if (ret == -ENODEV) /* its driver knows of no configuration */
		fact(key, "none", "");
	else if (ret)
		fact(key, "unreadable", err_str(ret));
	for (unsigned int i = 0; i < info.nqueues; i++)
		if (info.queue[i].size) /* else left alone */
			show_queue(i, &info.queue[i]);
}

int virtio_cmd_status(const struct cmd_call *call)
{
	struct virtio_device *vd;
	struct virtio_info info;
	unsigned int shown = 0;

	if (call->argc > 1) {
		vd = virtio_find(call->argv[1]);
		if (vd)
			virtio_get_info(vd, &info);
		if (vd && info.device_id) {
			/* shown whole, or with the fault */
			if (info.idle)
				(void)!virtio_ready(vd);
			show_device(vd);
			return CMD_OK;
		}
		con_printf("virtio status: %s: %s\n", call->argv[1],
			   vd ? "empty slot" : "no such device");
		return CMD_FAIL;
	}
	for (unsigned int i = 0; (vd = virtio_device(i)); i++) {
		virtio_get_info(vd, &info);
		if (!info.device_id)
			continue;
		if (shown++)
			con_putc('\n');
		show_device(vd);
	}
	if (!shown)
		con_puts("virtio status: no virtio device\n");
	return CMD_OK;
}
