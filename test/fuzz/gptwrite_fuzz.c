/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gpt and mbr with a description and a disk that are both the input. What is refused
 * leaves the disk as it was; what succeeds is there when it is read again, as it was
 * described, in two copies that agree. The fake disk aborts on writes outside it.
 */
#include <stdlib.h>
#include <string.h>

#include <core/console.h>
#include <core/heap.h>
#include <core/random.h>
#include <env/env.h>
#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/hash.h>
#include <shell/shell.h>

#include "ram_disk.h"
#include "stream.h"

#define DISK_SIZE (256u * 1024)
#define DESC_MAX  512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fake_disk *disk;
static uint8_t before[DISK_SIZE];

static void put(void *ctx, const char *buf, size_t len)
{
	(void)ctx;
	(void)buf;
	(void)len;
}

static int get(void *ctx)
{
	(void)ctx;
	return -1;
}

static int give_random(struct random_source *src, void *buf, size_t len)
{
	static uint32_t n;

	(void)src;
	n++;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = (uint8_t)(n >> 8 * (i & 3));
	return 0;
}

static void start(void)
{
	static const struct console_ops ops = { .put = put, .get = get };
	static struct random_source source = { .read = give_random };
	static uint8_t heap[4u << 20];

	heap_init(heap, sizeof(heap));
	console_set(&ops, NULL);
	random_register(&source);
	disk = fake_disk_new(DISK_SIZE, 512);
}

/* Make the CRCs of the header at block @n right, if they can be. */
static void seal(uint64_t n)
{
	uint32_t block = disk->dev.block_size, size;
	uint8_t *h = disk->data + n * block;
	uint64_t at, bytes;

	memcpy(h, "EFI PART", 8);
	put_le64(h + 24, n);
	size = get_le32(h + 12);
	if (size < 92 || size > block)
		return;
	bytes = (uint64_t)get_le32(h + 80) * get_le32(h + 84);
	if (mul_ok(get_le64(h + 72), block, &at) &&
	    inside(at, bytes, DISK_SIZE) && bytes <= 65536)
		put_le32(h + 88, crc32(0, disk->data + at, bytes));
	put_le32(h + 16, 0);
	put_le32(h + 16, crc32(0, h, size));
}

static bool ok(const char *line)
{
	con_ctrlc_clear();
	return !shell_run(line);
}

static void describe(void)
{
	char text[DESC_MAX];
	size_t n = 0;

	while (n < sizeof(text) - 1 && (text[n] = (char)next()))
		n++;
	text[n] = '\0';
	env_clear();
	require(!env_set("d", text));
}

/* The input is a GPT more often than not. */
static void fill_disk(uint8_t how)
{
	uint32_t block = disk->dev.block_size;
	size_t n = (size_t)(stream.end - stream.p), half = n / 2;

	memset(disk->data, 0, DISK_SIZE);
	if (half > DISK_SIZE / 2)
		half = DISK_SIZE / 2;
	memcpy(disk->data, stream.p, half);
	memcpy(disk->data + DISK_SIZE - half, stream.p + half, half);
	if (how & 1) {
		disk->data[510] = 0x55;
		disk->data[511] = 0xaa;
		disk->data[450] = 0xee;
	}
	if (how & 2)
		seal(1);
	if (how & 4)
		seal(DISK_SIZE / block - 1);
}

static const struct {
	const char *line, *then; /* which must succeed when the first did */
} tries[] = {
	{ "gpt write virtio 0 \"$d\"", "gpt verify virtio 0 \"$d\"" },
	{ "gpt write virtio 0 \"$d\"", "gpt verify virtio 0" },
	{ "mbr write virtio 0 \"$d\"", "mbr verify virtio 0 \"$d\"" },
	{ "gpt repair virtio 0", "gpt verify virtio 0" },
	{ "gpt rename virtio 0 1 \"$d\"", "gpt setenv virtio 0 \"$d\"" },
	{ "gpt transpose virtio 0 1 2", "gpt verify virtio 0" },
	{ "gpt set-bootable virtio 0 \"$d\"", "gpt verify virtio 0" },
	{ "gpt swap virtio 0 a \"$d\"", "gpt verify virtio 0" },
	{ "gpt read virtio 0 v; gpt write virtio 0 \"$v\"",
	  "gpt verify virtio 0 \"$v\"" },
	{ "gpt read virtio 0; gpt enumerate virtio 0; gpt guid virtio 0 g;"
	  "gpt verify virtio 0 \"$d\"; mbr verify virtio 0 \"$d\"; false",
	  "false" },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t blocks[] = { 512, 1024, 2048, 4096 };
	static size_t used;
	uint8_t how, what;

	if (!disk)
		start();
	stream_start(data, size);
	how = next();
	what = next() % array_size(tries);
	disk->dev.block_size = blocks[how & 3];
	disk->dev.generation++;
	describe();
	fill_disk(how >> 2);
	memcpy(before, disk->data, DISK_SIZE);
	if (ok(tries[what].line))
		require(ok(tries[what].then));
	else
		require(!memcmp(before, disk->data, DISK_SIZE));
	env_clear();
	disk->dev.generation++;
	if (!used)
		used = heap_used();
	require(heap_used() < used + (1u << 18));
	return 0;
}
