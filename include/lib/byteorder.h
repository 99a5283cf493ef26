/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields of disk, wire and device-tree formats, read by byte so that no
 * alignment is assumed. Structures shared with a device use the one-member
 * types below: mixing byte orders does not compile.
 */
#ifndef VIREO_LIB_BYTEORDER_H
#define VIREO_LIB_BYTEORDER_H

#include <stdint.h>

typedef struct {
	uint16_t raw;
} le16;
typedef struct {
	uint32_t raw;
} le32;
typedef struct {
	uint64_t raw;
} le64;

/* The firmware and every host it is tested on are little-endian. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian only");

static inline uint16_t from_le16(le16 v)
{
	return v.raw;
}
static inline uint32_t from_le32(le32 v)
{
	return v.raw;
}
static inline le16 to_le16(uint16_t v)
{
	return (le16){ v };
}
static inline le32 to_le32(uint32_t v)
{
	return (le32){ v };
}
static inline le64 to_le64(uint64_t v)
{
	return (le64){ v };
}

static inline uint16_t get_le16(const void *p)
{
	const uint8_t *b = p;

	return (uint16_t)(b[0] | b[1] << 8);
}
static inline uint32_t get_le32(const void *p)
{
	const uint8_t *b = p;

	return get_le16(b) | (uint32_t)get_le16(b + 2) << 16;
}
static inline uint16_t get_be16(const void *p)
{
	return __builtin_bswap16(get_le16(p));
}
static inline uint32_t get_be32(const void *p)
{
	return __builtin_bswap32(get_le32(p));
}
static inline void put_le16(void *p, uint16_t v)
{
	uint8_t *b = p;

	b[0] = (uint8_t)v;
	b[1] = (uint8_t)(v >> 8);
}
static inline void put_le32(void *p, uint32_t v)
{
	put_le16(p, (uint16_t)v);
	put_le16((uint8_t *)p + 2, (uint16_t)(v >> 16));
}
static inline void put_be16(void *p, uint16_t v)
{
	put_le16(p, __builtin_bswap16(v));
}
static inline void put_be32(void *p, uint32_t v)
{
	put_le32(p, __builtin_bswap32(v));
}
/* Eight bytes one by one are too much code for every place. */
uint64_t get_le64(const void *p);
uint64_t get_be64(const void *p);
void put_le64(void *p, uint64_t v);
void put_be64(void *p, uint64_t v);

#endif
