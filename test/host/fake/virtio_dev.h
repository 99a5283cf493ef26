/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtio-mmio bus for host tests, written from VIRTIO 1.4 and not from the
 * drivers: 32 slots behind fake_bus_set(), registers as strict as 4.2 lets a
 * device be, rings walked in host memory (an address is a host pointer), and hooks
 * through which a test makes a device lie.
 *
 *	fake_virtio_setup        heap, DMA memory, clock, console, empty bus
 *	fake_vdev_add            put a device into a slot
 *	… the test changes the fields marked "by the test" …
 *	fake_virtio_probe        add all slots, attach every device
 *	fake_virtio_teardown     fails when a driver broke a rule
 *
 * What a driver may not do is counted as a violation and printed at once:
 * fake_violations is 0 at the end of every test. The device only ever answers: it runs
 * inside the driver's register accesses and looks at shared memory.
 *
 *	virtio_bus.c    slots, trace, fixtures
 *	virtio_regs.c   registers
 *	virtio_ring.c   buffers in, used elements out; indirect tables
 *	virtio_ring_split.c, _packed.c: the two layouts
 *	virtio_types.c  block and an echo device; _net.c: network, entropy;
 *	                _scsi.c, _console.c
 */
#ifndef FAKE_VIRTIO_DEV_H
#define FAKE_VIRTIO_DEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_SLOTS     32
#define FAKE_BASE      UINT64_C(0x0a000000)
#define FAKE_STRIDE    0x200
#define FAKE_QUEUES    10
#define FAKE_CONFIG    128
#define FAKE_TRACE     4096

#define FAKE_DMA_BYTES (32u << 20)

/* Registers, 4.2.2 and 4.2.4 */
enum fake_reg {
	R_MAGIC = 0x00,
	R_VERSION = 0x04,
	R_DEVICE_ID = 0x08,
	R_VENDOR_ID = 0x0c,
	R_DEVICE_FEATURES = 0x10,
	R_DEVICE_FEATURES_SEL = 0x14,
	R_DRIVER_FEATURES = 0x20,
	R_DRIVER_FEATURES_SEL = 0x24,
	R_GUEST_PAGE_SIZE = 0x28,
	R_QUEUE_SEL = 0x30,
	R_QUEUE_NUM_MAX = 0x34,
	R_QUEUE_NUM = 0x38,
	R_QUEUE_ALIGN = 0x3c,
	R_QUEUE_PFN = 0x40,
	R_QUEUE_READY = 0x44,
	R_QUEUE_NOTIFY = 0x50,
	R_INTERRUPT_STATUS = 0x60,
	R_INTERRUPT_ACK = 0x64,
	R_STATUS = 0x70,
	R_QUEUE_DESC_LOW = 0x80,
	R_QUEUE_DESC_HIGH = 0x84,
	R_QUEUE_DRIVER_LOW = 0x90,
	R_QUEUE_DRIVER_HIGH = 0x94,
	R_QUEUE_DEVICE_LOW = 0xa0,
	R_QUEUE_DEVICE_HIGH = 0xa4,
	R_SHM_LEN_LOW = 0xb0,
	R_SHM_LEN_HIGH = 0xb4,
	R_SHM_BASE_LOW = 0xb8,
	R_SHM_BASE_HIGH = 0xbc,
	R_QUEUE_RESET = 0xc0,
	R_CONFIG_GENERATION = 0xfc,
	R_CONFIG = 0x100,
};

enum fake_type {
	FAKE_EMPTY = 0,
	FAKE_NET = 1,
	FAKE_BLK = 2,
	FAKE_CONSOLE = 3,
	FAKE_RNG = 4,
	FAKE_SCSI = 8,
	FAKE_ECHO =
		42, /* no such type: for ring tests with a driver of theirs */
};

/* When a queue is looked at. */
enum fake_when {
	FAKE_AT_KICK, /* inside the notify store */
	FAKE_LATER,   /* after a kick, @delay looks of the driver later */
	FAKE_POLLING, /* at every look of the driver, kicked or not */
};

struct fake_seg {
	uint8_t *addr;
	uint32_t len;
	uint16_t index; /* of its descriptor; 0xffff: in an indirect table */
};

