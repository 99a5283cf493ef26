/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtio room's own interfaces, in three layers:
 *
 *   transport (virtio_mmio.c)  registers: struct virtio_transport
 *   ring      (virtq_*.c)      buffers in flight: struct virtq_ops
 *   driver    (virtio_blk.c …) a device type: struct virtio_driver
 *
 * Nothing above the transport knows which transport it runs on, nothing above the
 * ring knows its layout. virtio.c owns the handshake: a driver states the
 * features it knows and the queues it wants, and cannot skip a step.
 *
 * Life of a device: when it is found, its driver announces what it will be (a
 * disk, a network device …) without touching it; the first use attaches it (3.1.1):
 *
 *	reset -> ACKNOWLEDGE -> DRIVER -> features -> FEATURES_OK (not legacy)
 *	-> driver->attach reads config, fills receive rings -> DRIVER_OK
 *	-> driver->start (first kick allowed)
 *
 * and when anything goes wrong later: virtio_fail() resets it (the device touches no
 * memory any more), every request in flight is answered -EIO, and the
 * next request first attaches it again.
 */
#ifndef VIREO_VIRTIO_PRIV_H
#define VIREO_VIRTIO_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <core/deadline.h>
#include <core/quiesce.h>
#include <drivers/virtio.h>
#include <drivers/virtio_test.h>
#include <lib/byteorder.h>
#include <lib/compiler.h>
#include <lib/table.h>

/* Device status, 2.1 */
#define VIRTIO_STATUS_ACKNOWLEDGE 0x01
#define VIRTIO_STATUS_DRIVER      0x02
#define VIRTIO_STATUS_DRIVER_OK   0x04
#define VIRTIO_STATUS_FEATURES_OK 0x08
#define VIRTIO_STATUS_NEEDS_RESET 0x40
#define VIRTIO_STATUS_FAILED      0x80

/* Device-independent features, 6 */
#define VIRTIO_F_ANY_LAYOUT      27
#define VIRTIO_F_INDIRECT_DESC   28
#define VIRTIO_F_EVENT_IDX       29
#define VIRTIO_F_VERSION_1       32
#define VIRTIO_F_ACCESS_PLATFORM 33
#define VIRTIO_F_RING_PACKED     34
#define VIRTIO_F_ORDER_PLATFORM  36

#define VIRTIO_BIT(n)            (UINT64_C(1) << (n))

/* Layout of the legacy ring, 2.7.2; also QueueAlign and GuestPageSize */
#define VIRTIO_LEGACY_ALIGN 4096

#define VIRTIO_TIMEOUT_MS   4000 /* any request; the prompt is back within 5 s */
#define VIRTIO_RESET_MS     200  /* status must read 0 by then */

struct virtq;
struct virtio_device;
struct virtio_out;

/* A register, for virtio regs and the trace. */
#define VIRTIO_REG_R     0x01
#define VIRTIO_REG_W     0x02
#define VIRTIO_REG_RW    0x03
#define VIRTIO_REG_QUEUE 0x04 /* one a queue, behind a selector */
#define VIRTIO_REG_WORD  0x08 /* one for each 32 features, behind a selector */
#define VIRTIO_REG_SPACE 0x10 /* all of its area: configuration, or W: notify */
#define VIRTIO_REG_TAKES 0x20 /* reading it takes something away: only named */

struct virtio_reg {
	const char *name; /* as the standard spells it */
	uint16_t offset;
	uint8_t area; /* which block of registers, the transport's own number */
	uint8_t width; /* bytes */
	uint8_t flags;
};

