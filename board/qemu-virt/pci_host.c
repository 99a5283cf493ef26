/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PCI host bridge from its node of the device tree: the registers of
 * configuration space (ECAM), the buses they are for, and the windows through which
 * the CPU sees PCI's addresses. What has no place here is named and left out.
 * Source: PCI Bus Binding to IEEE 1275, 2.1; Devicetree Specification 0.4, 2.3.8.
 */
#include "board_priv.h"

#include <libfdt.h>

#include <lib/byteorder.h>
#include <lib/checked.h>

/* An entry of "ranges": 3 cells in PCI's space, the first with its kind in bits 25
 * and 24; 2 the CPU's, 2 of size. */
#define RANGE_BYTES      28
#define RANGE_KIND(cell) ((cell) >> 24 & 3)

/* I/O addresses have 16 bits here, the first kind of memory 32. */
static bool window_ok(enum pci_space s, const struct pci_window *w)
{
	static const uint64_t limit[PCI_SPACES] = {
		[PCI_IO] = 0x10000,
		[PCI_MEM32] = UINT64_C(1) << 32,
		[PCI_MEM64] = ADDRESS_END,
	};

	return w->size && inside(w->pci, w->size, limit[s]) &&
	       inside(w->cpu, w->size, ADDRESS_END) &&
	       !overlaps(w->cpu, w->size, 0, VIRT_DEVICE_BASE) &&
	       !((w->cpu | w->pci | w->size) & (PAGE_SIZE - 1));
}

static void read_ranges(const char *p, int len, struct pci_host *h)
{
	for (; len >= RANGE_BYTES; p += RANGE_BYTES, len -= RANGE_BYTES) {
		unsigned int kind = RANGE_KIND(get_be32(p));
		struct pci_window w = { .pci = get_be64(p + 4),
					.cpu = get_be64(p + 12),
					.size = get_be64(p + 20) };
		enum pci_space s = kind ? kind - 1 : PCI_SPACES;

		if (s == PCI_SPACES || h->window[s].size)
			continue;   /* configuration space, or a second one */
		if (s == PCI_MEM64) /* more is never mapped */
			w.size = min_u64(w.size, PCI_MEM64_MAX);
		if (window_ok(s, &w))
			h->window[s] = w;
		else
			machine_ignored(
				"PCI window",
				&(struct machine_device){ w.cpu, w.size },
				"no place for it");
	}
}

/* Buses: those of bus-range (default: all) that the registers have room for. */
void machine_pci_read(const void *fdt, int node, const struct machine_device *d,
		      struct pci_host *h)
{
	uint64_t first = 0, last = 255, buses;
	const char *p;
	int len;

	p = fdt_getprop(fdt, node, "bus-range", &len);
	if (p && len == 8) {
		first = get_be32(p);
		last = min_u64(get_be32(p + 4), 255);
	}
	buses = d->size >> 20;
	if (first > last || !buses || d->base & (PAGE_SIZE - 1)) {
		machine_ignored("PCI", d, "no room for a bus");
		return;
	}
	last = min_u64(last, first + buses - 1);
	h->ecam = d->base;
	h->ecam_size = (last - first + 1) << 20;
	h->bus_first = (uint8_t)first;
	h->bus_last = (uint8_t)last;
	p = fdt_getprop(fdt, node, "ranges", &len);
	if (p)
		read_ranges(p, len, h);
}

/* RAM is nobody's registers. */
static bool in_ram(const struct machine *m, uint64_t base, uint64_t size)
{
	for (size_t i = 0; i < m->nbanks; i++)
		if (overlaps(base, size, m->bank[i].base, m->bank[i].size))
			return true;
	return false;
}

void machine_pci_check(struct machine *m)
{
	struct pci_host *h = &m->pci;

	if (in_ram(m, h->ecam, h->ecam_size)) {
		machine_ignored(
			"PCI",
			&(struct machine_device){ h->ecam, h->ecam_size },
			"overlaps RAM");
		*h = (struct pci_host){ 0 };
	}
	for (unsigned int s = 0; s < PCI_SPACES; s++) {
		struct pci_window *w = &h->window[s];

		if (!in_ram(m, w->cpu, w->size))
			continue;
		machine_ignored("PCI window",
				&(struct machine_device){ w->cpu, w->size },
				"overlaps RAM");
		w->size = 0;
	}
}