/* A buffer as the device took it from the ring: a copy, as real ones keep. */
struct fake_chain {
	struct fake_chain *next;
	uint16_t head;     /* split: its first descriptor; packed: its id */
	uint16_t slots;    /* of the ring that it takes */
	const void *table; /* the indirect table it is in, or NULL */
	unsigned int n_out, n_in; /* readable elements come first */
	uint64_t out_len, in_len;
	/* set by a hook: */
	bool no_data; /* transfer nothing, yet report success */
	int status;   /* blk: -1 by the rules, 0 … 255 this, 256 untouched */
	struct fake_seg seg[];
};

struct fake_queue {
	bool ready;
	uint32_t num, pfn, align;
	uint64_t desc, driver, device;
	uint8_t halves; /* which of the six address registers were written */
	bool kicked;
	unsigned int wait;
	uint16_t limit, last_avail, used_idx;
	bool *busy; /* descriptors the device holds; packed: ids */
	/* packed: where it reads and writes next, and its own copy of what is lent */
	uint16_t next_avail, next_used;
	bool avail_wrap, used_wrap;
	uint8_t *copy;
	bool *lent; /* slots */
	struct fake_chain *held, **held_end;
	unsigned int nheld, max_held;
	uint64_t kicks, taken, used;
};

/* What a SCSI device is about to answer; a hook may change it. */
struct fake_scsi {
	uint8_t target, lun; /* the question */
	const uint8_t *cdb;
	uint8_t response, status;
	bool untouched; /* the response is not written at all */
	uint32_t sense_len, residual;
	uint8_t sense[96];
	size_t len; /* of data, for commands but READ and WRITE */
	uint8_t data[4096];
};

/* A used element about to be published; a hook may change it. */
struct fake_used {
	uint32_t id, len;
	/* used.idx moves by this much; packed: 0 nothing is written, 2 … the next
	 * slots are marked used as well, 0x8000 … with last lap's wrap counter */
	uint16_t step;
};

struct fake_access {
	uint16_t reg;
	uint8_t width;
	bool write;
	uint32_t v;
};

struct fake_vdev {
	/* by the test, at any time */
	uint32_t magic, version, device_id;
	uint64_t features; /* offered */
	uint8_t config[FAKE_CONFIG];
	uint32_t generation;
	unsigned int nqueues;
	uint32_t queue_max[FAKE_QUEUES];
	bool queue_busy; /* QueueReady/QueuePFN not 0 after reset */
	enum fake_when when;
	unsigned int delay;
	bool reverse;   /* complete a batch from its end */
	bool hold;      /* take buffers, complete none: fake_vdev_release */
	bool no_notify; /* "do not kick me", for ever, however that is said */
	bool refuse;    /* clear FEATURES_OK */
	bool gone;      /* all registers read as ones */
	bool blind;     /* take no more buffers until it is reset */
	bool lenient;   /* do not count violations (fuzzing) */
	unsigned int
		reset_reads; /* status reads before reset shows; UINT_MAX: never */
	uint64_t arg;        /* the hooks' own */

	/* hooks, by the test; NULL: none */
	void (*on_read)(struct fake_vdev *d, unsigned int reg);
	void (*on_write)(struct fake_vdev *d, unsigned int reg, uint32_t v);
	void (*on_chain)(struct fake_vdev *d, unsigned int q,
			 struct fake_chain *c);
	void (*on_used)(struct fake_vdev *d, unsigned int q,
			const struct fake_chain *c, struct fake_used *u);

	/* block, by the test */
	uint8_t *disk;
	uint64_t disk_sectors;
	uint64_t
		bad_sector; /* requests over it end in IOERR; UINT64_MAX: none */
	char serial[21];

	/* network, by the test. NULL: fake_net_arp, which answers for 10.0.2.2 */
	void (*on_tx)(struct fake_vdev *d, const uint8_t *frame, size_t len);

	/* SCSI, by the test: target 0 LUN 0 is a disk, target 2 LUN 1 a CD, both of
	 * the sectors above */
	uint32_t scsi_block; /* bytes of the disk's block */
	bool no_medium;      /* in the CD */
	bool write_protected;
	unsigned int attentions; /* commands that meet a unit attention first */
	void (*on_scsi)(struct fake_vdev *d, struct fake_scsi *a);

	/* console, by the test: ports there are, and those that are consoles */
	uint32_t con_ports, con_consoles;

	/* entropy, by the test: bytes in one answer at most */
	uint32_t rng_max;