/* What a transport does. Addresses of the three areas are physical. */
struct virtio_transport {
	const char *name;
	const struct virtio_reg *regs;
	unsigned int nregs;
	/* Has the device got it? NULL: all of them */
	bool (*reg_there)(struct virtio_device *vd,
			  const struct virtio_reg *reg);
	/* Read one; @sel is the queue or the word of one behind a selector. */
	uint64_t (*reg_read)(struct virtio_device *vd,
			     const struct virtio_reg *reg, unsigned int sel);
	/* What the driver last wrote to one that cannot be read, on a live
	 * device; false: not kept */
	bool (*reg_written)(struct virtio_device *vd,
			    const struct virtio_reg *reg, unsigned int sel,
			    uint64_t *value);
	/* Make the registers accessible, before anything else, and set vd->ops to a
	 * table without this. NULL: they are. Return: 0; -ENODEV there are none
	 * that can be used; -ENOSPC no room for them (vd->fault may say more) */
	int (*open)(struct virtio_device *vd);
	uint32_t (*get_status)(struct virtio_device *vd);
	void (*set_status)(struct virtio_device *vd, uint8_t status);
	uint64_t (*get_features)(struct virtio_device *vd);
	void (*set_features)(struct virtio_device *vd, uint64_t features);
	/* 0: no such queue, or it is already in use (an error after reset) */
	uint16_t (*queue_max)(struct virtio_device *vd, unsigned int index);
	/* Return: 0; -EIO the device does not take it */
	int (*queue_enable)(struct virtio_device *vd, const struct virtq *vq);
	void (*notify)(struct virtio_device *vd, const struct virtq *vq);
	/* @width 1, 2 or 4, naturally aligned (CFG-3) */
	uint32_t (*config_read)(struct virtio_device *vd, unsigned int off,
				unsigned int width);
	uint32_t (*config_generation)(struct virtio_device *vd); /* legacy: 0 */
	/* Read and acknowledge; bit 1: configuration changed */
	uint32_t (*isr)(struct virtio_device *vd);
};

/* A field of the configuration space, there when its feature is offered (2.5.1). */
struct virtio_field {
	uint8_t bit; /* of the feature, or VIRTIO_FIELD_ALWAYS */
	uint8_t off, width;
	uint8_t count;    /* so many of that width, as in a MAC address */
	const char *name; /* NULL: has none of its own */
};
#define VIRTIO_FIELD_ALWAYS 0xff

static inline bool virtio_field_is_there(const struct virtio_field *f,
					 uint64_t offered)
{
	return f->bit == VIRTIO_FIELD_ALWAYS || offered >> f->bit & 1;
}

/*
 * What a driver tells the glass box (<drivers/virtio_inspect.h>) about its requests.
 * Any of it may be NULL.
 */
struct virtio_glass {
	const struct virtio_field *fields; /* by ascending offset; NULL: none */
	unsigned int nfields;
	/* Copy what the trace keeps of @token's request, at most
	 * VIRTIO_TRACE_BYTES: headers, and the status when it was @used. Return: bytes */
	unsigned int (*capture)(const struct virtq *vq, const void *token,
				bool used, uint8_t *bytes);
	/* Those bytes in words. */
	void (*explain)(const struct virtio_device *vd, const uint8_t *bytes,
			unsigned int n, char *text, size_t size);
	/* What the driver keeps at an address ("request header"); NULL: not its */
	const char *(*what)(const struct virtio_device *vd, uint64_t addr);
};

struct virtio_driver {
	const char *name;
	uint32_t device_id;
	uint64_t features;        /* device-type bits it knows (allow-list) */
	uint64_t features_legacy; /* the same on a legacy device */
	/* Allocate priv and register with block/, net/ … under a name, from what
	 * discovery has read. Touches no register, allocates little, no DMA memory:
	 * the device may never be used. NULL: nothing to do.
	 * Return: 0; -ENOMEM */
	int (*announce)(struct virtio_device *vd);
	/* Between FEATURES_OK and DRIVER_OK: read config, set up queues, fill
	 * receive rings without a kick. Called again after a reset: must reuse the DMA
	 * memory of the first time. Return: 0 or an error: FAILED */
	int (*attach)(struct virtio_device *vd);
	/* After DRIVER_OK: kick receive rings. NULL: nothing to do */
	int (*start)(struct virtio_device *vd);
	/* The configuration decoded, for virtio status. */
	void (*describe)(struct virtio_device *vd,
			 void (*line)(void *arg, const char *name,
				      const char *value),
			 void *arg);
	const struct virtio_glass *glass; /* NULL: none */
	/* The part of virtio_selftest that only this driver can do, on a live device:
	 * calls virtio_check_all. NULL: none */
	void (*test)(struct virtio_test *t);
};

TABLE_DECLARE(virtio_driver, const struct virtio_driver);

