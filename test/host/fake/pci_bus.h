/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PCI bus for host tests behind an ECAM, written from PCI 3.0 and the bridge
 * specification and not from the driver: configuration bytes with the bits that can
 * be set, bridges that route by their bus numbers and windows, base addresses that
 * answer only when decoding is on. What a driver may not do is a violation
 * (virtio_dev.h). Accesses come through virtio_bus.c.
 */
#ifndef FAKE_PCI_BUS_H
#define FAKE_PCI_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include <drivers/pci.h>

struct fake_vdev;

struct fake_pci {
	/* by the test, at any time */
	uint8_t config[PCI_CONFIG_BYTES];
	uint8_t mask[PCI_CONFIG_BYTES]; /* bits that can be written */

	/* kept by the model */
	struct fake_pci *next, *bridge;
	uint8_t devfn;
	struct fake_vdev *vdev; /* what its base addresses lead to */
	unsigned int writes;    /* of its configuration */
};

extern const struct pci_host fake_pci_host;
extern unsigned int fake_pci_reads; /* of configurations, present or not */

/* @bridge NULL: on the first bus; it may be there already */
struct fake_pci *fake_pci_add(struct fake_pci *bridge, unsigned int devfn,
			      uint16_t vendor, uint16_t device);
struct fake_pci *fake_pci_bridge(struct fake_pci *bridge, unsigned int devfn);
/* @flags: the low bits as read; bit 2 takes the next register too */
void fake_pci_bar(struct fake_pci *p, unsigned int i, uint64_t size,
		  unsigned int flags);
uint32_t fake_pci_get(const struct fake_pci *p, unsigned int off,
		      unsigned int width);
void fake_pci_put(struct fake_pci *p, unsigned int off, unsigned int width,
		  uint32_t v);
void fake_pci_remove_all(void);

/* ---- between the model's files ---- */

/* Return: was the address PCI's? */
bool fake_pci_read(uint64_t addr, unsigned int width, uint64_t *v);
bool fake_pci_write(uint64_t addr, unsigned int width, uint64_t v);

/* virtio_pci.c: a register of a virtio function */
uint32_t fake_vpci_access(struct fake_pci *p, unsigned int bar, uint64_t off,
			  unsigned int width, bool write, uint32_t v);

/* A virtio function for @d: version 1 legacy only, 2 modern only. */
struct fake_pci *fake_vpci_add(struct fake_pci *bridge, unsigned int devfn,
			       struct fake_vdev *d);
/* Make a modern one transitional: ids, and I/O base address 0. */
void fake_vpci_transitional(struct fake_pci *p);

/* Where its capabilities and structures are. */
#define FAKE_CAP_MSIX   0x40
#define FAKE_CAP_COMMON 0x50
#define FAKE_CAP_NOTIFY 0x60
#define FAKE_CAP_ISR    0x74
#define FAKE_CAP_DEVICE 0x84
#define FAKE_CAP_WINDOW 0x94 /* PCI_CFG, 20 bytes */
#define FAKE_BAR        4
#define FAKE_COMMON     0x0000
#define FAKE_ISR        0x1000
#define FAKE_DEVICE     0x2000
#define FAKE_NOTIFY     0x3000
#define FAKE_MULTIPLIER 4

#endif
