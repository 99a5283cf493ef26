/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the virtio room shows to board/ and cmd/. Drivers are found by
 * registration; nothing above sees a register.
 */
#ifndef VIREO_DRIVERS_VIRTIO_H
#define VIREO_DRIVERS_VIRTIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

#define VIRTIO_MAX_QUEUES 10 /* that a driver here uses of one: a console */

struct virtio_device;

/*
 * virtio_mmio_add - a slot from the device tree, in ascending address order.
 * Empty slots are taken too (they are shown as such by "virtio list").
 * @base: register block; @slot: number to show, (base - first) / size
 * Return: 0; -ENODEV no magic or unknown version; -ENOMEM
 */
must_check int virtio_mmio_add(uint64_t base, unsigned int slot);

/* virtio_pci_add_all - each virtio device that pci_scan() found. Nothing of them is
 * touched but their ids. Return: 0; -ENOMEM */
must_check int virtio_pci_add_all(void);

/* virtio_announce_all - find each new device's driver, which registers what the
 * device will be: a disk, a network device … No device is touched. */
void virtio_announce_all(void);

/* virtio_probe_all - attach every device that is idle, and dead ones once more.
 * Idempotent: what "virtio scan" does. */
void virtio_probe_all(void);

/* The n-th device or slot, in the order of the bus; NULL past the end. */
struct virtio_device *virtio_device(unsigned int n);

/*
 * virtio_ready - before each use: attaches the device the first time and, once, after
 * a fault; one that cannot be attached is dead until "virtio scan".
 * Return: 0; -EIO the device is dead, or has no driver
 */
must_check int virtio_ready(struct virtio_device *vd);

/* virtio_fault - why virtio_ready says no, a static text; NULL: it does not. */
const char *virtio_fault(const struct virtio_device *vd);

/* virtio_type_name - "blk", "net", … for a device id; "empty" for 0, an unused
 * slot; "reserved" for what the standard does not name. */
const char *virtio_type_name(uint32_t device_id);

struct virtio_queue_info {
	bool ready;
	const char *ring; /* "split", "packed" */
	bool packed, event_idx;
	uint16_t tables, table_entries; /* indirect ones; 0: none */
	uint16_t size, size_max;
	uint64_t desc, driver, device; /* addresses of the three areas */
	/* packed: slots, no used_idx, and the wrap counters that go with them */
	uint16_t avail_idx, used_idx, last_used, in_flight;
	bool avail_wrap, used_wrap;
	uint64_t requests, kicks, completions, errors;
};

/* A snapshot for "virtio status"; safe on any slot at any time. */
struct virtio_info {
	const char *transport; /* "mmio", "pci-modern", "pci-legacy" */
	char where[16];        /* "slot31", "00:02.0" */
	unsigned int version;  /* of the registers; 0: PCI has none */
	uint64_t base;
	uint32_t device_id, vendor_id;
	const char *driver; /* NULL: none */
	char name[24]; /* "virtio0", "eth0": what it is called in commands */
	bool idle;     /* nobody has used it: the rest is not known yet */
	const char *state; /* "idle", "live", "reset" after a fault, "dead" */
	uint8_t status;    /* read from the device, unless it is idle */
	uint64_t offered, accepted;
	unsigned int resets; /* after faults */
	const char *fault;   /* the last fault in words, or NULL */
	unsigned int nqueues;
	struct virtio_queue_info queue[VIRTIO_MAX_QUEUES];
};
void virtio_get_info(struct virtio_device *vd, struct virtio_info *info);

/* virtio_feature_name - bit @bit of a device type ("BLK_F_FLUSH",
 * "VERSION_1"); NULL when the standard has none. */
const char *virtio_feature_name(uint32_t device_id, unsigned int bit);

/* virtio_feature_unknown - why bit @bit of this device is never accepted, a static
 * text; NULL: it is, when it is offered and not switched off. */
const char *virtio_feature_unknown(const struct virtio_device *vd,
				   unsigned int bit);

/*
 * virtio_feature_find - the bit that @name means for this device: as the standard
 * spells it, with or without "VIRTIO_", "F_", "BLK_F_", in any case.
 * Return: the bit; -ENOENT no such name
 */
int virtio_feature_find(const struct virtio_device *vd, const char *name);

/* virtio_feature_fixed - why bit @bit cannot be switched, a static text; NULL: it can. */
const char *virtio_feature_fixed(const struct virtio_device *vd,
				 unsigned int bit);

/* virtio_features_off - the bits that are switched off by hand. */
uint64_t virtio_features_off(const struct virtio_device *vd);

/*
 * virtio_features_switch - reset the device and attach it without the bits in @off.
 * When that fails it is attached as it was before.
 * @why: the reason of a failure, a static text
 * Return: 0; -EIO
 */
must_check int virtio_features_switch(struct virtio_device *vd, uint64_t off,
				      const char **why);

/* virtio_describe_config - the device's configuration space decoded, one "name value"
 * line a call of @line. Return: 0; -ENODEV; -EIO */
must_check int virtio_describe_config(struct virtio_device *vd,
				      void (*line)(void *arg, const char *name,
						   const char *value),
				      void *arg);

#endif
