/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests of virtio_step_fault_test.c over PCI: version 1 legacy, version 2 modern. */
#include "virtio_step_fault_test.c"

static void __attribute__((constructor)) on_pci(void)
{
	fake_virtio_on_pci = true;
}
