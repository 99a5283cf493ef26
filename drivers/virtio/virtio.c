/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of devices and the life of each (virtio 1.4, 2.1, 3.1.1): the
 * handshake that no driver can skip a step of, the features both sides know,
 * and the one way to stop a device, whatever went wrong:
 *
 *	status = 0; wait until it reads 0; now no buffer is touched any more
 *
 * A device that does not reset may still write to the memory it was lent. Nothing
 * here can prevent that: it is marked dead, its rings and headers are never given to
 * anybody else, and the error says so.
 */
#include <drivers/virtio.h>

#include <errno.h>
#include <string.h>

#include <arch/barrier.h>
#include <core/bootstage.h>
#include <core/deadline.h>
#include <core/heap.h>
#include <core/panic.h>

#include "virtio_trace_priv.h"

/*
 * Device-independent features this room keeps (an allow-list, FEAT-1).
 * ACCESS_PLATFORM: addresses are physical, no IOMMU is in the way.
 * ORDER_PLATFORM: the barriers are those for real devices anyway.
 */
#define FEATURES_COMMON \
	(VIRTIO_BIT(VIRTIO_F_INDIRECT_DESC) | VIRTIO_BIT(VIRTIO_F_EVENT_IDX))
#define FEATURES_MODERN \
	(FEATURES_COMMON | VIRTIO_BIT(VIRTIO_F_VERSION_1) | \
	 VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM) | \
	 VIRTIO_BIT(VIRTIO_F_RING_PACKED) | \
	 VIRTIO_BIT(VIRTIO_F_ORDER_PLATFORM))
#define FEATURES_LEGACY (FEATURES_COMMON | VIRTIO_BIT(VIRTIO_F_ANY_LAYOUT))

#define CONFIG_TRIES    16 /* a configuration that never holds still */

static struct {
	struct virtio_device *first; /* by ascending order */
} bus;

struct virtio_device *virtio_device(unsigned int n)
{
	struct virtio_device *vd = bus.first;

	while (vd && n--)
		vd = vd->next;
	return vd;
}

void virtio_add(struct virtio_device *vd)
{
	struct virtio_device **at = &bus.first;

	while (*at && (*at)->order < vd->order)
		at = &(*at)->next;
	vd->next = *at;
	*at = vd;
}

const char *virtio_where(const struct virtio_device *vd)
{
	static const char slot[] = "slot";
	size_t n = sizeof(slot) - 1;

	return strncmp(vd->where, slot, n) ? vd->where : vd->where + n;
}

/* Bits are only ever added; reset clears them (2.1.1). */
static void add_status(struct virtio_device *vd, uint8_t bits)
{
	vd->status |= bits;
	if (virtio_trace)
		virtio_trace_device(vd, VIRTIO_EVENT_STATUS, vd->status, NULL);
	vd->ops->set_status(vd, vd->status);
}

/* Ctrl-C does not shorten this wait: the caller's buffers depend on it. */
static bool reset(struct virtio_device *vd)
{
	struct wait w = wait_ms(VIRTIO_RESET_MS);

	vd->status = 0;
	if (virtio_trace)
		virtio_trace_device(vd, VIRTIO_EVENT_RESET, 0, NULL);
	vd->ops->set_status(vd, 0);
	do {
		if (!vd->ops->get_status(vd))
			return true;
		cpu_relax();
	} while (!wait_over(&w));
	return false;
}

static void stop(struct virtio_device *vd)
{
	if (vd->state == VIRTIO_LIVE)
		vd->state = VIRTIO_BROKEN;
	if (reset(vd))
		return;
	vd->state = VIRTIO_DEAD;
	vd->fault = "does not reset and may still write to memory";
	/* Nor is the memory of a buffer that somebody gives back. */
	heap_keep_all();
}

/* Off the list with it: whoever uses the device again registers again, because
 * "reset" may come back without having reset anything. */
static void quiesce(void *ctx)
{
	struct virtio_device *vd = ctx;

	vd->listed = false;
	stop(vd);
}

static int fault(struct virtio_device *vd, const char *why, int err)
{
	vd->fault = why;
	return err;
}

uint64_t virtio_known(const struct virtio_device *vd, bool legacy)
{
	const struct virtio_driver *drv = vd->driver;

	return legacy ? FEATURES_LEGACY | drv->features_legacy
		      : FEATURES_MODERN | drv->features;
}

static int negotiate(struct virtio_device *vd)
{
	vd->offered = vd->ops->get_features(vd);
	vd->accepted = vd->offered & virtio_known(vd, vd->legacy) & ~vd->off;
	if (!vd->legacy && !virtio_has(vd, VIRTIO_F_VERSION_1))
		return fault(vd, "does not offer VERSION_1", -EIO);
	vd->ops->set_features(vd, vd->accepted);
	if (vd->legacy) /* has no FEATURES_OK, 3.1.2 */
		return 0;
	add_status(vd, VIRTIO_STATUS_FEATURES_OK);
	if (!(vd->ops->get_status(vd) & VIRTIO_STATUS_FEATURES_OK))
		return fault(vd, "refused the features", -EIO);
	return 0;
}

#define NO_REGISTERS "has no registers that can be used"

