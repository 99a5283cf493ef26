/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio over PCI in three files: virtio_pci.c finds devices and decides,
 * virtio_pci_modern.c and virtio_pci_legacy.c are the two register layouts.
 */
#ifndef VIREO_VIRTIO_PCI_PRIV_H
#define VIREO_VIRTIO_PCI_PRIV_H

#include <drivers/pci.h>

#include "virtio_priv.h"

#define VIRTIO_QUEUE_SIZE_LIMIT 32768 /* 2.7 */

/* The structures of registers, 4.1.4 */
enum { VPCI_COMMON, VPCI_NOTIFY, VPCI_ISR, VPCI_CONFIG, VPCI_AREAS };

/* Registers inside one base address. @len 0: none */
struct vpci_area {
	uint64_t addr;
	uint32_t len;
};

struct vpci {
	struct virtio_device vd;
	struct pci_dev *pci;
	bool transitional;

	/* modern: set by the capability walk; legacy: all are in the first */
	struct vpci_area area[VPCI_AREAS];
	uint32_t notify_multiplier;
	/* where each queue is notified, in that area: its queue_notify_off */
	uint32_t notify_at[VIRTIO_MAX_QUEUES];
};

static inline struct vpci *to_vpci(struct virtio_device *vd)
{
	return container_of(vd, struct vpci, vd);
}

/*
 * vpci_modern, vpci_legacy - find the registers of an enabled function.
 * Return: 0: vd->ops, base, legacy and fixed_size are set; -ENODEV it has not this
 *         layout
 */
must_check int vpci_modern(struct vpci *v);
must_check int vpci_legacy(struct vpci *v);

/* vpci_read, vpci_write - one little-endian field, @width 1, 2 or 4 */
uint32_t vpci_read(struct virtio_device *vd, unsigned int area,
		   unsigned int off, unsigned int width);
void vpci_write(struct virtio_device *vd, unsigned int area, unsigned int off,
		unsigned int width, uint32_t value);

/* For the tables of registers. */
#define VPCI_REG(name_, area_, off_, width_, flags_) \
	{ \
		.name = name_, .offset = off_, .area = VPCI_##area_, \
		.width = width_, .flags = VIRTIO_REG_##flags_ \
	}

#endif
