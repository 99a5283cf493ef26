/* SPDX-License-Identifier: BSD-2-Clause */
/* The PCI room in two files: pci.c finds functions, pci_place.c gives them addresses. */
#ifndef VIREO_PCI_PRIV_H
#define VIREO_PCI_PRIV_H

#include <drivers/pci.h>

/* Of a bridge, header type 1 */
#define PCI_PRIMARY_BUS      0x18
#define PCI_SECONDARY_BUS    0x19
#define PCI_SUBORDINATE_BUS  0x1a
#define PCI_IO_BASE          0x1c /* and limit */
#define PCI_MEMORY_BASE      0x20
#define PCI_PREF_BASE        0x24
#define PCI_PREF_BASE_UPPER  0x28
#define PCI_PREF_LIMIT_UPPER 0x2c
#define PCI_IO_BASE_UPPER    0x30

/* pci_place_init - the windows addresses are taken from. */
void pci_place_init(const struct pci_window window[PCI_SPACES]);

#endif
