/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio bench: how fast a disk is with requests of one size, so many of them in
 * flight. A line is measured with more and more requests, until they take long
 * enough. Only what a range says is written, and with what is there already, so that
 * nothing is lost, whatever happens meanwhile.
 */
#include "virtio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <core/deadline.h>
#include <core/ram.h>
#include <drivers/virtio_test.h>
#include <block/blkdev.h>
#include <shell/shell.h>

#define LONG_ENOUGH_US 100000
#define MEM_MAX        (UINT64_C(256) << 20)
#define MEM_MIN        (UINT64_C(4) << 20)
#define MEM_ALIGN      0x10000

static const uint32_t sizes[] = { 0x200, 0x1000, 0x10000, 0x100000, 0x400000 };
static const unsigned int depths[] = { 1, 4, 16, 64 };

struct bench {
	struct virtio_device *vd;
	struct blkdev *disk;
	uint64_t lba, nsectors, mem_size;
	struct virtio_load load;
	/* of the last run */
	uint64_t us, requests, kicks;
	bool measured; /* there was a line */
};

static int run_once(struct bench *b)
{
	struct virtio_info before, after;
	uint64_t start;
	int ret;

	virtio_get_info(b->vd, &before);
	start = time_us();
	ret = virtio_load(b->vd, &b->load);
	b->us = max_u64(time_us() - start, 1);
	virtio_get_info(b->vd, &after);
	b->requests = after.queue[0].requests - before.queue[0].requests;
	b->kicks = after.queue[0].kicks - before.queue[0].kicks;
	return ret;
}

/* @num / @den with two places */
static void print_ratio(uint64_t num, uint64_t den)
{
	uint64_t v = num * 100 / den;

	con_printf(" %8ju.%02ju", (uintmax_t)(v / 100), (uintmax_t)(v % 100));
}

static void print_line(const struct bench *b)
{
	uint64_t bytes = b->load.requests * b->load.bytes;

	con_printf("%8ju %6u %9ju", (uintmax_t)b->load.bytes, b->load.depth,
		   (uintmax_t)b->requests);
	print_ratio(bytes * 1000000 / b->us, 1 << 20);
	con_printf(" %11ju", (uintmax_t)(b->requests * 1000000 / b->us));
	print_ratio(b->kicks, b->requests);
	print_ratio(b->kicks << 20, bytes);
	if (b->load.reached < b->load.depth)
		con_printf("  only %u in flight", b->load.reached);
	con_putc('\n');
}

/* One line of the table. Return: 0; an error, printed */
static int measure(const struct cmd_call *call, struct bench *b, uint32_t bytes,
		   unsigned int depth)
{
	struct virtio_load *load = &b->load;
	uint64_t span = min_u64(b->nsectors * SECTOR_SIZE, b->mem_size);
	uint64_t most = span / bytes * VIRTIO_LOAD_PASSES;
	int ret;

	load->lba = b->lba;
	load->nsectors = span / bytes * (bytes / SECTOR_SIZE);
	load->bytes = bytes;
	load->depth = depth;
	if (!most || bytes % b->disk->block_size) {
		con_printf("%8u %6u not possible here\n", bytes, depth);
		return 0;
	}
	/* At least one batch, and one behind it. */
	for (load->requests = 2 * depth;; load->requests *= 4) {
		load->requests = min_u64(load->requests, most);
		ret = con_ctrlc() ? -EINTR : run_once(b);
		if (ret) {
			con_printf("%s: %s %x: %s\n", call->name, b->disk->type,
				   b->disk->index, blk_error(b->disk, ret));
			return CMD_FAIL;
		}
		if (b->us >= LONG_ENOUGH_US || load->requests == most)
			break;
	}
	print_line(b);
	b->measured = true;
	return 0;
}

static int table(const struct cmd_call *call, struct bench *b, uint64_t size,
		 uint64_t depth)
{
	int ret = CMD_OK;

	for (size_t i = 0; i < array_size(sizes); i++) {
		uint32_t bytes = size ? (uint32_t)size : sizes[i];

		for (size_t k = 0; k < array_size(depths) && !ret; k++) {
			ret = measure(call, b, bytes,
				      depth ? (unsigned int)depth : depths[k]);
			if (depth)
				break;
		}
		if (size || ret)
			break;
	}
	return ret;
}

