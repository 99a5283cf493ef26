/* SPDX-License-Identifier: BSD-2-Clause */
/* DMA memory: a region handed out from its start and never taken back. */
#include <core/dma.h>

#include <string.h>

#include <core/panic.h>
#include <lib/checked.h>

#define CACHE_LINE 64u

static struct {
	uint64_t next, end;
} dma;

void dma_init(void *base, size_t size)
{
	dma.next = dma_addr(base);
	dma.end = dma.next + size;
}

size_t dma_left(void)
{
	return dma.end - dma.next;
}

void *dma_alloc(size_t size, size_t align)
{
	uint64_t start, end;

	if (align < CACHE_LINE)
		align = CACHE_LINE;
	assert(is_pow2(align));
	if (!size || !align_up_ok(dma.next, align, &start) ||
	    !add_ok(start, size, &end) || !align_up_ok(end, CACHE_LINE, &end) ||
	    end > dma.end)
		return NULL;
	dma.next = end;
	return memset((void *)(uintptr_t)start, 0, size);
}