enum virtio_state {
	VIRTIO_IDLE,   /* not touched yet, or no driver */
	VIRTIO_LIVE,   /* DRIVER_OK */
	VIRTIO_BROKEN, /* reset after a fault; attach again before use */
	VIRTIO_DEAD,   /* would not reset, or failed to attach: left alone */
};

struct virtio_device {
	/* set by the transport */
	const struct virtio_transport *ops;
	uint64_t order; /* place on the bus list: virtio_order_* */
	uint64_t base;  /* 0: not known yet */
	char where[16]; /* "slot31", "00:02.0" */
	unsigned int version;
	uint32_t device_id, vendor_id;
	bool legacy;
	bool fixed_size; /* a queue has the size the device says (PCI, legacy) */

	/* set by virtio.c */
	const struct virtio_driver *driver;
	enum virtio_state state;
	uint8_t status; /* shadow: bits are only ever added (INIT-4) */
	uint64_t offered, accepted;
	uint64_t off; /* features switched off by hand */
	unsigned int resets;
	const char *fault; /* the last one in words: a static text */
	bool listed;       /* is on the quiesce list */
	struct quiesce quiesce;
	struct virtio_device *next;

	/* set by the driver */
	void *priv;
	char name[24];
	struct virtq *vq[VIRTIO_MAX_QUEUES];
	unsigned int nvqs;
};

/*
 * The order of the list, which numbers disks, network devices and sources of random
 * bytes: first what is memory-mapped, by address, then PCI, by bus, device and
 * function (8, 5 and 3 bits of the routing id).
 */
static inline uint64_t virtio_order_mmio(uint64_t base)
{
	return base;
}

static inline uint64_t virtio_order_pci(uint16_t rid)
{
	return UINT64_C(1) << 63 | rid;
}

/* virtio_where - how a name tells it from its like: "31" of "slot31", "00:02.0" */
const char *virtio_where(const struct virtio_device *vd);

/* virtio_add - called by a transport for each slot found. */
void virtio_add(struct virtio_device *vd);

static inline bool virtio_has(const struct virtio_device *vd, unsigned int bit)
{
	return vd->accepted >> bit & 1;
}

/* virtio_known - the bits this room and the driver accept of such a device. */
uint64_t virtio_known(const struct virtio_device *vd, bool legacy);

/* virtio_restart - reset and attach again, whatever its state, as no fault.
 * Return: 0; -ENODEV no driver; -EIO (virtio_fault) */
must_check int virtio_restart(struct virtio_device *vd);

/*
 * virtio_fail - something went wrong: reset the device and wait until it is.
 * Afterwards it touches no memory, unless it did not reset: then its state is
 * VIRTIO_DEAD. @why is a static text for virtio status.
 */
void virtio_fail(struct virtio_device *vd, const char *why);

/* virtio_needs_reset - is DEVICE_NEEDS_RESET set, or the device gone (0xff…)? */
bool virtio_needs_reset(struct virtio_device *vd);

/*
 * virtio_config - @len bytes of config at @off as fields of @width bytes,
 * stable over a generation change (CFG-1, CFG-2).
 * Return: 0; -EIO it changed 16 times in a row
 */
must_check int virtio_config(struct virtio_device *vd, unsigned int off,
			     unsigned int width, unsigned int len, void *buf);

/* virtio_describe_fields - a driver's describe: the fields of its glass that have a
 * name and are there, each as one number. */
void virtio_describe_fields(struct virtio_device *vd,
			    void (*line)(void *arg, const char *name,
					 const char *value),
			    void *arg);

/* ---- rings ---- */

/* One element of a buffer: device-readable ones come first (VQ-6). */
struct virtq_seg {
	void *addr;
	uint32_t len; /* bytes, not 0 */
};

/* A descriptor, whichever way the last four bytes are read (2.7.5, 2.8.13). */
struct virtq_desc {
	le64 addr;
	le32 len;
	le16 tail[2];
};

#define VIRTQ_DESC_F_NEXT     1 /* 2.7.5, 2.8.2 */
#define VIRTQ_DESC_F_WRITE    2
#define VIRTQ_DESC_F_INDIRECT 4

/*
 * What was lent, in our own words: one an id. All but next is set while a buffer is in
 * flight only.
 */
