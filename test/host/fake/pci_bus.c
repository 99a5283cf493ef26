/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake PCI bus: configuration spaces, routing and decoding. See pci_bus.h. */
#include "pci_bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "virtio_dev.h"

#define ECAM      UINT64_C(0x4010000000)
#define COMMAND   0x04
#define HEADER    0x0e
#define BAR(i)    (0x10 + 4 * (i))
#define SECONDARY 0x19
#define LAST      0x1a

const struct pci_host fake_pci_host = {
	.ecam = ECAM,
	.ecam_size = 256 << 20,
	.bus_last = 255,
	.window = {
		[PCI_IO] = { 0x3eff0000, 0, 0x10000 },
		[PCI_MEM32] = { 0x10000000, 0x10000000, 0x2eff0000 },
		[PCI_MEM64] = { UINT64_C(0x8000000000), UINT64_C(0x8000000000),
				1 << 30 },
	},
};

unsigned int fake_pci_reads;
static struct fake_pci *first;

static void violation(const struct fake_pci *p, const char *what, uint64_t at)
{
	struct fake_vdev none = { .slot = p ? p->devfn / 8u : 99 };

	fake_violation(p && p->vdev ? p->vdev : &none, "PCI: %s, %#jx", what,
		       (uintmax_t)at);
}

uint32_t fake_pci_get(const struct fake_pci *p, unsigned int off,
		      unsigned int width)
{
	uint32_t v = 0;

	memcpy(&v, p->config + off, width);
	return v;
}

void fake_pci_put(struct fake_pci *p, unsigned int off, unsigned int width,
		  uint32_t v)
{
	memcpy(p->config + off, &v, width);
}

static void writable(struct fake_pci *p, unsigned int off, unsigned int width,
		     uint32_t bits)
{
	memcpy(p->mask + off, &bits, width);
}

struct fake_pci *fake_pci_add(struct fake_pci *bridge, unsigned int devfn,
			      uint16_t vendor, uint16_t device)
{
	struct fake_pci *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	p->bridge = bridge;
	p->devfn = (uint8_t)devfn;
	fake_pci_put(p, 0, 2, vendor);
	fake_pci_put(p, 2, 2, device);
	writable(p, COMMAND, 2, 0x507);
	writable(p, 0x0c, 2, 0xffff);
	writable(p, 0x3c, 1, 0xff);
	p->next = first;
	first = p;
	return p;
}

/* 16-bit I/O, 32-bit memory and 64-bit prefetchable windows */
struct fake_pci *fake_pci_bridge(struct fake_pci *bridge, unsigned int devfn)
{
	struct fake_pci *p = fake_pci_add(bridge, devfn, 0x1b36, 0x000c);

	p->config[0x0b] = 6;
	p->config[0x0a] = 4;
	p->config[HEADER] = 1;
	fake_pci_put(p, 0x24, 4, 0x00010001);
	writable(p, 0x18, 4, 0xffffffff);
	writable(p, 0x1c, 2, 0xf0f0);
	writable(p, 0x20, 4, 0xfff0fff0);
	writable(p, 0x24, 4, 0xfff0fff0);
	writable(p, 0x28, 4, 0xffffffff);
	writable(p, 0x2c, 4, 0xffffffff);
	return p;
}

void fake_pci_bar(struct fake_pci *p, unsigned int i, uint64_t size,
		  unsigned int flags)
{
	uint64_t bits = ~(size - 1) & ~(uint64_t)(flags & 1 ? 3 : 15);

	fake_pci_put(p, BAR(i), 4, flags);
	writable(p, BAR(i), 4, (uint32_t)bits);
	if ((flags & 5) == 4)
		writable(p, BAR(i + 1), 4, (uint32_t)(bits >> 32));
}

void fake_pci_remove_all(void)
{
	while (first) {
		struct fake_pci *p = first;

		first = p->next;
		free(p);
	}
}

/* ---- configuration ---- */

static unsigned int bus_of(const struct fake_pci *p)
{
	return p->bridge ? p->bridge->config[SECONDARY] : 0;
}

static bool routed(const struct fake_pci *p, unsigned int bus)
{
	for (const struct fake_pci *b = p->bridge; b; b = b->bridge)
		if (!b->config[SECONDARY] || bus < b->config[SECONDARY] ||
		    bus > b->config[LAST])
			return false;
	return bus_of(p) == bus;
}

static struct fake_pci *function_at(unsigned int bus, unsigned int devfn)
{
	struct fake_pci *found = NULL;

	for (struct fake_pci *p = first; p; p = p->next) {
		if (p->devfn != devfn || !routed(p, bus))
			continue;
		if (found)
			violation(p, "two functions have its number", bus);
		found = p;
	}
	return found;
}

static bool is_bar(const struct fake_pci *p, unsigned int off)
{
	unsigned int n = p->config[HEADER] & 0x7f ? 2 : 6;

	return off >= BAR(0) && off < BAR(n);
}

