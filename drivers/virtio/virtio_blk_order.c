/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order in which pieces are read. A fragmented file is a list of clusters
 * that jump about, but mostly within a stretch it fills: taken by ascending
 * sector they adjoin on the disk and become few scatter-gather requests, where
 * each alone would cost the device ten times as much as its data.
 *
 * Heapsort: no recursion, n log n whatever a hostile disk makes of it.
 */
#include "virtio_blk_priv.h"

#include <core/heap.h>
#include <lib/checked.h>

static bool is_ascending(const struct blk_piece *pieces, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (pieces[i].lba < pieces[i - 1].lba)
			return false;
	return true;
}

/* Let the index at @root sink until its children are smaller. */
static void sink(const struct blk_piece *pieces, uint32_t *order, size_t root,
		 size_t count)
{
	uint32_t moving = order[root];
	size_t child;

	while ((child = 2 * root + 1) < count) {
		if (child + 1 < count &&
		    pieces[order[child]].lba < pieces[order[child + 1]].lba)
			child++;
		if (pieces[order[child]].lba <= pieces[moving].lba)
			break;
		order[root] = order[child];
		root = child;
	}
	order[root] = moving;
}

uint32_t *vblk_order(const struct blk_piece *pieces, size_t count)
{
	uint32_t *order, top;
	uint64_t bytes;

	if (is_ascending(pieces, count) || count > UINT32_MAX)
		return NULL;
	if (!mul_ok(count, sizeof(*order), &bytes))
		return NULL;
	order = heap_alloc(bytes);
	if (!order)
		return NULL;
	for (size_t i = 0; i < count; i++)
		order[i] = (uint32_t)i;
	for (size_t i = count / 2; i--;)
		sink(pieces, order, i, count);
	for (size_t n = count; n-- > 1;) {
		top = order[0];
		order[0] = order[n];
		order[n] = top;
		sink(pieces, order, 0, n);
	}
	return order;
}
