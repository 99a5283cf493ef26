/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Base addresses: how large, where, and through which bridges. Memory comes from
 * the 32-bit window; a 64-bit prefetchable base address that finds no room there
 * comes from the 64-bit one. All that lies behind one bridge of the first bus is
 * placed at once, and each bridge's windows are closed around it:
 *
 *	I/O          4 KiB steps, below 64 KiB
 *	memory       1 MiB steps, from the 32-bit window
 *	prefetchable 1 MiB steps, from the 64-bit window
 */
#include <drivers/pci.h>

#include <errno.h>

#include <lib/checked.h>

#include "pci_priv.h"

#define BAR_IO        0x1u
#define BAR_64        0x4u
#define BAR_PREFETCH  0x8u
#define BAR_IO_FLAGS  0x3u
#define BAR_MEM_FLAGS 0xfu

/* What a bridge's windows are multiples of. Nothing is placed below the first
 * step either: to QEMU a base address of 0 is none. */
static const uint64_t step[PCI_SPACES] = {
	[PCI_IO] = 0x1000,
	[PCI_MEM32] = 0x100000,
	[PCI_MEM64] = 0x100000,
};

static struct {
	struct pci_window window[PCI_SPACES];
	uint64_t next[PCI_SPACES]; /* PCI addresses below are taken */
} place;

void pci_place_init(const struct pci_window window[PCI_SPACES])
{
	for (unsigned int s = 0; s < PCI_SPACES; s++) {
		place.window[s] = window[s];
		place.next[s] = max_u64(window[s].pci, step[s]);
	}
}

/* ---- sizes ---- */

static unsigned int bars_of(const struct pci_dev *dev)
{
	if (dev->header == PCI_HEADER_BRIDGE)
		return 2;
	return dev->header ? 0 : PCI_BARS;
}

static unsigned int bar_reg(unsigned int i)
{
	return PCI_BASE_ADDRESS_0 + 4 * i;
}

/* The bits that can be set in one register, or in two as one number; what they held
 * is written back. */
static uint64_t settable(const struct pci_dev *dev, unsigned int i,
			 unsigned int count)
{
	uint32_t old[2];
	uint64_t bits = 0;

	for (unsigned int k = 0; k < count; k++) {
		old[k] = pci_read(dev, bar_reg(i + k), 4);
		pci_write(dev, bar_reg(i + k), 4, UINT32_MAX);
	}
	for (unsigned int k = 0; k < count; k++)
		bits |= (uint64_t)pci_read(dev, bar_reg(i + k), 4) << 32 * k;
	for (unsigned int k = 0; k < count; k++)
		pci_write(dev, bar_reg(i + k), 4, old[k]);
	return bits;
}

/* Return: registers it takes, 1 or 2. A size that is no power of two is none. */
static unsigned int size_one(struct pci_dev *dev, unsigned int i,
			     unsigned int left)
{
	struct pci_bar *bar = &dev->bar[i];
	uint32_t type = pci_read(dev, bar_reg(i), 4);
	unsigned int count;
	uint64_t bits;

	bar->io = type & BAR_IO;
	bar->is64 = !bar->io && type & BAR_64 && left > 1;
	bar->prefetch = !bar->io && type & BAR_PREFETCH;
	count = bar->is64 ? 2 : 1;
	bits = settable(dev, i, count);
	bits &= ~(uint64_t)(bar->io ? BAR_IO_FLAGS : BAR_MEM_FLAGS);
	if (bar->io && bits <= 0xffff) /* the upper half may be wired to 0 */
		bits |= bits ? 0xffff0000 : 0;
	bar->size = bits & -bits;
	if (bits != -bar->size && bits != (uint32_t)-bar->size)
		bar->size = 0;
	return count;
}

void pci_size(struct pci_dev *dev)
{
	unsigned int count = bars_of(dev);
	uint32_t command;

	if (dev->sized)
		return;
	dev->sized = true;
	command = pci_read(dev, PCI_COMMAND, 2);
	pci_write(dev, PCI_COMMAND, 2,
		  command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY));
	for (unsigned int i = 0; i < count;)
		i += size_one(dev, i, count - i);
	pci_write(dev, PCI_COMMAND, 2, command);
}

/* ---- addresses ---- */

