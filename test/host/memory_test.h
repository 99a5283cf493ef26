/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of commands that take addresses: RAM is a block of the host's, reserved
 * in one place, and a device that records accesses lies at DEVICE. In expected
 * and typed texts @N stands for the address of byte N (hexadecimal) of that RAM.
 */
#ifndef MEMORY_TEST_H
#define MEMORY_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/isolated.h"

#include <arch/io.h>
#include <core/console.h>
#include <core/heap.h>
#include <core/ram.h>
#include <env/env.h>
#include <shell/shell.h>

#define RAM_SIZE      0x100000u
#define RESERVED_AT   0xf0000u
#define RESERVED_SIZE 0x1000u
#define DEVICE        0x9000000u

static uint8_t *ram;
static char out[65536];
static size_t out_len;
static const char *in = "";

static inline void put(void *ctx, const char *buf, size_t len)
{
	(void)ctx;
	for (size_t i = 0; i < len; i++)
		if (buf[i] != '\r' && out_len < sizeof(out) - 1)
			out[out_len++] = buf[i];
	out[out_len] = '\0';
}

static inline int get(void *ctx)
{
	(void)ctx;
	return *in ? (unsigned char)*in++ : -1;
}

static const struct console_ops ops = { .put = put, .get = get };

/* What was done to the device: "r4 100" reads 4 bytes at offset 100. */
static char accesses[1024];
static uint64_t device_value;

static inline void record(const char *what, uint64_t addr, unsigned int width)
{
	size_t n = strlen(accesses);

	snprintf(accesses + n, sizeof(accesses) - n, "%s%u %x;", what, width,
		 (unsigned int)(addr - DEVICE));
}

static inline uint64_t device_read(uint64_t addr, unsigned int width)
{
	record("r", addr, width);
	return device_value;
}

static inline void device_write(uint64_t addr, unsigned int width, uint64_t v)
{
	record("w", addr, width);
	device_value = v;
}

static const struct fake_bus bus = { device_read, device_write, NULL };

static inline int setup(void **state)
{
	static char heap[1 << 18];

	(void)state;
	heap_init(heap, sizeof(heap));
	console_set(&ops, NULL);
	fake_bus_set(&bus);
	ram = aligned_alloc(4096, RAM_SIZE);
	for (uint32_t i = 0; i < RAM_SIZE; i++)
		ram[i] = (uint8_t)(i * 7 ^ i >> 8);
	assert_int_equal(ram_add_bank((uintptr_t)ram, RAM_SIZE), 0);
	assert_int_equal(ram_reserve((uintptr_t)ram + RESERVED_AT,
				     RESERVED_SIZE, "firmware"),
			 0);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	free(ram);
	return 0;
}

/* @text with each @N replaced; %08llx as md prints it (host pointers are long). */
static inline const char *at(const char *text, char *buf, size_t size)
{
	size_t n = 0;

	while (*text && n < size - 20) {
		char *end;

		if (*text != '@') {
			buf[n++] = *text++;
			continue;
		}
		n += (size_t)snprintf(buf + n, size - n, "%08llx",
				      (unsigned long long)(uintptr_t)ram +
					      strtoull(text + 1, &end, 16));
		text = end;
	}
	buf[n] = '\0';
	return buf;
}

static inline void expect(const char *line, int rc, const char *text)
{
	char typed[256], wanted[4096];

	out_len = 0;
	out[0] = '\0';
	accesses[0] = '\0';
	con_ctrlc_clear();
	assert_int_equal(shell_run(at(line, typed, sizeof(typed))), rc);
	assert_string_equal(out, at(text, wanted, sizeof(wanted)));
}

static inline void refused(const char *line, const char *text)
{
	static uint8_t before[RAM_SIZE];

	memcpy(before, ram, RAM_SIZE);
	expect(line, 1, text);
	assert_memory_equal(before, ram, RAM_SIZE);
	assert_string_equal(accesses, "");
}

#endif
