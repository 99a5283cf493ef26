/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arithmetic on numbers that came from a device, a disk, the wire or the
 * keyboard. Each *_ok returns false on overflow and then leaves *r undefined.
 */
#ifndef VIREO_LIB_CHECKED_H
#define VIREO_LIB_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

static inline bool add_ok(uint64_t a, uint64_t b, uint64_t *r)
{
	return !__builtin_add_overflow(a, b, r);
}
static inline bool sub_ok(uint64_t a, uint64_t b, uint64_t *r)
{
	return !__builtin_sub_overflow(a, b, r);
}
static inline bool mul_ok(uint64_t a, uint64_t b, uint64_t *r)
{
	return !__builtin_mul_overflow(a, b, r);
}
/* @align: power of two */
static inline bool align_up_ok(uint64_t v, uint64_t align, uint64_t *r)
{
	if (!add_ok(v, align - 1, r))
		return false;
	*r &= ~(align - 1);
	return true;
}
/* Is [start, start + count) inside [0, limit)? True for count 0 at start <= limit. */
static inline bool inside(uint64_t start, uint64_t count, uint64_t limit)
{
	return count <= limit && start <= limit - count;
}
/* Do [a, a + alen) and [b, b + blen) share a byte? Neither may wrap. */
static inline bool overlaps(uint64_t a, uint64_t alen, uint64_t b,
			    uint64_t blen)
{
	return alen && blen && a < b + blen && b < a + alen;
}

#endif
