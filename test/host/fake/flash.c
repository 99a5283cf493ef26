/* SPDX-License-Identifier: BSD-2-Clause */
#include "flash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arch/io.h>
#include <lib/byteorder.h>

#define BOTH(x) ((uint32_t)(x) << 16 | (uint32_t)(x))

static struct fake_flash the;

static void wrong(const char *what, uint64_t addr)
{
	fprintf(stderr, "flash: %s at 0x%jx\n", what, (uintmax_t)addr);
	abort();
}

static uint32_t offset_of(uint64_t addr, unsigned int width)
{
	if (width != 4 || addr % 4)
		wrong("an access that is not of 32 bits", addr);
	if (addr < FAKE_FLASH_BASE || addr - FAKE_FLASH_BASE >= FAKE_FLASH_SIZE)
		wrong("an access outside", addr);
	return (uint32_t)(addr - FAKE_FLASH_BASE);
}

static uint64_t flash_read(uint64_t addr, unsigned int width)
{
	uint32_t at = offset_of(addr, width), i = at / 4;

	if (the.dead)
		return 0;
	if (the.command == 0xff)
		return get_le32(the.data + at);
	if (the.command == 0x98)
		return i < sizeof(the.query) ? BOTH(the.query[i]) : 0;
	if (the.busy_for_ever)
		return 0;
	if (the.left) {
		/* One chip is ready before the other. */
		the.left--;
		return 0x80;
	}
	return BOTH(0x80 | the.status);
}

static bool power_fails(void)
{
	the.changes++;
	the.is_off = the.is_off || the.changes == the.cut;
	return the.is_off;
}

static void program(uint32_t at, uint32_t v)
{
	bool was_off = the.is_off;

	if (the.errors || the.deaf)
		return;
	if (power_fails())
		v |= was_off ? UINT32_MAX : 0x00ffff00;
	put_le32(the.data + at, get_le32(the.data + at) & v);
}

static void erase(uint32_t at)
{
	uint32_t len = FAKE_FLASH_BLOCK;
	bool was_off = the.is_off;

	if (the.errors || the.deaf)
		return;
	at -= at % len;
	if (power_fails())
		len = was_off ? 0 : len / 2;
	memset(the.data + at, 0xff, len);
}

static void done(void)
{
	the.status = the.errors;
	the.left = the.busy;
	the.command = 0x70;
}

static void start(uint32_t at, uint32_t v)
{
	if (v != BOTH(v & 0xff))
		wrong("a command to one chip only", FAKE_FLASH_BASE + at);
	the.to_array += v == BOTH(0xff) && the.command != 0xff;
	switch (v & 0xff) {
	case 0xff:
	case 0x70:
	case 0x40:
	case 0x20:
		the.command = v & 0xff;
		break;
	case 0x50:
		the.status = 0;
		break;
	case 0x98:
		if (at == 0x55 * 4)
			the.command = 0x98;
		break;
	default:
		wrong("an unknown command", FAKE_FLASH_BASE + at);
	}
	the.at = at;
}

static void flash_write(uint64_t addr, unsigned int width, uint64_t v)
{
	uint32_t at = offset_of(addr, width);

	if (the.command == 0x40) {
		if (at != the.at)
			wrong("the word of another address", addr);
		program(at, (uint32_t)v);
		done();
	} else if (the.command == 0x20) {
		if (v != BOTH(0xd0) || at != the.at)
			wrong("an erase that is not confirmed", addr);
		erase(at);
		done();
	} else {
		start(at, (uint32_t)v);
	}
}

static const struct fake_bus bus = { .read = flash_read, .write = flash_write };

void fake_flash_on(struct fake_flash *f)
{
	f->command = 0xff;
	f->is_off = false;
	f->cut = f->changes = 0;
	f->status = 0;
}

struct fake_flash *fake_flash(void)
{
	uint8_t *q = the.query;

	memset(&the, 0, sizeof(the));
	memset(the.data, 0xff, sizeof(the.data));
	memcpy(q + 0x10, "QRY", 3);
	q[0x13] = 0x01;
	q[0x27] = 19;
	q[0x2c] = 1;
	q[0x2d] = FAKE_FLASH_SIZE / FAKE_FLASH_BLOCK - 1;
	q[0x30] = FAKE_FLASH_BLOCK / 2 / 256 >> 8;
	fake_flash_on(&the);
	fake_bus_set(&bus);
	return &the;
}
