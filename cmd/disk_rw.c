/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "virtio read", "scsi write", dump: blocks of a disk to and from memory or the
 * terminal, in the device's own block size. Everything typed is checked in 64
 * bits, and memory against the reservations, before the device is asked for
 * anything; what U-Boot prints comes first, the reason of a failure after it.
 */
#include "disk.h"

#include <errno.h>

#include <core/console.h>
#include <core/heap.h>
#include <lib/checked.h>

#include "hexdump.h"
#include "mem_priv.h"

struct range {
	struct blkdev *disk;
	uint64_t addr, blk, count; /* as typed: blocks of the disk's size */
	uint64_t lba, nsectors;    /* the same in sectors */
	uint64_t len;              /* the same in bytes */
};

/* Turns blocks into sectors and bytes. Return: 0; -ERANGE not all on the disk */
static int range_check(struct range *r)
{
	uint64_t per_block = r->disk->block_size / SECTOR_SIZE;

	if (!inside(r->blk, r->count, disk_blocks(r->disk)) ||
	    !mul_ok(r->count, r->disk->block_size, &r->len))
		return -ERANGE;
	r->lba = r->blk * per_block;
	r->nsectors = r->count * per_block;
	return 0;
}

/* A device's refusals are all -5 here, as scripts know it; then comes why. */
static int failed(const struct cmd_call *call, const struct range *r,
		  const char *done, int err)
{
	con_printf("-5 blocks %s: ERROR\n", done);
	con_printf("%s: device %u: ", call->name, r->disk->index);
	if (err == -ERANGE)
		con_printf("past the end, it has %ju blocks\n",
			   (uintmax_t)disk_blocks(r->disk));
	else
		con_printf("%s\n", blk_error(r->disk, err));
	return CMD_FAIL;
}

static int range_parse(const struct cmd_call *call, struct range *r)
{
	if (cmd_number(call, 1, &r->addr) || cmd_number(call, 2, &r->blk) ||
	    cmd_number(call, 3, &r->count))
		return -EINVAL;
	r->disk = disk_chosen(call, call->argc);
	return r->disk ? 0 : -ENODEV;
}

static int transfer(const struct cmd_call *call, bool write)
{
	const char *done = write ? "written" : "read";
	struct range r;
	void *mem;
	int ret = 0, range;

	if (range_parse(call, &r))
		return CMD_FAIL;
	range = range_check(&r);
	if (!range)
		ret = write ? mem_readable(call, r.addr, r.len)
			    : mem_writable(call, r.addr, r.len);
	if (ret)
		return CMD_FAIL;
	con_printf("\n%s: device %u block # %ju, count %ju ... ", call->name,
		   r.disk->index, (uintmax_t)r.blk, (uintmax_t)r.count);
	mem = (void *)(uintptr_t)r.addr;
	if (range)
		return failed(call, &r, done, range);
	if (r.count && write)
		ret = blk_write(r.disk, r.lba, r.nsectors, mem);
	else if (r.count)
		ret = blk_read(r.disk, r.lba, r.nsectors, mem);
	if (!ret && r.count && write) {
		ret = blk_flush(r.disk);
		ret = ret == -ENOSYS ? 0 : ret; /* it has no cache */
	}
	if (ret)
		return failed(call, &r, done, ret);
	con_printf("%ju blocks %s: OK\n", (uintmax_t)r.count, done);
	return CMD_OK;
}

int disk_cmd_read(const struct cmd_call *call)
{
	return transfer(call, false);
}

int disk_cmd_write(const struct cmd_call *call)
{
	return transfer(call, true);
}

/* ---- dump ---- */

static uint64_t dump_next; /* where an empty line goes on, as with md */

static int dump_blocks(const struct range *r, void *buf)
{
	uint64_t per_block = r->disk->block_size / SECTOR_SIZE;

	for (uint64_t i = 0; i < r->count; i++) {
		int ret = blk_read(r->disk, r->lba + i * per_block, per_block,
				   buf);

		if (!ret)
			ret = hexdump((r->blk + i) * r->disk->block_size, buf,
				      r->disk->block_size, 2);
		if (ret)
			return ret;
		dump_next = r->blk + i + 1;
	}
	return 0;
}

int disk_cmd_dump(const struct cmd_call *call)
{
	struct range r = { .count = 1 };
	void *buf;
	int ret;

	r.disk = disk_chosen(call, 1);
	if (!r.disk || cmd_number(call, 2, &r.blk) ||
	    (call->argc > 3 && cmd_number(call, 3, &r.count)))
		return CMD_FAIL;
	if (call->repeat)
		r.blk = dump_next;
	dump_next = r.blk;
	ret = range_check(&r);
	if (ret) {
		con_printf("%s: device %u: block 0x%jx, count 0x%jx: "
			   "past the end, it has 0x%jx blocks\n",
			   call->name, r.disk->index, (uintmax_t)r.blk,
			   (uintmax_t)r.count, (uintmax_t)disk_blocks(r.disk));
		return CMD_FAIL;
	}
	buf = heap_alloc(r.disk->block_size);
	if (!buf)
		return cmd_fail(call, "block buffer", -ENOMEM);
	ret = dump_blocks(&r, buf);
	heap_free(buf);
	if (ret)
		con_printf("%s: device %u: %s\n", call->name, r.disk->index,
			   blk_error(r.disk, ret));
	return ret ? CMD_FAIL : CMD_OK;
}
