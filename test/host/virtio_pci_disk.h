/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of the PCI transports: a disk of either layout. */
#ifndef VIRTIO_PCI_DISK_H
#define VIRTIO_PCI_DISK_H

#include "fake/pci_bus.h"
#include "virtio_test.h"

enum flavour { LEGACY = 1, MODERN = 2, TRANSITIONAL };

/* A disk, changed by the test before the firmware sees it. */
static inline struct fake_vdev *add(unsigned int slot, enum flavour f)
{
	struct fake_vdev *d;

	fake_virtio_on_pci = true;
	d = fake_vdev_add(slot, FAKE_BLK, f == LEGACY ? 1 : 2);
	if (f == TRANSITIONAL)
		fake_vpci_transitional(d->pci);
	return d;
}

static inline const char *transport_of(const struct fake_vdev *d)
{
	struct virtio_info info;

	virtio_get_info(vdev_of(d), &info);
	return info.transport;
}

#endif