struct virtq_shadow {
	void *token;
	uint64_t serial; /* vq->requests before it was added */
	uint32_t in_len; /* bytes the device may write; UINT32_MAX at most */
	uint16_t slots;  /* of the ring that it takes; 0: no such buffer */
	uint16_t next;   /* in the free list; split: or in the chain */
	uint8_t table;   /* its indirect table, counted from 1; 0: none */
};

/*
 * What differs between the layouts. Whether there is room, and whether what the
 * device says can be true, is decided in virtqueue.c for all of them.
 */
struct virtq_ops {
	const char *name;
	/* Bytes of memory for @size entries; it starts on VIRTIO_LEGACY_ALIGN. */
	size_t (*bytes)(uint16_t size);
	/* Zero the memory, set desc, driver and device. */
	void (*layout)(struct virtq *vq);
	/* Write a buffer of @n elements: in @table, and that in one slot, or when
	 * it is NULL in @n slots. Return: the id */
	uint16_t (*put)(struct virtq *vq, const struct virtq_seg *segs,
			unsigned int n_out, unsigned int n,
			struct virtq_desc *table);
	/* Show the device what was put; does it want a notification? */
	bool (*publish)(struct virtq *vq);
	/* What the device says it gave back next, each read once.
	 * Return: 0; -EAGAIN nothing; -EIO that cannot be (virtq_break) */
	int (*peek)(struct virtq *vq, uint32_t *id, uint32_t *len);
	/* Go past it: @id is in flight, its slots are free. */
	void (*take)(struct virtq *vq, uint16_t id);
	void (*indices)(struct virtq *vq, struct virtio_queue_info *qi);
	/* The glass box's drawing. Return: 0; -ENOMEM */
	int (*show)(const struct virtq *vq, bool all, struct virtio_out *out);
};

extern const struct virtq_ops virtq_split, virtq_packed;

struct virtq {
	const struct virtq_ops *ops;
	struct virtio_device *vd;
	unsigned int index;
	uint16_t size, size_max;
	bool event_idx;    /* EVENT_IDX was accepted */
	bool loose_len;    /* set by the driver: used lengths are hints */
	void *mem;         /* ring memory, kept over resets */
	uint16_t mem_size; /* entries it is for, in any layout */
	void *desc, *driver, *device; /* the three areas */
	uint16_t num_free;            /* slots */
	uint16_t in_flight;           /* buffers */
	/* free-running, wrap at 65536; split: buffers, packed: slots */
	uint16_t avail_idx, last_used;
	uint16_t kicked_idx; /* avail_idx at the last kick decision */
	/* packed: slots, the wrap counter of each; the head that is not shown yet */
	uint16_t next_avail, next_used, withheld, withheld_flags;
	bool avail_wrap, used_wrap;
	bool broken;                 /* the device lied: -EIO until reset */
	const char *why;             /* how, a static text */
	struct virtq_shadow *shadow; /* one an id, mem_size of them */
	uint16_t free_head;          /* the first free id */
	uint16_t id;                 /* of the last add or pop, for the trace */
	/* indirect tables, kept over resets; a bit of tables_free is one of them */
	struct virtq_desc *tables;
	uint16_t table_entries;
	uint8_t table_count;
	uint64_t tables_free;
	uint64_t shown; /* requests when the device was last shown some */
	uint64_t bytes; /* lent so far */
	/* set by flight_run: bytes in flight that are not too much, and whether that
	 * many came back soon the last time */
	uint64_t window;
	bool was_quick;
	uint64_t requests, kicks, completions, errors;
	uint64_t overtakes; /* came back before one that was lent earlier */
};

/*
 * virtq_setup - queue @index with at most @want entries (power of two), called from
 * attach. Memory comes from dma_alloc the first time.
 * Return: 0 and *vq; -ENODEV no such queue; -EIO; -ENOMEM
 */
must_check int virtq_setup(struct virtio_device *vd, unsigned int index,
			   uint16_t want, struct virtq **vq);

/*
 * virtq_indirect - called from attach, after virtq_setup: buffers of more than
 * VIRTQ_DIRECT elements may go through one of @tables (up to 64) indirect tables
 * of @entries each, so that each takes one slot of the ring. Fewer tables, or
 * none, when DMA memory is short or the device does not offer INDIRECT_DESC.
 */
void virtq_indirect(struct virtq *vq, unsigned int tables,
		    unsigned int entries);

