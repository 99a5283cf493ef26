/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random bytes: from the virtio entropy devices, which register themselves here as
 * sources, and without one that works, from the seeds of the device tree.
 */
#ifndef VIREO_CORE_RANDOM_H
#define VIREO_CORE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

struct random_source {
	const char *name; /* "virtio-rng#29" */
	/* Fill @buf wholly. Return: 0; -EIO, -ETIMEDOUT, -EINTR */
	int (*read)(struct random_source *src, void *buf, size_t len);
	struct random_source *next; /* set by random_register */
};

void random_register(struct random_source *src);

/* random_source - the n-th registered, NULL past the end. */
struct random_source *random_source(unsigned int n);

/* random_seed - take in @seed, which somebody else may use too; nothing but zeros
 * is none. */
void random_seed(const void *seed, size_t len);

/* random_device_bytes - from the first source that is not out of order (-EIO).
 * Return: 0; -ENODEV no source; what its read returned */
must_check int random_device_bytes(void *buf, size_t len);

/* random_bytes - the same, or else made of the seeds.
 * Return: 0; as random_device_bytes, with -ENODEV and -EIO only without a seed */
must_check int random_bytes(void *buf, size_t len);

#endif
