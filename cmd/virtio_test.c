/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio test: devices put to the test, a line a verdict. A disk is only read,
 * but for blocks that are named, and those are put back.
 */
#include "virtio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <core/ram.h>
#include <drivers/virtio_test.h>
#include <lib/checked.h>
#include <shell/shell.h>

#include "disk.h"

#define MEM_SIZE  (UINT64_C(16) << 20)
#define MEM_ALIGN 0x10000

static int complain(const char *what, const char *why)
{
	con_printf("virtio test: %s: %s\n", what, why);
	return CMD_FAIL;
}

static void line(struct virtio_test *t, const char *items, const char *what,
		 enum virtio_verdict v, const char *note)
{
	static const char *const words[] = {
		[VIRTIO_PASS] = "pass",
		[VIRTIO_FAIL] = "FAIL",
		[VIRTIO_NA] = "n/a",
	};

	(void)t;
	con_printf("  %s  %-18s %s%s%s\n", v == VIRTIO_NA ? "n/a " : words[v],
		   items, what, note[0] ? ": " : "", note);
}

static int run(struct virtio_test *t)
{
	struct virtio_info info;

	virtio_get_info(t->vd, &info);
	con_printf("%s: %s, %s\n", info.name, virtio_type_name(info.device_id),
		   info.where);
	virtio_selftest(t);
	con_printf("%s: %u passed, %u failed, %u not applicable%s\n", info.name,
		   t->count[VIRTIO_PASS], t->count[VIRTIO_FAIL],
		   t->count[VIRTIO_NA],
		   t->interrupted ? ", stopped by Ctrl-C"
		   : t->stop      ? ", the rest was not run"
				  : "");
	return t->count[VIRTIO_FAIL] || t->stop ? CMD_FAIL : CMD_OK;
}

int virtio_range(const struct cmd_call *call, int i, struct virtio_device *vd,
		 uint64_t *lba, uint64_t *nsectors)
{
	struct blkdev *disk = virtio_disk_of(vd);
	uint64_t blk, count, unit;
	int ret;

	if (cmd_number(call, i, &blk) || cmd_number(call, i + 1, &count))
		return CMD_FAIL;
	if (!disk) {
		con_printf("%s: %s: not a disk\n", call->name, call->argv[1]);
		return CMD_FAIL;
	}
	ret = blk_open(disk);
	if (!ret && disk->read_only)
		ret = -EROFS;
	if (!ret && (!count || !inside(blk, count, disk_blocks(disk))))
		ret = -ERANGE;
	if (ret) {
		con_printf("%s: %s: %s\n", call->name, call->argv[1],
			   blk_error(disk, ret));
		return CMD_FAIL;
	}
	unit = disk->block_size / SECTOR_SIZE;
	*lba = blk * unit;
	*nsectors = count * unit;
	return CMD_OK;
}

static int test_one(const struct cmd_call *call, struct virtio_test *t)
{
	struct virtio_info info = { .driver = NULL };

	t->vd = virtio_find(call->argv[1]);
	if (t->vd)
		virtio_get_info(t->vd, &info);
	if (!info.driver)
		return complain(call->argv[1], !t->vd ? "no such device"
					       : info.device_id ? "no driver"
								: "empty slot");
	if (call->argc > 2 &&
	    virtio_range(call, 3, t->vd, &t->lba, &t->nsectors))
		return CMD_FAIL;
	return run(t);
}

static int test_all(struct virtio_test *t)
{
	struct virtio_test fresh = *t;
	struct virtio_device *vd;
	struct virtio_info info;
	int ret = CMD_OK;

	for (unsigned int i = 0; (vd = virtio_device(i)) && !t->interrupted;
	     i++) {
		virtio_get_info(vd, &info);
		if (!info.driver)
			continue;
		*t = fresh;
		t->vd = vd;
		ret |= run(t);
	}
	return ret;
}

static int cmd_test(const struct cmd_call *call)
{
	struct virtio_test t = { .line = line, .mem_size = MEM_SIZE };
	uint64_t mem;

	if (call->argc != 1 && call->argc != 2 &&
	    (call->argc != 5 || strcmp(call->argv[2], "w")))
		return CMD_USAGE;
	if (ram_find_high(MEM_SIZE, MEM_ALIGN, 0, UINT64_MAX, &mem))
		return complain("memory", "no 16 MiB are free");
	t.mem = (uint8_t *)(uintptr_t)mem;
	return call->argc > 1 ? test_one(call, &t) : test_all(&t);
}

static void complete(const struct cmd_call *call)
{
	if (call->argc == 3)
		virtio_offer_devices();
}

VIRTIO_SUB(test, cmd_test, 0, 4, complete);
