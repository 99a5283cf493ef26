/* SPDX-License-Identifier: BSD-2-Clause */
/* The input as a stream: operations take bytes from it, and so do the hooks that run inside
 * them; after its end come zeros. */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define require(cond) \
	do { \
		if (!(cond)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
				#cond); \
			abort(); \
		} \
	} while (0)

static struct {
	const uint8_t *p, *end;
} stream;

static inline void stream_start(const uint8_t *data, size_t size)
{
	stream.p = data;
	stream.end = data + size;
}

static inline bool stream_left(void)
{
	return stream.p < stream.end;
}

static inline uint8_t next(void)
{
	return stream_left() ? *stream.p++ : 0;
}

static inline uint32_t next32(void)
{
	uint32_t v = next();

	v |= (uint32_t)next() << 8;
	v |= (uint32_t)next() << 16;
	return v | (uint32_t)next() << 24;
}

#endif