static uint64_t config(uint64_t off, unsigned int width, bool write, uint64_t v)
{
	struct fake_pci *p = function_at((unsigned int)(off >> 20),
					 off >> 12 & 0xff);
	unsigned int reg = off & 0xfff;

	if (width > 4 || off % width || reg >= PCI_CONFIG_BYTES)
		violation(p, "configuration access", off);
	if (!p || reg >= PCI_CONFIG_BYTES)
		return UINT32_MAX >> (32 - 8 * width);
	if (!write)
		return fake_pci_get(p, reg, width);
	p->writes++;
	if (is_bar(p, reg) && p->config[COMMAND] & 3)
		violation(p, "base address written while decoding", reg);
	for (unsigned int i = 0; i < width; i++, reg++, v >>= 8)
		p->config[reg] = (uint8_t)((p->config[reg] & ~p->mask[reg]) |
					   (v & p->mask[reg]));
	return 0;
}

/* ---- decoding ---- */

static bool in(uint64_t at, uint64_t start, uint64_t last)
{
	return at >= start && at <= last;
}

static bool forwards(const struct fake_pci *b, uint64_t at, bool io)
{
	uint64_t base, limit;

	if (!(b->config[COMMAND] & (io ? 1 : 2)))
		return false;
	if (io)
		return in(at, (b->config[0x1c] & 0xf0u) << 8,
			  (b->config[0x1d] & 0xf0u) << 8 | 0xfff);
	base = (uint64_t)(fake_pci_get(b, 0x20, 2) & 0xfff0) << 16;
	limit = (uint64_t)(fake_pci_get(b, 0x22, 2) & 0xfff0) << 16 | 0xfffff;
	if (in(at, base, limit))
		return true;
	base = (uint64_t)(fake_pci_get(b, 0x24, 2) & 0xfff0) << 16 |
	       (uint64_t)fake_pci_get(b, 0x28, 4) << 32;
	limit = (uint64_t)(fake_pci_get(b, 0x26, 2) & 0xfff0) << 16 | 0xfffff |
		(uint64_t)fake_pci_get(b, 0x2c, 4) << 32;
	return in(at, base, limit);
}

/* Does base address @i of @p answer at @at? *off: where in it */
static bool decodes(const struct fake_pci *p, unsigned int i, uint64_t at,
		    bool io, uint64_t *off)
{
	uint32_t low = fake_pci_get(p, BAR(i), 4);
	uint64_t bits, base;
	bool is64;

	if (p->config[HEADER] & 0x7f || (low & 1) != io ||
	    !(p->config[COMMAND] & (io ? 1 : 2)))
		return false;
	is64 = !io && low & 4;
	memcpy(&bits, p->mask + BAR(i), is64 ? 8 : 4);
	if (!is64)
		bits |= UINT64_C(0xffffffff00000000);
	if (!(uint32_t)bits && !is64)
		return false;
	base = low & ~(io ? 3u : 15u);
	if (is64)
		base |= (uint64_t)fake_pci_get(p, BAR(i + 1), 4) << 32;
	*off = at - base;
	if (!base || at < base || *off > ~bits)
		return false;
	for (const struct fake_pci *b = p->bridge; b; b = b->bridge)
		if (!forwards(b, at, io))
			return false;
	return true;
}

/* Would a bridge that is not on the way to @found take this address as well? */
static bool also_forwarded(const struct fake_pci *found, uint64_t at, bool io)
{
	for (const struct fake_pci *b = first; b; b = b->next) {
		const struct fake_pci *up = found;

		if (b->config[HEADER] != 1 || !forwards(b, at, io))
			continue;
		while (up && up != b)
			up = up->bridge;
		if (!up && (!b->bridge || forwards(b->bridge, at, io)))
			return true;
	}
	return false;
}

static uint64_t access_at(uint64_t at, bool io, unsigned int width, bool write,
			  uint64_t v)
{
	struct fake_pci *found = NULL;
	unsigned int bar = 0;
	uint64_t off, where = 0;

	for (struct fake_pci *p = first; p; p = p->next)
		for (unsigned int i = 0; i < PCI_BARS; i++) {
			if (!(p->mask[BAR(i) + 3]) ||
			    !decodes(p, i, at, io, &off))
				continue;
			if (found)
				violation(p, "two functions answer", at);
			found = p;
			bar = i;
			where = off;
		}
	if (!found || !found->vdev) {
		violation(found, "nobody answers", at);
		return UINT32_MAX >> (32 - 8 * width);
	}
	if (also_forwarded(found, at, io))
		violation(found, "a bridge takes it too", at);
	return fake_vpci_access(found, bar, where, width, write, (uint32_t)v);
}

static bool any_access(uint64_t addr, unsigned int width, bool write,
		       uint64_t *v)
{
	for (unsigned int s = 0; s < PCI_SPACES; s++) {
		const struct pci_window *w = &fake_pci_host.window[s];

		if (addr < w->cpu || addr - w->cpu >= w->size)
			continue;
		*v = access_at(addr - w->cpu + w->pci, s == PCI_IO, width,
			       write, *v);
		return true;
	}
	if (addr < ECAM || addr - ECAM >= fake_pci_host.ecam_size)
		return false;
	fake_pci_reads += !write;
	*v = config(addr - ECAM, width, write, *v);
	return true;
}

bool fake_pci_read(uint64_t addr, unsigned int width, uint64_t *v)
{
	return any_access(addr, width, false, v);
}

bool fake_pci_write(uint64_t addr, unsigned int width, uint64_t v)
{
	return any_access(addr, width, true, &v);
}