/* The steps of 3.1.1, up to DRIVER_OK. */
static int handshake(struct virtio_device *vd)
{
	int ret = vd->ops->open ? vd->ops->open(vd) : 0;

	if (ret)
		return vd->fault ? ret : fault(vd, NO_REGISTERS, ret);
	if (!reset(vd))
		return fault(vd, "does not reset", -EIO);
	add_status(vd, VIRTIO_STATUS_ACKNOWLEDGE);
	add_status(vd, VIRTIO_STATUS_DRIVER);
	ret = negotiate(vd);
	if (ret)
		return ret;
	ret = vd->driver->attach(vd);
	if (ret)
		return ret;
	add_status(vd, VIRTIO_STATUS_DRIVER_OK);
	vd->state = VIRTIO_LIVE;
	return vd->driver->start ? vd->driver->start(vd) : 0;
}

/*
 * On failure the device is left with FAILED set (INIT-9). Once it had seen DRIVER_OK it
 * is reset before, so that no receive buffer is still lent to it.
 */
static int attach(struct virtio_device *vd)
{
	const char *old = vd->fault;
	uint64_t start = time_us();
	int ret;

	if (!vd->listed) {
		vd->listed = true;
		vd->quiesce.stop = quiesce;
		vd->quiesce.ctx = vd;
		quiesce_register(&vd->quiesce);
	}
	vd->fault = NULL;
	ret = handshake(vd);
	bootstage_add("dm_r", start);
	if (!ret) {
		vd->fault = old;
		return 0;
	}
	if (!vd->fault)
		vd->fault = "could not be set up";
	if (vd->status & VIRTIO_STATUS_DRIVER_OK)
		stop(vd);
	add_status(vd, VIRTIO_STATUS_FAILED);
	vd->state = VIRTIO_DEAD;
	return ret;
}

static const struct virtio_driver *find_driver(uint32_t device_id)
{
	for_each_entry (virtio_driver, const struct virtio_driver, it)
		if ((*it)->device_id == device_id)
			return *it;
	return NULL;
}

void virtio_announce_all(void)
{
	for (struct virtio_device *vd = bus.first; vd; vd = vd->next) {
		if (!vd->device_id || vd->driver)
			continue;
		vd->driver = find_driver(vd->device_id);
		/* There was no memory: shown without a driver, until a scan. */
		if (vd->driver && vd->driver->announce &&
		    vd->driver->announce(vd))
			vd->driver = NULL;
	}
}

void virtio_probe_all(void)
{
	virtio_announce_all();
	for (struct virtio_device *vd = bus.first; vd; vd = vd->next) {
		if (!vd->driver)
			continue;
		/* One that fails is no reason to miss the next: it is shown
		 * as dead, with the reason. */
		if (vd->state == VIRTIO_IDLE || vd->state == VIRTIO_DEAD)
			(void)attach(vd);
	}
}

int virtio_ready(struct virtio_device *vd)
{
	if (vd->state == VIRTIO_LIVE)
		return 0;
	if (vd->state == VIRTIO_DEAD || !vd->driver)
		return -EIO;
	return attach(vd) ? -EIO : 0;
}

const char *virtio_fault(const struct virtio_device *vd)
{
	if (!vd->driver)
		return "no driver";
	return vd->state == VIRTIO_DEAD ? vd->fault : NULL;
}

int virtio_restart(struct virtio_device *vd)
{
	if (vd->state == VIRTIO_LIVE)
		stop(vd);
	if (!vd->driver)
		return -ENODEV;
	return attach(vd) ? -EIO : 0;
}

void virtio_fail(struct virtio_device *vd, const char *why)
{
	if (vd->state != VIRTIO_LIVE)
		return;
	vd->fault = why;
	vd->resets++;
	if (virtio_trace)
		virtio_trace_device(vd, VIRTIO_EVENT_FAULT, 0, why);
	stop(vd);
}

/* Status also loses bits when the device was reset behind our back, and reads as
 * all ones when it is gone. */
bool virtio_needs_reset(struct virtio_device *vd)
{
	uint32_t status = vd->ops->get_status(vd);

	return status & VIRTIO_STATUS_NEEDS_RESET || status > 0xff ||
	       (status & vd->status) != vd->status;
}

static void put_le(uint8_t *p, unsigned int width, uint32_t v)
{
	if (width == 1)
		*p = (uint8_t)v;
	else if (width == 2)
		put_le16(p, (uint16_t)v);
	else
		put_le32(p, v);
}

static uint32_t get_le(const uint8_t *p, unsigned int width)
{
	if (width == 1)
		return *p;
	return width == 2 ? get_le16(p) : get_le32(p);
}

/* Read all fields into @buf. Return: was everything as @buf had it before? */
static bool config_pass(struct virtio_device *vd, unsigned int off,
			unsigned int width, unsigned int len, uint8_t *buf)
{
	bool same = true;
	uint32_t v;

	for (unsigned int i = 0; i < len; i += width) {
		v = vd->ops->config_read(vd, off + i, width);
		same = same && v == get_le(buf + i, width);
		put_le(buf + i, width, v);
	}
	return same;
}

int virtio_config(struct virtio_device *vd, unsigned int off,
		  unsigned int width, unsigned int len, void *buf)
{
	uint32_t before;
	bool same;

	assert(off % width == 0 && len % width == 0);
	for (unsigned int i = 0; i < CONFIG_TRIES; i++) {
		before = vd->ops->config_generation(vd);
		same = config_pass(vd, off, width, len, buf);
		/* Without a generation: twice the same (2.5.4). One field of up
		 * to 32 bits needs neither. */
		if (len == width)
			return 0;
		if (vd->legacy ? i && same
			       : vd->ops->config_generation(vd) == before)
			return 0;
	}
	return fault(vd, "configuration never holds still", -EIO);
}
