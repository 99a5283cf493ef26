/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NOR flash: memory that is read like any, is erased in blocks to ones and programmed
 * from ones to zeroes. Drivers register it untouched; the first erase, program or
 * flash_open asks the chips what they are.
 */
#ifndef VIREO_BLOCK_FLASH_H
#define VIREO_BLOCK_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

struct flash;

struct flash_ops {
	/* Ask the chips: sets erase_block and kind. Return: 0; -ENODEV, -EIO with fault
	 * set; -ETIMEDOUT */
	int (*open)(struct flash *f);
	/* These get whole words inside the flash; the chips are left readable.
	 * Return: 0; -EROFS, -EIO, -ETIMEDOUT with fault set; -EINTR */
	int (*read)(struct flash *f, uint64_t offset, size_t len, void *buf);
	int (*erase)(struct flash *f, uint64_t offset); /* a whole block */
	int (*program)(struct flash *f, uint64_t offset, size_t len,
		       const void *buf);
};

struct flash {
	/* set by the driver before flash_register */
	const struct flash_ops *ops;
	uint64_t base; /* of its first byte in memory */
	uint64_t size; /* bytes */
	uint32_t word; /* bytes that are programmed at once */

	/* set by ops->open */
	const char *kind;     /* "CFI, Intel command set, 2 x 16 bit" */
	uint32_t erase_block; /* bytes */
	bool opened;

	const char *fault; /* set by the driver: what went wrong last */

	/* set by block/ */
	unsigned int index;
	struct flash *next;
};

/* flash_register - @f is the driver's and must stay. */
void flash_register(struct flash *f);

/* flash_next - walk them: NULL starts, NULL ends. */
struct flash *flash_next(struct flash *prev);

/* flash_open - what it is is known from then on. Return: as the driver's open */
must_check int flash_open(struct flash *f);

/*
 * flash_read, flash_program - @offset and @len are multiples of the word. What is
 * programmed was erased before, or gets zeroes only.
 * flash_erase - the blocks of [offset, offset + len), which must be whole.
 * Return: 0; -EINVAL no multiple; -ERANGE past the end; as the driver's
 */
must_check int flash_read(struct flash *f, uint64_t offset, size_t len,
			  void *buf);
must_check int flash_program(struct flash *f, uint64_t offset, size_t len,
			     const void *buf);
must_check int flash_erase(struct flash *f, uint64_t offset, uint64_t len);

/* flash_error - @err, which a call about @f gave, in words. */
const char *flash_error(const struct flash *f, int err);

#endif
