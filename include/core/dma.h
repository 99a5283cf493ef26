/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for rings, request headers and status bytes: whatever a device may
 * touch after a call has returned. Allocated at attach and kept as long as the
 * driver lives; there is no free, because a device that timed out may still
 * write to it. Normal cacheable memory, physical address = pointer.
 */
#ifndef VIREO_CORE_DMA_H
#define VIREO_CORE_DMA_H

#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

void dma_init(void *base, size_t size);

/* dma_alloc - zeroed; @align a power of two, at least 64 is used (a cache line
 * is never shared). NULL when there is no room. */
must_check void *dma_alloc(size_t size, size_t align);

/* dma_left - bytes nobody has; for those who can do with less than they would like. */
size_t dma_left(void);

static inline uint64_t dma_addr(const volatile void *p)
{
	return (uint64_t)(uintptr_t)p;
}

#endif