static int complain(const struct cmd_call *call, const char *what,
		    const char *why)
{
	con_printf("%s: %s: %s\n", call->name, what, why);
	return CMD_FAIL;
}

/* The largest of 256, 128 … 4 MiB that is free. */
static int find_memory(struct bench *b)
{
	uint64_t mem;

	for (b->mem_size = MEM_MAX; b->mem_size >= MEM_MIN; b->mem_size /= 2)
		if (!ram_find_high(b->mem_size, MEM_ALIGN, 0, UINT64_MAX,
				   &mem)) {
			b->load.buf = (uint8_t *)(uintptr_t)mem;
			return 0;
		}
	return -ENOMEM;
}

static void print_head(const struct bench *b)
{
	struct virtio_info info;

	virtio_get_info(b->vd, &info);
	con_printf("%s: %s, %s ring of %u, %s, memory at 0x%jx\n", info.name,
		   info.transport, info.queue[0].ring, info.queue[0].size,
		   b->load.write ? "write" : "read",
		   (uintmax_t)(uintptr_t)b->load.buf);
	con_printf("%8s %6s %9s %11s %11s %11s %11s\n", "size", "depth",
		   "requests", "MiB/s", "requests/s", "kicks/req", "kicks/MiB");
}

/* What the command line says of the device and of what is to be written. */
static int choose(const struct cmd_call *call, int argc, struct bench *b)
{
	const char *name = argc > 1 ? call->argv[1] : "0";
	int ret;

	b->vd = virtio_find(name);
	b->disk = b->vd ? virtio_disk_of(b->vd) : NULL;
	if (!b->disk)
		return complain(call, name,
				b->vd ? "not a disk" : "no such device");
	ret = blk_open(b->disk);
	if (ret)
		return complain(call, name, blk_error(b->disk, ret));
	if (find_memory(b))
		return complain(call, "memory", "no 4 MiB are free");
	b->nsectors = b->disk->nsectors;
	if (!b->load.write)
		return CMD_OK;
	if (virtio_range(call, argc + 1, b->vd, &b->lba, &b->nsectors))
		return CMD_FAIL;
	b->nsectors = min_u64(b->nsectors, b->mem_size / SECTOR_SIZE);
	ret = blk_read(b->disk, b->lba, b->nsectors, b->load.buf);
	return ret ? complain(call, name, blk_error(b->disk, ret)) : CMD_OK;
}

static int cmd_bench(const struct cmd_call *call)
{
	struct bench b = { .lba = 0 };
	uint64_t size = 0, depth = 0;
	int argc = call->argc; /* up to "r" or "w blk cnt" */

	if (argc > 4 && !strcmp(call->argv[argc - 3], "w")) {
		b.load.write = true;
		argc -= 3;
	} else if (argc > 1 && !strcmp(call->argv[argc - 1], "w")) {
		return complain(call, "w",
				"which blocks may be written? w blk cnt");
	} else if (argc > 1 && !strcmp(call->argv[argc - 1], "r")) {
		argc--;
	}
	if (argc > 4)
		return CMD_USAGE;
	if ((argc > 2 && cmd_number(call, 2, &size)) ||
	    (argc > 3 && cmd_number(call, 3, &depth)) || choose(call, argc, &b))
		return CMD_FAIL;
	if (argc > 2 &&
	    (!size || size > VIRTIO_LOAD_BYTES || size % b.disk->block_size))
		return complain(call, call->argv[2],
				"not whole blocks, or more than 4 MiB");
	if (argc > 3 && (!depth || depth > VIRTIO_LOAD_DEPTH))
		return complain(call, call->argv[3], "not 1 to 40");
	print_head(&b);
	return table(call, &b, size, depth) || !b.measured ? CMD_FAIL : CMD_OK;
}

static void complete(const struct cmd_call *call)
{
	if (call->argc == 3)
		virtio_offer_devices();
}

VIRTIO_SUB(bench, cmd_bench, 0, 6, complete);
