/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RAM that is taken: QEMU's ramdisk, and what the device tree keeps from
 * everybody, its memory reservation block and "reg" of the children of
 * /reserved-memory. What covers only the tree itself or the ramdisk says nothing
 * new, and would name the wrong thing.
 * Source: Devicetree Specification 0.4, 3.5 and 5.3.
 */
#include "board_priv.h"

#include <libfdt.h>

#include <core/console.h>
#include <lib/byteorder.h>
#include <lib/checked.h>

static bool is_known(const struct machine *m, const struct machine_device *d)
{
	uint64_t tree = (uint64_t)(uintptr_t)m->fdt;
	uint64_t size = align_up(fdt_totalsize(m->fdt), PAGE_SIZE);
	uint64_t start = m->initrd_start, end = m->initrd_end;

	return (d->base >= tree && inside(d->base - tree, d->size, size)) ||
	       (d->base >= align_down(start, PAGE_SIZE) &&
		d->base + d->size <= align_up(end, PAGE_SIZE));
}

static bool is_ram(const struct machine *m, const struct machine_device *d)
{
	for (size_t i = 0; i < m->nbanks; i++)
		if (overlaps(d->base, d->size, m->bank[i].base,
			     m->bank[i].size))
			return true;
	return false;
}

static void check_ramdisk(struct machine *m)
{
	struct machine_device d = { m->initrd_start,
				    m->initrd_end - m->initrd_start };

	if (!m->initrd_start && !m->initrd_end)
		return;
	for (size_t i = 0; i < m->nbanks && m->initrd_end > d.base; i++)
		if (d.base >= m->bank[i].base &&
		    inside(d.base - m->bank[i].base, d.size, m->bank[i].size))
			return;
	machine_ignored("ramdisk", &d, "not RAM");
	m->initrd_start = m->initrd_end = 0;
}

static const char *whats_wrong(const struct machine *m,
			       const struct machine_device *d)
{
	uint64_t end;

	if (!d->size)
		return "empty";
	if (!add_ok(d->base, d->size, &end))
		return "wraps";
	return is_ram(m, d) ? NULL : "not RAM";
}

/* @left: how many more are looked at, good or bad. Return: may there be another? */
static bool add(struct machine *m, uint64_t base, uint64_t size,
		unsigned int *left)
{
	struct machine_device d = { base, size };
	const char *bad = *left ? whats_wrong(m, &d) : "one too many";

	if (bad)
		machine_ignored("reserved memory", &d, bad);
	else if (!is_known(m, &d))
		m->reserved[m->nreserved++] = d;
	return (*left)--;
}

static bool is_off(const void *fdt, int node)
{
	int len;
	const char *p = fdt_getprop(fdt, node, "status", &len);

	return p && !fdt_stringlist_contains(p, len, "okay") &&
	       !fdt_stringlist_contains(p, len, "ok");
}

/* The (address, size) pairs of one child, two cells each. */
static bool add_child(const void *fdt, int node, struct machine *m,
		      unsigned int *left)
{
	bool more = true;
	int len = 0;
	const char *p = fdt_getprop(fdt, node, "reg", &len);

	if (!p || is_off(fdt, node))
		return true;
	for (; more && len >= 16; p += 16, len -= 16)
		more = add(m, get_be64(p), get_be64(p + 8), left);
	return more;
}

void machine_read_reserved(struct machine *m)
{
	const void *fdt = m->fdt;
	int node = m->reserved_node;
	unsigned int left = MAX_RESERVED;
	bool more = true;
	uint64_t base, size;
	int child;

	check_ramdisk(m);
	for (int i = 0; more && i < fdt_num_mem_rsv(fdt); i++)
		more = !fdt_get_mem_rsv(fdt, i, &base, &size) &&
		       add(m, base, size, &left);
	if (!node)
		return;
	if (fdt_address_cells(fdt, node) != 2 ||
	    fdt_size_cells(fdt, node) != 2) {
		con_puts("device tree: reserved-memory: #address-cells and "
			 "#size-cells are not 2\n");
		return;
	}
	fdt_for_each_subnode(child, fdt, node)
	{
		if (!more)
			break;
		more = add_child(fdt, child, m, &left);
	}
}
