/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking for disks on SCSI controllers: each target is asked for its logical units
 * (REPORT LUNS), each unit what it is (INQUIRY). Disks and CD-ROMs become block devices
 * and stay; one that is gone answers so when it is used. The number of units and the
 * time are bounded, whatever a controller says.
 */
#include "scsi_priv.h"

#include <errno.h>
#include <string.h>

#include <core/deadline.h>
#include <core/heap.h>
#include <lib/byteorder.h>

#define INQUIRY     0x12
#define REPORT_LUNS 0xa0

#define SCAN_MS     10000 /* for one controller */
#define UNITS_MAX   64    /* on one controller */
#define LUNS_MAX    256   /* looked at on one target */
#define TARGET_MAX  255   /* one byte of a virtio LUN field */
#define LUN_MAX     16383 /* SAM-5, 4.7.7.4: 14 bits */

_Static_assert(8 + 8 * LUNS_MAX <= SCSI_DATA_MAX, "the list fits an answer");

static struct {
	struct scsi_host *first;
} hosts;

void scsi_host_reset(struct scsi_host *h)
{
	for (struct scsi_unit *u = h->units; u; u = u->next)
		u->dev.generation++;
}

/* Does this failure end the scan? A unit's own trouble does not. */
static bool ends_scan(int err)
{
	return err == -EINTR || err == -ETIMEDOUT || err == -ENOMEM ||
	       err == -EOWNERDEAD;
}

static struct scsi_unit *find(struct scsi_host *h, unsigned int target,
			      unsigned int lun)
{
	struct scsi_unit *u = h->units;

	while (u && (u->target != target || u->lun != lun))
		u = u->next;
	return u;
}

/* Return: 0 and *type; -ENODEV no disk, or nothing at all */
static int inquire(struct scsi_unit *u, uint8_t data[SCSI_INQUIRY_LEN])
{
	struct scsi_cmd c = { .cdb = { INQUIRY, [4] = SCSI_INQUIRY_LEN },
			      .in = data,
			      .in_len = SCSI_INQUIRY_LEN };
	int ret = scsi_command(u, &c);

	if (ret)
		return ret;
	/* The qualifier (bits 5 to 7) is 0 for a unit that is connected. */
	u->device_type = data[0];
	if (c.got < SCSI_INQUIRY_LEN || (u->device_type != SCSI_TYPE_DISK &&
					 u->device_type != SCSI_TYPE_CD))
		return -ENODEV;
	return 0;
}

static int add_unit(const struct scsi_unit *found, const uint8_t *inquiry)
{
	struct scsi_host *h = found->host;
	struct scsi_unit *u = heap_alloc(sizeof(*u)), **at = &h->units;
	int ret;

	if (!u)
		return -ENOMEM;
	*u = *found;
	/* Without a medium it is a disk all the same. */
	ret = scsi_disk_refresh(u);
	scsi_disk_init(u, inquiry);
	while (*at)
		at = &(*at)->next;
	*at = u;
	h->nunits++;
	blk_register(&u->dev);
	return ends_scan(ret) ? ret : 0;
}

static int scan_unit(struct scsi_host *h, unsigned int target, unsigned int lun)
{
	struct scsi_unit found = { .host = h,
				   .target = (uint16_t)target,
				   .lun = (uint16_t)lun };
	struct scsi_unit *u = find(h, target, lun);
	uint8_t data[SCSI_INQUIRY_LEN] = { 0 };
	int ret;

	if (u) {
		ret = scsi_disk_refresh(u);
		return ends_scan(ret) ? ret : 0;
	}
	if (h->nunits == UNITS_MAX)
		return 0;
	ret = inquire(&found, data);
	if (!ret)
		return add_unit(&found, data);
	return ends_scan(ret) ? ret : 0;
}

/* An entry of the list: peripheral device or flat space addressing, SAM-5 4.7.7.
 * Return: 0 and *lun; -ENOSYS another kind of address */
static int entry_lun(const uint8_t *e, unsigned int *lun)
{
	if (e[0] == 0)
		*lun = e[1];
	else if (e[0] >> 6 == 1)
		*lun = (e[0] & 0x3fu) << 8 | e[1];
	else
		return -ENOSYS;
	return 0;
}

/* @ms: the time there is. */
static int scan_list(struct scsi_host *h, unsigned int target,
		     const uint8_t *list, uint32_t bytes, struct wait *w)
{
	unsigned int lun;
	int ret = 0;

	for (uint32_t i = 0; i + 8 <= bytes && !ret; i += 8) {
		if (entry_lun(list + i, &lun) ||
		    lun > min_u64(h->max_lun, LUN_MAX))
			continue;
		ret = scan_unit(h, target, lun);
		if (!ret)
			ret = wait_turn(w);
	}
	return ret;
}

static int scan_target(struct scsi_host *h, unsigned int target, uint8_t *list,
		       struct wait *w)
{
	struct scsi_unit lun0 = { .host = h, .target = (uint16_t)target };
	struct scsi_cmd c = { .cdb = { REPORT_LUNS },
			      .in = list,
			      .in_len = 8 + 8 * LUNS_MAX };
	int ret;

	put_be32(c.cdb + 6, c.in_len);
	ret = scsi_command(&lun0, &c);
	if (ret == -ENOSYS) /* older than SPC-3: one unit */
		return scan_unit(h, target, 0);
	if (ret)
		return ends_scan(ret) ? ret : 0;
	if (c.got < 8)
		return 0;
	return scan_list(h, target, list + 8,
			 (uint32_t)min_u64(get_be32(list), c.got - 8), w);
}

static int scan_host(struct scsi_host *h)
{
	uint8_t *list = heap_alloc(8 + 8 * LUNS_MAX);
	struct wait w = wait_ms(SCAN_MS);
	int ret = 0;

	if (!list)
		return -ENOMEM;
	for (unsigned int t = 0;
	     t <= min_u64(h->max_target, TARGET_MAX) && !ret; t++) {
		ret = scan_target(h, t, list, &w);
		if (!ret)
			ret = wait_turn(&w);
	}
	heap_free(list);
	return ret;
}

/* What went wrong is told when a disk is asked for that was not found. */
static void scan_later(struct blk_scan *s)
{
	(void)!scan_host(container_of(s, struct scsi_host, scan));
}

void scsi_host_add(struct scsi_host *h)
{
	struct scsi_host **at = &hosts.first;

	while (*at)
		at = &(*at)->next;
	*at = h;
	h->scan.type = "scsi";
	h->scan.scan = scan_later;
	blk_register_scan(&h->scan);
}

/* One controller's trouble is no reason to miss the next's disks. */
int scsi_scan(void)
{
	int ret = 0;

	for (struct scsi_host *h = hosts.first; h && ret != -EINTR;
	     h = h->next) {
		int err = scan_host(h);

		if (err)
			ret = err;
	}
	return ret;
}
