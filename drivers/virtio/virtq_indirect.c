/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Indirect tables (virtio 1.4, 2.7.5.3, 2.8.7): a buffer of many elements described in
 * memory of its own, so that it takes one slot of the ring. Tables are allocated once
 * and kept over resets, like the ring; which are free is private.
 *
 * Nobody needs them: who gets none describes its buffers in the ring itself. So they
 * take a share of what DMA memory is left, and never the last of it, which the
 * rings of other devices need.
 */
#include "virtio_priv.h"

#include <core/dma.h>
#include <core/panic.h>

#define SHARE   8          /* of what may be taken: one in this many */
#define RESERVE (1u << 20) /* is left for rings and buffers */

static void allocate(struct virtq *vq, unsigned int tables,
		     unsigned int entries)
{
	size_t each = entries * sizeof(struct virtq_desc), left = dma_left();

	left = left > RESERVE ? (left - RESERVE) / SHARE : 0;
	while (tables * each > left)
		tables /= 2;
	if (!tables)
		return;
	vq->tables = dma_alloc(tables * each, sizeof(struct virtq_desc));
	vq->table_entries = (uint16_t)entries;
	vq->table_count = (uint8_t)tables;
}

void virtq_indirect(struct virtq *vq, unsigned int tables, unsigned int entries)
{
	assert(tables && tables <= VIRTQ_TABLES_MAX && entries);
	if (!virtio_has(vq->vd, VIRTIO_F_INDIRECT_DESC))
		return;
	if (!vq->tables)
		allocate(vq, tables, entries);
	if (vq->tables)
		vq->tables_free = UINT64_MAX >> (64 - vq->table_count);
}

/* A chain is never longer than the ring, wherever it is (2.7.5.3.1). */
uint8_t virtq_table_for(const struct virtq *vq, unsigned int n)
{
	if (!vq->tables_free || n > vq->table_entries || n > vq->size)
		return 0;
	if (n <= VIRTQ_DIRECT && n <= vq->num_free)
		return 0;
	return (uint8_t)(__builtin_ctzll(vq->tables_free) + 1);
}

struct virtq_desc *virtq_table_take(struct virtq *vq, uint8_t table)
{
	if (!table)
		return NULL;
	vq->tables_free &= ~(UINT64_C(1) << (table - 1));
	return vq->tables + (table - 1u) * vq->table_entries;
}

void virtq_table_give(struct virtq *vq, uint8_t table)
{
	if (table)
		vq->tables_free |= UINT64_C(1) << (table - 1);
}
