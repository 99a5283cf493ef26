/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two 16-bit flash chips side by side behind the fake bus, with Intel's commands. They
 * are stricter than QEMU's: programming only clears bits, so an erase that is missing
 * shows; an access of another width than 32 bits aborts the test. They can lie, hang and
 * lose their power.
 */
#ifndef FAKE_FLASH_H
#define FAKE_FLASH_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_FLASH_BASE  UINT64_C(0x4000000)
#define FAKE_FLASH_BLOCK 0x40000u
#define FAKE_FLASH_SIZE  0x100000u

struct fake_flash {
	uint8_t data[FAKE_FLASH_SIZE];
	uint8_t query[0x60]; /* what the chips answer to the CFI query */
	bool dead;           /* no answer to anything: all reads are 0 */
	bool busy_for_ever;
	unsigned int busy;    /* so many status reads until ready */
	uint16_t errors;      /* status bits of the next erase or program */
	bool deaf;            /* programs and erases, and does nothing */
	unsigned int changes; /* words and blocks changed */
	/* The power goes with this change, 1 is the first: a word gets some of its bits, a
	 * block is half erased, and nothing changes afterwards. */
	unsigned int cut;
	unsigned int to_array; /* how often array mode was gone back to */

	/* the chips' own */
	uint32_t command;
	uint32_t at;
	bool is_off;
	uint16_t status;
	unsigned int left;
};

/* fake_flash - the only one, erased, and on the bus; the driver is not told. */
struct fake_flash *fake_flash(void);

/* fake_flash_on - the power is back: array mode, no cut. */
void fake_flash_on(struct fake_flash *f);

#endif
