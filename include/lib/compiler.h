/* SPDX-License-Identifier: BSD-2-Clause */
/* Words the compiler understands, and the few macros everyone needs. */
#ifndef VIREO_LIB_COMPILER_H
#define VIREO_LIB_COMPILER_H

#define must_check        __attribute__((warn_unused_result))
#define never_returns     __attribute__((noreturn))
#define printf_like(f, a) __attribute__((format(printf, f, a)))

#define array_size(a)     (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) \
	((type *)((char *)(p)-offsetof(type, member)))

/* Unsigned 64-bit helpers; functions, so that arguments are evaluated once. */
#include <stdint.h>

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}
static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* @align must be a power of two. align_up wraps near 2^64: see align_up_ok. */
static inline uint64_t align_up(uint64_t v, uint64_t align)
{
	return (v + align - 1) & ~(align - 1);
}
static inline uint64_t align_down(uint64_t v, uint64_t align)
{
	return v & ~(align - 1);
}
static inline int is_pow2(uint64_t v)
{
	return v && !(v & (v - 1));
}

#endif
