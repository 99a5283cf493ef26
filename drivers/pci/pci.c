/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration space through ECAM, and the scan: depth first, so that the buses
 * behind a bridge have consecutive numbers. A slot that is empty costs one read. What
 * a function says of itself is input: the walk ends at the host's last bus and
 * MAX_DEPTH bridges deep whatever bridges claim to be there.
 */
#include <drivers/pci.h>

#include <errno.h>
#include <stdio.h>

#include <arch/io.h>
#include <core/heap.h>

#include "pci_priv.h"

#define MAX_DEPTH    8    /* bridges above a function */
#define MAX_FOUND    1024 /* functions */
#define MAX_CAPS     48   /* 192 bytes of 4 */
#define CAPS_START   0x40
#define DEVICES      32
#define FUNCTIONS    8
#define NO_VENDOR    0xffff

#define RID(b, d, f) ((uint16_t)((b) << 8 | (d) << 3 | (f)))

static struct {
	uint64_t ecam;
	uint8_t bus_first, bus_last;
	uint8_t bus_used; /* the highest number given */
	unsigned int count;
	struct pci_dev *first, **end;
} pci;

static uint64_t config_address(uint16_t rid, unsigned int off)
{
	uint64_t first = (uint64_t)pci.bus_first << 20;

	return pci.ecam + ((uint64_t)rid << 12) - first + off;
}

uint32_t pci_read(const struct pci_dev *dev, unsigned int off,
		  unsigned int width)
{
	uint64_t addr = config_address(dev->rid, off);

	if (width == 1)
		return mmio_read8(addr);
	return width == 2 ? mmio_read16(addr) : mmio_read32(addr);
}

void pci_write(const struct pci_dev *dev, unsigned int off, unsigned int width,
	       uint32_t v)
{
	uint64_t addr = config_address(dev->rid, off);

	if (width == 1)
		mmio_write8(addr, (uint8_t)v);
	else if (width == 2)
		mmio_write16(addr, (uint16_t)v);
	else
		mmio_write32(addr, v);
}

void pci_name(const struct pci_dev *dev, char name[PCI_NAME_BYTES])
{
	snprintf(name, PCI_NAME_BYTES, "%02x:%02x.%x", dev->rid >> 8,
		 dev->rid >> 3 & 31u, dev->rid & 7u);
}

struct pci_dev *pci_first(void)
{
	return pci.first;
}

struct pci_dev *pci_find(unsigned int bus, unsigned int device,
			 unsigned int function)
{
	struct pci_dev *dev = pci.first;

	while (dev &&
	       ((unsigned int)dev->rid >> 8 != bus ||
		(dev->rid >> 3 & 31u) != device || (dev->rid & 7u) != function))
		dev = dev->next;
	return dev;
}

/* ---- the scan ---- */

static int scan_bus(uint8_t bus, struct pci_dev *bridge, unsigned int depth);

static void set_buses(const struct pci_dev *bridge, uint8_t secondary,
		      uint8_t last)
{
	pci_write(bridge, PCI_PRIMARY_BUS, 1, bridge->rid >> 8);
	pci_write(bridge, PCI_SECONDARY_BUS, 1, secondary);
	pci_write(bridge, PCI_SUBORDINATE_BUS, 1, last);
}

/* Until the last bus behind it is known it forwards for all that are left. */
static int scan_bridge(struct pci_dev *bridge, unsigned int depth)
{
	int ret;

	if (depth == MAX_DEPTH || pci.bus_used == pci.bus_last)
		return 0;
	bridge->secondary = ++pci.bus_used;
	set_buses(bridge, bridge->secondary, pci.bus_last);
	ret = scan_bus(bridge->secondary, bridge, depth + 1);
	bridge->last = pci.bus_used;
	set_buses(bridge, bridge->secondary, bridge->last);
	return ret;
}

/* @multi: are there functions besides this one? */
static int add_function(uint16_t rid, uint32_t id, struct pci_dev *bridge,
			unsigned int depth, bool *multi)
{
	struct pci_dev *dev;
	uint32_t type;

	if (pci.count++ == MAX_FOUND)
		return -ENOSPC;
	dev = heap_alloc(sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	dev->rid = rid;
	dev->vendor = (uint16_t)id;
	dev->device = (uint16_t)(id >> 16);
	dev->bridge = bridge;
	*pci.end = dev;
	pci.end = &dev->next;
	type = pci_read(dev, PCI_HEADER_TYPE, 1);
	dev->header = type & ~(unsigned int)PCI_HEADER_MULTI & 0xff;
	*multi = type & PCI_HEADER_MULTI;
	return dev->header == PCI_HEADER_BRIDGE ? scan_bridge(dev, depth) : 0;
}

static int scan_bus(uint8_t bus, struct pci_dev *bridge, unsigned int depth)
{
	for (unsigned int d = 0; d < DEVICES; d++) {
		bool multi = true;

		for (unsigned int f = 0; f < FUNCTIONS && multi; f++) {
			uint16_t rid = RID(bus, d, f);
			uint32_t id = mmio_read32(config_address(rid, 0));
			bool more;
			int ret;

			if ((id & 0xffff) == NO_VENDOR) {
				multi = f; /* function 0 speaks for all */
				continue;
			}
			ret = add_function(rid, id, bridge, depth, &more);
			if (ret)
				return ret;
			multi = f || more;
		}
	}
	return 0;
}

int pci_scan(const struct pci_host *host)
{
	pci.ecam = host->ecam;
	pci.bus_first = pci.bus_used = host->bus_first;
	pci.bus_last = host->bus_last;
	pci.first = NULL;
	pci.end = &pci.first;
	pci.count = 0;
	pci_place_init(host->window);
	return scan_bus(host->bus_first, NULL, 0);
}

bool pci_cap_next(const struct pci_dev *dev, struct pci_cap_walk *w)
{
	unsigned int at = w->count ? w->pos + 1u : PCI_CAPABILITY_LIST;

	if (!w->count && !(pci_read(dev, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST))
		return false;
	w->pos = pci_read(dev, at, 1) & 0xfc;
	if (w->pos < CAPS_START || w->count++ == MAX_CAPS)
		return false;
	w->id = (uint8_t)pci_read(dev, w->pos, 1);
	return w->id != 0xff;
}
