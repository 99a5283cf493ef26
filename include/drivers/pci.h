/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI functions behind one ECAM host bridge. A scan at start finds them and gives
 * bridges their bus numbers; nothing is done per function that nobody needs:
 * base addresses are sized and placed when a driver enables a function, and with
 * it all that shares a bridge on bus 0, because a bridge's windows are
 * continuous. Source: PCI Local Bus 3.0, 6; PCI-to-PCI Bridge 1.2; PCI Express
 * Base, 7.2.2 (ECAM).
 */
#ifndef VIREO_DRIVERS_PCI_H
#define VIREO_DRIVERS_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/* Configuration header, types 0 and 1 */
#define PCI_VENDOR_ID           0x00
#define PCI_DEVICE_ID           0x02
#define PCI_COMMAND             0x04
#define PCI_STATUS              0x06
#define PCI_REVISION_ID         0x08
#define PCI_CLASS_PROG          0x09
#define PCI_SUBCLASS            0x0a
#define PCI_CLASS               0x0b
#define PCI_CACHE_LINE_SIZE     0x0c
#define PCI_LATENCY_TIMER       0x0d
#define PCI_HEADER_TYPE         0x0e
#define PCI_BIST                0x0f
#define PCI_BASE_ADDRESS_0      0x10
#define PCI_SUBSYSTEM_VENDOR_ID 0x2c
#define PCI_SUBSYSTEM_ID        0x2e
#define PCI_CAPABILITY_LIST     0x34

#define PCI_COMMAND_IO          0x1
#define PCI_COMMAND_MEMORY      0x2
#define PCI_COMMAND_MASTER      0x4
#define PCI_STATUS_CAP_LIST     0x10
#define PCI_HEADER_BRIDGE       1
#define PCI_HEADER_MULTI        0x80
#define PCI_CONFIG_BYTES        256
#define PCI_BARS                6

/* PCI addresses [pci, pci + size) are seen by the CPU at @cpu. Size 0: none */
struct pci_window {
	uint64_t cpu, pci, size;
};

enum pci_space { PCI_IO, PCI_MEM32, PCI_MEM64, PCI_SPACES };

/* The host bridge, as the device tree describes it; checked by board/. */
struct pci_host {
	uint64_t ecam, ecam_size; /* @ecam_size 0: there is no PCI */
	uint8_t bus_first, bus_last;
	struct pci_window window[PCI_SPACES];
};

struct pci_bar {
	uint64_t size; /* 0: none */
	uint64_t pci;  /* where it was placed; 0: nowhere */
	uint64_t cpu;  /* the same for mmio_*; 0: nowhere */
	bool io, is64, prefetch;
};

/* One function. */
struct pci_dev {
	/* set by the scan */
	struct pci_dev *next, *bridge; /* @bridge NULL: on the first bus */
	uint16_t rid;                  /* bus, device, function: 8, 5, 3 bits */
	uint16_t vendor, device;
	uint8_t header;          /* type, without PCI_HEADER_MULTI */
	uint8_t secondary, last; /* of a bridge: buses behind it; 0: none */

	/* set when it is enabled */
	bool sized, placed;
	struct pci_bar bar[PCI_BARS];
};

/* "00:02.0" */
#define PCI_NAME_BYTES 8
void pci_name(const struct pci_dev *dev, char name[PCI_NAME_BYTES]);

/* pci_scan - find all functions; once, at start. @host: copied.
 * Return: 0; -ENOMEM, -ENOSPC more than 1024 (what was found so far stays) */
must_check int pci_scan(const struct pci_host *host);

/* The first function, by bus, device and function; the others by ->next. */
struct pci_dev *pci_first(void);

struct pci_dev *pci_find(unsigned int bus, unsigned int device,
			 unsigned int function);

/* @width 1, 2 or 4 bytes, naturally aligned, below PCI_CONFIG_BYTES */
uint32_t pci_read(const struct pci_dev *dev, unsigned int off,
		  unsigned int width);
void pci_write(const struct pci_dev *dev, unsigned int off, unsigned int width,
	       uint32_t v);

/* pci_size - fill in dev->bar[].size; decoding is off meanwhile, and what was
 * in the registers is written back. Nothing when it was done already. */
void pci_size(struct pci_dev *dev);

/*
 * pci_enable - place the function's base addresses, open the bridges above it, switch
 * decoding and bus mastering on. One that found no room has cpu 0.
 * Return: 0; -ENOSPC there is no room for any
 */
must_check int pci_enable(struct pci_dev *dev);

/*
 * Capabilities in the order of the list, each once: start with an empty walk,
 *
 *	struct pci_cap_walk w = { 0 };
 *
 *	while (pci_cap_next(dev, &w))
 *		… w.pos, w.id
 *
 * A pointer into the header, a loop, or an all-ones answer ends it.
 */
struct pci_cap_walk {
	uint8_t pos, id;
	unsigned int count;
};
bool pci_cap_next(const struct pci_dev *dev, struct pci_cap_walk *w);

#endif
