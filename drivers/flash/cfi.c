/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two 16-bit chips side by side, as QEMU's "virt" has them: each access is one of 32
 * bits, and a command goes to both at once in its two halves. (QEMU splits a 64-bit
 * store and takes one half of it.) Words are programmed one by one with 0x40; the
 * buffered 0xE8 does not work in QEMU before 9.1. Between words the chips stay in
 * status mode: going back to array mode costs twelve times as much there.
 *
 * Source: JEDEC JESD68.01 (CFI query), Intel 28F128J3A data sheet, table 4 (commands) and
 * 7 (status register); QEMU hw/block/pflash_cfi01.c.
 */
#include <drivers/cfi.h>

#include <errno.h>
#include <string.h>

#include <arch/io.h>
#include <block/flash.h>
#include <core/deadline.h>
#include <lib/byteorder.h>

#define BOTH(x) ((uint32_t)(x) << 16 | (uint32_t)(x))
#define WORD    4u

/* commands */
#define READ_ARRAY    BOTH(0xff)
#define CFI_QUERY     BOTH(0x98) /* at word 0x55 */
#define CLEAR_STATUS  BOTH(0x50)
#define READ_STATUS   BOTH(0x70)
#define BLOCK_ERASE   BOTH(0x20)
#define ERASE_CONFIRM BOTH(0xd0)
#define WORD_PROGRAM  BOTH(0x40)

/* status register */
#define STATUS_READY     BOTH(0x80)
#define STATUS_ERASE     BOTH(0x20)
#define STATUS_PROGRAM   BOTH(0x10)
#define STATUS_VPP       BOTH(0x08)
#define STATUS_PROTECTED BOTH(0x02)
#define STATUS_ERRORS \
	(STATUS_ERASE | STATUS_PROGRAM | STATUS_VPP | STATUS_PROTECTED)

/* CFI query, in words of one chip */
#define QUERY_ADDRESS     0x55
#define QUERY_SIGNATURE   0x10 /* "QRY" */
#define QUERY_COMMAND_SET 0x13 /* 16 bits */
#define QUERY_DEVICE_SIZE 0x27 /* 2^n bytes */
#define QUERY_REGIONS     0x2c /* of equal erase blocks */
#define QUERY_REGION      0x2d /* 16 bits: blocks - 1; 16 bits: size / 256 */

#define INTEL_EXTENDED    0x0001
#define INTEL_STANDARD    0x0003

#define QUERY_MS          100
#define PROGRAM_MS        1000 /* data sheet: 630 us; QEMU writes its file meanwhile */
#define ERASE_MS          10000 /* data sheet: 5 s */

static struct flash the_flash;

static uint32_t read_word(const struct flash *f, uint64_t offset)
{
	return mmio_read32(f->base + offset);
}

static void write_word(const struct flash *f, uint64_t offset, uint32_t v)
{
	mmio_write32(f->base + offset, v);
}

static int fail(struct flash *f, int err, const char *why)
{
	write_word(f, 0, CLEAR_STATUS);
	write_word(f, 0, READ_ARRAY);
	f->fault = why;
	return err;
}

/* ---- what it is ---- */

/* A byte of the query: both chips must say the same. Return: -1 they do not */
static int query8(const struct flash *f, unsigned int at)
{
	uint32_t v = read_word(f, (uint64_t)at * WORD);

	return v == BOTH(v & 0xff) ? (int)(v & 0xff) : -1;
}

static int query16(const struct flash *f, unsigned int at)
{
	int low = query8(f, at), high = query8(f, at + 1);

	return low < 0 || high < 0 ? -1 : high << 8 | low;
}

static bool answers(const struct flash *f)
{
	return query8(f, QUERY_SIGNATURE) == 'Q' &&
	       query8(f, QUERY_SIGNATURE + 1) == 'R' &&
	       query8(f, QUERY_SIGNATURE + 2) == 'Y';
}

/* Return: NULL; what is wrong with it. */
static const char *read_query(struct flash *f)
{
	int set = query16(f, QUERY_COMMAND_SET);
	int size = query8(f, QUERY_DEVICE_SIZE);
	int blocks = query16(f, QUERY_REGION);
	int block = query16(f, QUERY_REGION + 2);
	uint64_t bytes;

	if (set != INTEL_EXTENDED && set != INTEL_STANDARD)
		return "the chips do not have Intel's commands";
	if (query8(f, QUERY_REGIONS) != 1 || block <= 0 || blocks < 0)
		return "the chips have no equal erase blocks";
	/* two chips, 256 bytes a unit */
	bytes = (uint64_t)block * 512;
	if (bytes & (bytes - 1) || bytes * ((uint64_t)blocks + 1) != f->size ||
	    size < 1 || size > 31 || UINT64_C(2) << size != f->size)
		return "the chips are not of the size the device tree says";
	f->erase_block = (uint32_t)bytes;
	return NULL;
}

