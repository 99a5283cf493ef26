/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of virtio test and virtio bench: disks, memory for them, and commands run. */
#ifndef VIRTIO_SELFTEST_H
#define VIRTIO_SELFTEST_H

#include "virtio_test.h"

#include <core/ram.h>
#include <shell/shell.h>

#define RAM_BYTES  (32u << 20)
#define RAM_ALIGN  0x10000u
#define DISK_BYTES (2048u * SECTOR_SIZE)

static inline const char *run(const char *line, int status)
{
	fake_console_clear();
	assert_int_equal(shell_run(line), status);
	return fake_console_text;
}

static inline void add_ram(void)
{
	void *p = aligned_alloc(RAM_ALIGN, RAM_BYTES);

	assert_non_null(p);
	assert_int_equal(ram_add_bank((uintptr_t)p, RAM_BYTES), 0);
}

static inline void start(struct fake_vdev *d[KINDS], enum fake_type type)
{
	add_ram();
	add_kinds(d, type);
	fake_virtio_announce();
}

/* What is on the disk, for assert_disk_is(). */
static inline uint8_t *disk_copy(const struct fake_vdev *d)
{
	uint8_t *copy = malloc(DISK_BYTES);

	assert_non_null(copy);
	return memcpy(copy, d->disk, DISK_BYTES);
}

/* It is as it was; frees @copy. */
static inline void assert_disk_is(const struct fake_vdev *d, uint8_t *copy)
{
	assert_memory_equal(copy, d->disk, DISK_BYTES);
	free(copy);
}

#endif