	/* PCI, by the test: queue_notify_off of each queue; 0: its index */
	uint16_t notify_off;

	/* kept by the model */
	unsigned int slot;
	char where[16];       /* what the firmware calls it */
	struct fake_pci *pci; /* NULL: memory-mapped */
	unsigned int last_cap;
	unsigned int identified; /* magic, version, device id have been read */
	uint32_t status, isr;
	uint32_t features_sel, driver_features_sel, queue_sel, page_size;
	uint8_t halves; /* of the driver's features */
	uint64_t accepted;
	struct fake_queue queue[FAKE_QUEUES];
	unsigned int reset_left, resets, accesses;
	uint64_t blk_count[16]; /* requests by type */
	uint64_t blk_unmaps;    /* WRITE_ZEROES with UNMAP */
	uint8_t rng_next;       /* the next byte of its sequence */
	uint64_t tx_frames, rx_frames;
	uint64_t scsi_count[256]; /* commands by operation code */
	char con_out[8192]; /* what came out of ports, and from which last */
	size_t con_len;
	uint32_t con_last, con_ready, con_open;
	struct fake_access trace[FAKE_TRACE];
	unsigned int ntrace;
};

/* A register selector nobody wrote. */
#define FAKE_SCRAMBLED UINT32_C(0xdeadbeef)

extern unsigned int fake_violations;
extern char fake_violation_text[256]; /* the last */
extern char fake_console_text[65536]; /* what was printed, NUL-ended */
void fake_console_clear(void);
extern int fake_ctrlc_after; /* Ctrl-C at this look for input; 0: never */

/* cmocka fixtures */
int fake_virtio_setup(void **state);
int fake_virtio_teardown(void **state);

/* Devices are PCI functions, device @slot of the first bus: version 1 is then
 * legacy only, 2 modern only. Set before the first fake_vdev_add. */
extern bool fake_virtio_on_pci;

/* A device with QEMU's features and config in @slot. @version 1 or 2. */
struct fake_vdev *fake_vdev_add(unsigned int slot, enum fake_type type,
				uint32_t version);
/* Where the block device's sector @lba should hold byte @i, from the start. */
uint8_t fake_disk_byte(uint64_t lba, unsigned int i);
/* What board/ does: add every occupied slot in ascending order, and announce. */
void fake_virtio_announce(void);
/* The same, and attach every device, as "virtio scan" does. */
void fake_virtio_probe(void);
uint64_t fake_slot_base(unsigned int slot);

/* Complete what @hold kept back. */
void fake_vdev_release(struct fake_vdev *d);
/* Ask for kicks again, on all queues. */
void fake_ring_want_kicks(struct fake_vdev *d);
/* Put a frame into the receive ring. Return: false when no buffer is posted */
bool fake_net_rx(struct fake_vdev *d, const void *frame, size_t len);
void fake_net_arp(struct fake_vdev *d, const uint8_t *frame, size_t len);
/* Type into a port of a console. Return: false when there are too few buffers */
bool fake_console_type(struct fake_vdev *d, unsigned int port, const char *text,
		       size_t len);
/* A message on the control queue, of any bytes. Return: false when there is no buffer */
bool fake_console_message(struct fake_vdev *d, const void *msg, size_t len);
size_t fake_net_hdr_len(const struct fake_vdev *d);
/* Is this inside what dma_alloc hands out? */
bool fake_in_dma(const void *p, size_t len);

/* With the guard on an access to DMA memory ends the test, but for what is allowed. */
void fake_dma_guard(bool on);
void fake_dma_allow(const void *p, size_t len);

/* Values written to (or read from) @reg from trace entry @from on, as "0 1 3"; newest
 * call's text. */
const char *fake_trace_values(const struct fake_vdev *d, unsigned int reg,
			      bool write, unsigned int from);
/* First trace entry at or after @from; FAKE_TRACE when there is none. */
unsigned int fake_trace_find(const struct fake_vdev *d, unsigned int from,
			     unsigned int reg, bool write);

/* ---- between the model's files ---- */

/* A register access with hooks, trace and rules. */
uint32_t fake_vdev_read(struct fake_vdev *d, unsigned int reg,
			unsigned int width);
void fake_vdev_write(struct fake_vdev *d, unsigned int reg, unsigned int width,
		     uint32_t v);

