/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio over PCI in three files: virtio_pci.c finds devices and decides,
 * virtio_pci_modern.c and virtio_pci_legacy.c are the two register layouts.
 */
#ifndef VIREO_VIRTIO_PCI_PRIV_H
#define VIREO_VIRTIO_PCI_PRIV_H

#include <drivers/pci.h>

#include "virtio_trace_priv.h"

#define VIRTIO_QUEUE_SIZE_LIMIT 32768 /* 2.7 */

/* Blocks of registers, for the trace; a legacy device has the first only. */
enum { VPCI_COMMON, VPCI_NOTIFY, VPCI_ISR, VPCI_CONFIG };

/* Registers inside one base address. @len 0: none */
struct vpci_area {
	uint64_t addr;
	uint32_t len;
};

struct vpci {
	struct virtio_device vd;
	struct pci_dev *pci;
	bool transitional;

	/* modern: set by the capability walk */
	struct vpci_area common, notify, isr, config;
	uint32_t notify_multiplier;
	/* where each queue is notified, from its queue_notify_off */
	uint64_t notify_at[VIRTIO_MAX_QUEUES];
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

/*
 * vpci_read, vpci_write - one little-endian field, @width 1, 2 or 4
 * @base: of the block @area; @off in it
 */
uint32_t vpci_read(const struct virtio_device *vd, unsigned int area,
		   uint64_t base, unsigned int off, unsigned int width);
void vpci_write(const struct virtio_device *vd, uint64_t base, unsigned int off,
		unsigned int width, uint32_t v);

/* vpci_get, vpci_put - a field of the block every device has */
static inline uint32_t vpci_get(const struct virtio_device *vd,
				unsigned int field, unsigned int width)
{
	return vpci_read(vd, VPCI_COMMON, vd->base, field, width);
}

static inline void vpci_put(const struct virtio_device *vd, unsigned int field,
			    unsigned int width, uint32_t v)
{
	vpci_write(vd, vd->base, field, width, v);
}

/* vpci_reg_written - of the one that cannot be read: the notification. */
bool vpci_reg_written(struct virtio_device *vd, const struct virtio_reg *reg,
		      unsigned int sel, uint64_t *value);

#endif
