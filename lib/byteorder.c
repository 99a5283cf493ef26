/* SPDX-License-Identifier: BSD-2-Clause */
/* The 64-bit fields of disk and device-tree formats. */
#include <lib/byteorder.h>

uint64_t get_le64(const void *p)
{
	const uint8_t *b = p;

	return get_le32(b) | (uint64_t)get_le32(b + 4) << 32;
}

uint64_t get_be64(const void *p)
{
	return __builtin_bswap64(get_le64(p));
}

void put_le64(void *p, uint64_t v)
{
	uint8_t *b = p;

	put_le32(b, (uint32_t)v);
	put_le32(b + 4, (uint32_t)(v >> 32));
}

void put_be64(void *p, uint64_t v)
{
	put_le64(p, __builtin_bswap64(v));
}