static int cfi_open(struct flash *f)
{
	struct wait w = wait_ms(QUERY_MS);
	const char *why;
	int ret = 0;

	write_word(f, 0, READ_ARRAY);
	write_word(f, (uint64_t)QUERY_ADDRESS * WORD, CFI_QUERY);
	while (!ret && !answers(f))
		ret = wait_turn(&w);
	if (ret == -EINTR)
		return fail(f, ret, NULL);
	if (ret)
		return fail(f, -ENODEV, "no answer to the CFI query");
	why = read_query(f);
	if (why)
		return fail(f, -ENODEV, why);
	f->kind = "CFI, Intel command set, 2 x 16 bit";
	write_word(f, 0, READ_ARRAY);
	f->fault = NULL;
	return 0;
}

/* ---- work ---- */

static int told(struct flash *f, uint32_t status)
{
	if (status & STATUS_PROTECTED || status & STATUS_VPP)
		return fail(f, -EROFS, "the block is locked");
	if (status & STATUS_ERASE)
		return fail(f, -EIO,
			    "a block is not erased: is the drive "
			    "read-only?");
	return fail(f, -EIO,
		    "a word is not programmed: is the drive "
		    "read-only?");
}

/* Until both chips are ready; they are left in status mode. */
static int finish(struct flash *f, uint64_t offset, unsigned int ms)
{
	struct wait w = wait_ms(ms);
	uint32_t status = read_word(f, offset);
	int ret = 0;

	while (!ret && (status & STATUS_READY) != STATUS_READY) {
		ret = wait_turn(&w);
		status = read_word(f, offset);
	}
	if (ret == -EINTR)
		return fail(f, ret, NULL);
	if (ret)
		return fail(f, ret, "the chips do not get ready");
	return status & STATUS_ERRORS ? told(f, status) : 0;
}

static int cfi_read(struct flash *f, uint64_t offset, size_t len, void *buf)
{
	uint8_t *to = buf;

	for (size_t i = 0; i < len; i += WORD)
		put_le32(to + i, read_word(f, offset + i));
	return 0;
}

static int cfi_erase(struct flash *f, uint64_t offset)
{
	int ret;

	f->fault = NULL;
	write_word(f, offset, CLEAR_STATUS);
	write_word(f, offset, BLOCK_ERASE);
	write_word(f, offset, ERASE_CONFIRM);
	ret = finish(f, offset, ERASE_MS);
	if (ret)
		return ret;
	write_word(f, offset, READ_ARRAY);
	for (uint32_t i = 0; i < f->erase_block; i += WORD)
		if (read_word(f, offset + i) != UINT32_MAX)
			return fail(f, -EIO, "an erased block is not empty");
	return 0;
}

static int cfi_program(struct flash *f, uint64_t offset, size_t len,
		       const void *buf)
{
	const uint8_t *from = buf;
	int ret = 0;

	f->fault = NULL;
	write_word(f, offset, CLEAR_STATUS);
	for (size_t i = 0; !ret && i < len; i += WORD) {
		uint32_t v = get_le32(from + i);

		if (v == UINT32_MAX)
			continue;
		write_word(f, offset + i, WORD_PROGRAM);
		write_word(f, offset + i, v);
		ret = finish(f, offset + i, PROGRAM_MS);
	}
	if (ret)
		return ret;
	write_word(f, offset, READ_ARRAY);
	for (size_t i = 0; i < len; i += WORD)
		if (read_word(f, offset + i) != get_le32(from + i))
			return fail(f, -EIO,
				    "what was programmed reads back "
				    "otherwise");
	return 0;
}

static const struct flash_ops cfi_ops = {
	.open = cfi_open,
	.read = cfi_read,
	.erase = cfi_erase,
	.program = cfi_program,
};

void cfi_add(uint64_t base, uint64_t size)
{
	if (the_flash.ops)
		return;
	the_flash = (struct flash){
		.ops = &cfi_ops,
		.base = base,
		.size = size,
		.word = WORD,
	};
	flash_register(&the_flash);
}