static bool take(enum pci_space s, uint64_t size, uint64_t *at)
{
	const struct pci_window *w = &place.window[s];

	if (!align_up_ok(place.next[s], size, at) || *at < w->pci ||
	    !inside(*at - w->pci, size, w->size))
		return false;
	place.next[s] = *at + size;
	return true;
}

static void place_one(struct pci_dev *dev, unsigned int i)
{
	struct pci_bar *bar = &dev->bar[i];
	enum pci_space s = bar->io ? PCI_IO : PCI_MEM32;

	if (!bar->size)
		return;
	if (!take(s, bar->size, &bar->pci)) {
		s = PCI_MEM64;
		if (!bar->is64 || !bar->prefetch ||
		    !take(s, bar->size, &bar->pci)) {
			bar->pci = 0;
			return;
		}
	}
	bar->cpu = bar->pci - place.window[s].pci + place.window[s].cpu;
	pci_write(dev, bar_reg(i), 4, (uint32_t)bar->pci);
	if (bar->is64)
		pci_write(dev, bar_reg(i + 1), 4, (uint32_t)(bar->pci >> 32));
}

static void place_bars(struct pci_dev *dev)
{
	pci_size(dev);
	for (unsigned int i = 0; i < bars_of(dev); i++)
		place_one(dev, i);
	dev->placed = true;
}

static void align_spaces(uint64_t next[PCI_SPACES])
{
	for (unsigned int s = 0; s < PCI_SPACES; s++)
		next[s] = place.next[s] = align_up(place.next[s], step[s]);
}

/* Base in the lower, limit in the upper half: bits 31 to 20 of an address each. A
 * base above its limit closes the window. */
static uint32_t base_limit(uint64_t start, uint64_t end)
{
	if (start == end)
		return 0x0000fff0;
	return (uint32_t)(start >> 16 & 0xfff0) |
	       (uint32_t)((end - 1) & 0xfff00000);
}

/* The same for I/O: bits 15 to 12, a byte each. */
static uint32_t io_base_limit(uint64_t start, uint64_t end)
{
	if (start == end)
		return 0x00f0;
	return (uint32_t)(start >> 8 & 0xf0) | (uint32_t)((end - 1) & 0xf000);
}

static void open_windows(const struct pci_dev *bridge, const uint64_t *start,
			 const uint64_t *end)
{
	pci_write(bridge, PCI_IO_BASE, 2,
		  io_base_limit(start[PCI_IO], end[PCI_IO]));
	pci_write(bridge, PCI_IO_BASE_UPPER, 4, 0);
	pci_write(bridge, PCI_MEMORY_BASE, 4,
		  base_limit(start[PCI_MEM32], end[PCI_MEM32]));
	pci_write(bridge, PCI_PREF_BASE, 4,
		  base_limit(start[PCI_MEM64], end[PCI_MEM64]));
	pci_write(bridge, PCI_PREF_BASE_UPPER, 4,
		  (uint32_t)(start[PCI_MEM64] >> 32));
	pci_write(bridge, PCI_PREF_LIMIT_UPPER, 4,
		  (uint32_t)((end[PCI_MEM64] - 1) >> 32));
	pci_write(bridge, PCI_COMMAND, 2,
		  PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

/* As deep as the scan went, which is bounded. */
static void place_tree(struct pci_dev *dev)
{
	uint64_t start[PCI_SPACES], end[PCI_SPACES];

	place_bars(dev);
	if (!dev->secondary)
		return;
	align_spaces(start);
	for (struct pci_dev *d = dev->next; d; d = d->next)
		if (d->bridge == dev)
			place_tree(d);
	align_spaces(end);
	open_windows(dev, start, end);
}

int pci_enable(struct pci_dev *dev)
{
	struct pci_dev *top = dev;
	uint32_t command = PCI_COMMAND_MASTER;

	while (top->bridge)
		top = top->bridge;
	if (!top->placed)
		place_tree(top);
	for (unsigned int i = 0; i < PCI_BARS; i++)
		if (dev->bar[i].cpu)
			command |= dev->bar[i].io ? PCI_COMMAND_IO
						  : PCI_COMMAND_MEMORY;
	if (command == PCI_COMMAND_MASTER)
		return -ENOSPC;
	pci_write(dev, PCI_COMMAND, 2, command);
	return 0;
}