#define VIRTQ_DIRECT     4  /* a table costs the device more than these slots */
#define VIRTQ_TABLES_MAX 64 /* the bits of tables_free */

/* For virtq_add and virtq_pop: the table that a buffer of @n elements should go
 * through, counted from 1, or 0; where it is; and the way back. */
uint8_t virtq_table_for(const struct virtq *vq, unsigned int n);
struct virtq_desc *virtq_table_take(struct virtq *vq, uint8_t table);
void virtq_table_give(struct virtq *vq, uint8_t table);

/* Has an index that moves from @old to @new passed @event? (2.7.10.1) */
static inline bool virtq_need_event(uint16_t event, uint16_t new, uint16_t old)
{
	return (uint16_t)(new - event - 1) < (uint16_t)(new - old);
}

/*
 * virtq_add - lend a buffer to the device; not seen by it as more than a slot until
 * virtq_kick. @segs: @n_out readable, then @n_in writable
 * Return: 0; -ENOSPC no room now; -EIO broken
 */
must_check int virtq_add(struct virtq *vq, const struct virtq_seg *segs,
			 unsigned int n_out, unsigned int n_in, void *token);

/* virtq_kick - one notify decision for everything added since the last. */
void virtq_kick(struct virtq *vq);

/*
 * virtq_pop - take back one buffer, in the device's order (match by token).
 * @len: bytes the device says it wrote, never more than was writable. A hint
 *       only on a legacy device (2.7.8)
 * Return: 0; -EAGAIN none yet; -EIO the ring is broken (virtq_give_up)
 */
must_check int virtq_pop(struct virtq *vq, void **token, uint32_t *len);

/* virtq_break - the device lied or asked for a reset: -EIO from now on. */
int virtq_break(struct virtq *vq, const char *why);

/*
 * Waiting for buffers to come back, VIRTIO_TIMEOUT_MS since the last progress:
 *
 *	struct virtq_wait w = virtq_wait_begin();
 *
 *	while ((ret = virtq_pop(vq, &token, &len)) == -EAGAIN) {
 *		ret = virtq_wait_turn(vq, &w);
 *		if (ret)
 *			break;
 *	}
 *	if (ret)
 *		return virtq_give_up(vq, ret);
 *	virtq_wait_progress(&w);	(when more is to come)
 *
 * Once a millisecond the status register is looked at for NEEDS_RESET (a look
 * costs 60 ns); after half the time the device is notified once more, whatever
 * it said (spurious notifications are legal, 2.7.10.2).
 */
struct virtq_wait {
	struct wait limit, look, half;
	bool nudged;
};
struct virtq_wait virtq_wait_begin(void);
void virtq_wait_progress(struct virtq_wait *w);
/* Return: 0 go on; -ETIMEDOUT; -EINTR; -EIO it needs a reset */
must_check int virtq_wait_turn(struct virtq *vq, struct virtq_wait *w);

/*
 * virtq_give_up - stop waiting for @vq because of @err: the device is reset and
 * touches no buffer any more when this returns.
 * Return: @err; -EOWNERDEAD when it did not reset and may still write to what
 *         it was lent
 */
int virtq_give_up(struct virtq *vq, int err);

/* ---- self-test ---- */

#define VIRTIO_CHECK_NA \
	1 /* does not apply, or could not be seen: see the note */

struct virtio_check {
	const char *items; /* of the checklist */
	const char *what;
	/* Return: 0; VIRTIO_CHECK_NA; an error: it failed. t->note tells more, or is
	 * left empty */
	int (*run)(struct virtio_test *t, void *ctx);
};

/* virtio_check_all - run them one after the other until one leaves the device reset, or
 * Ctrl-C is typed. */
void virtio_check_all(struct virtio_test *t, const struct virtio_check *checks,
		      size_t n, void *ctx);

/* virtio_check_one - run it, whatever became of those before. */
void virtio_check_one(struct virtio_test *t, const struct virtio_check *c,
		      void *ctx);

/* virtio_check_none - none can be run: n/a, and @why. */
void virtio_check_none(struct virtio_test *t, const struct virtio_check *checks,
		       size_t n, const char *why);

/* virtio_check_note - Return: @ret */
int virtio_check_note(struct virtio_test *t, int ret, const char *fmt, ...)
	printf_like(3, 4);

#endif