void fake_violation(struct fake_vdev *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void fake_reg_reset(struct fake_vdev *d);
bool fake_reg_allowed(struct fake_vdev *d, unsigned int reg, unsigned int width,
		      bool write);
uint32_t fake_reg_read(struct fake_vdev *d, unsigned int reg,
		       unsigned int width);
void fake_reg_write(struct fake_vdev *d, unsigned int reg, unsigned int width,
		    uint32_t v);
void fake_ring_enable(struct fake_vdev *d, unsigned int q);
void fake_ring_reset(struct fake_vdev *d);
void fake_ring_kick(struct fake_vdev *d, unsigned int q);
void fake_ring_turn(struct fake_vdev *d);
/* Give a held chain back with @len bytes written; frees @c. */
void fake_ring_used(struct fake_vdev *d, unsigned int q, struct fake_chain *c,
		    uint32_t len);
/* What the two layouts do in their own way. */
struct fake_ring_ops {
	bool (*enable)(struct fake_vdev *d, struct fake_queue *q);
	/* See what there is by now; is there more than was taken? */
	bool (*look)(struct fake_queue *q);
	/* Is there more, as of the last look? */
	bool (*more)(const struct fake_queue *q);
	/* Append the next chain to @c. Return: NULL, or what is wrong with it */
	const char *(*take)(struct fake_vdev *d, struct fake_queue *q,
			    struct fake_chain *c);
	void (*used)(struct fake_vdev *d, struct fake_queue *q,
		     const struct fake_chain *c, const struct fake_used *u);
	/* Ask for a kick when there is something new, or for none. */
	void (*ask)(struct fake_vdev *d, struct fake_queue *q, bool kicks);
	/* The driver's part, at each kick. */
	void (*check)(struct fake_vdev *d, struct fake_queue *q);
};
extern const struct fake_ring_ops fake_ring_split, fake_ring_packed;
/* One element more. Return: NULL, or what is wrong with it */
const char *fake_chain_add(struct fake_chain *c, uint64_t addr, uint32_t len,
			   bool write, uint16_t index, uint32_t max);
/* The elements of an indirect table. */
const char *fake_chain_table(struct fake_vdev *d, const struct fake_queue *q,
			     struct fake_chain *c, uint64_t addr, uint32_t len);
bool fake_all_zero(uint64_t addr, size_t len);
/* Bytes of area @area of a queue: descriptors, driver's, device's */
size_t fake_area_bytes(const struct fake_vdev *d, unsigned int q,
		       unsigned int area);
struct fake_chain *fake_ring_unhold(struct fake_queue *q, bool last);
size_t fake_chain_read(const struct fake_chain *c, uint64_t off, void *buf,
		       size_t len);
size_t fake_chain_write(const struct fake_chain *c, uint64_t off,
			const void *buf, size_t len);
/* Serve everything held on a queue. */
void fake_type_serve(struct fake_vdev *d, unsigned int q);
void fake_type_init(struct fake_vdev *d);
void fake_net_init(struct fake_vdev *d);
void fake_net_serve(struct fake_vdev *d, const struct fake_chain *c);
/* Make the disk, of disk_sectors. */
void fake_disk_fill(struct fake_vdev *d);
void fake_scsi_init(struct fake_vdev *d);
uint32_t fake_scsi_serve(struct fake_vdev *d, const struct fake_chain *c);
void fake_console_init(struct fake_vdev *d);
/* Is this a queue whose buffers wait for input? */
bool fake_console_waits(const struct fake_vdev *d, unsigned int q);
void fake_console_serve(struct fake_vdev *d, unsigned int q,
			const struct fake_chain *c);
uint32_t fake_rng_serve(struct fake_vdev *d, const struct fake_chain *c);
/* Is @width at @off how the standard wants this config field read? */
void fake_type_config_check(struct fake_vdev *d, unsigned int off,
			    unsigned int width, bool write);

#define FAKE_INDIRECT  28
#define FAKE_EVENT_IDX 29
#define FAKE_PACKED    34

static inline bool fake_has(const struct fake_vdev *d, unsigned int bit)
{
	return d->accepted >> bit & 1;
}

/* 2.7.10.1, in the standard's own form */
static inline bool fake_need_event(uint16_t event, uint16_t new, uint16_t old)
{
	return (uint16_t)(new - event - 1) < (uint16_t)(new - old);
}

#endif
