/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Block devices: disks that drivers register, and partitions, which are block
 * devices with an offset. Sectors are 512 bytes in every interface here,
 * whatever the device's block size is; offsets and counts must be multiples of
 * the device's own block (blk->block_size).
 *
 * A disk is known before its device is touched: registering it fixes its number,
 * and blk_open() makes it ready and finds out size, block and read-only. So:
 *
 *	open before reading nsectors, block_size or read_only
 *
 * which the resolvers (part_resolve, part_table) and every transfer do by
 * themselves. What open refuses, blk_error() explains.
 *
 * Fast by shape: a caller hands over everything it wants in one call as a list
 * of pieces; the driver joins pieces whose sectors adjoin into scatter-gather
 * requests, keeps several in flight and notifies the device once a batch.
 */
#ifndef VIREO_BLOCK_BLKDEV_H
#define VIREO_BLOCK_BLKDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

#define SECTOR_SIZE 512u

struct blkdev;

/* One piece of a transfer. */
struct blk_piece {
	uint64_t lba;      /* first sector, 512-byte units, within the device */
	uint64_t nsectors; /* 512-byte units, at least 1 */
	void *buf;         /* nsectors * 512 bytes, any alignment */
};

struct blk_ops {
	/*
	 * All pieces or an error. Bounds, multiples and read-only were checked
	 * by block/. Return: 0; -EIO; -ETIMEDOUT, -EINTR (the device was reset
	 * and no longer touches any buffer); -EOWNERDEAD (it did not reset and may
	 * still write to the buffers of a read)
	 */
	int (*transfer)(struct blkdev *dev, bool write,
			const struct blk_piece *pieces, size_t count);
	int (*flush)(struct blkdev *dev); /* 0 also when there is no cache */
	int (*discard)(struct blkdev *dev, uint64_t lba, uint64_t nsectors);
	int (*write_zeroes)(struct blkdev *dev, uint64_t lba,
			    uint64_t nsectors);
	/* Up to 20 bytes and a NUL. NULL when the device cannot tell. */
	int (*get_id)(struct blkdev *dev, char id[21]);
	/* Make the device ready, the first time with all that is set below, and
	 * read the capacity again. block/ also calls it before it refuses something
	 * for being past the end. Return: 0; -EIO. NULL: always ready, never changes */
	int (*open)(struct blkdev *dev);
	/* Why open, or a transfer, failed; NULL: no more than its code says */
	const char *(*fault)(const struct blkdev *dev);
};

struct blkdev {
	/* set by the driver before blk_register */
	const struct blk_ops *ops; /* all but transfer may be NULL */
	void *ctx;                 /* the driver's own */
	const char *type; /* "virtio": the interface's name in commands */

	/* set by ops->open, or before blk_register */
	char vendor[24];        /* "QEMU", for virtio info */
	char product[24];       /* "VirtIO Block Device" */
	char revision[8];       /* "2.5+"; "": none */
	char address[12];       /* "0:1", on its controller; "": none */
	const char *controller; /* "scsi0"; NULL: none of a name */
	const char *kind;       /* "CD ROM"; NULL: "Hard Disk" */
	bool removable;
	uint64_t nsectors;   /* 512-byte units; the driver may change it */
	uint32_t block_size; /* 512 … 65536, a power of two; never changes */
	bool read_only;
	bool opened; /* they are set */

	/* set by block/ */
	unsigned int index; /* 0, 1, … within type, in order of registration */
	struct blkdev *parent;  /* NULL for a whole disk */
	unsigned int partition; /* 1, 2, … ; 0 for a whole disk */
	uint64_t start;         /* first sector on parent */
	uint32_t generation;    /* of a whole disk; ask blk_generation */
	struct blkdev *next;
};

/* blk_register - @dev is the driver's and must stay. */
void blk_register(struct blkdev *dev);

/*
 * blk_register_scan - disks of @type that are found only by asking their
 * controllers: @scan is called once, when more disks of the type are looked for
 * than there are, and registers what it finds. @s is the driver's and must stay.
 */
struct blk_scan {
	const char *type;
	void (*scan)(struct blk_scan *s);
	struct blk_scan *next; /* set by block/ */
};
void blk_register_scan(struct blk_scan *s);

/*
 * blk_open - make the disk of @dev ready, the first time or again, and ask for its
 * capacity: it may have been resized. Its generation rises if it was.
 * Return: 0; -EIO (blk_error says more)
 */
must_check int blk_open(struct blkdev *dev);

/* blk_error - @err, which a call about @dev gave, in words. */
const char *blk_error(const struct blkdev *dev, int err);

/* blk_generation - rises with every write, discard, reset or change of the disk that
 * @dev is or is a part of: what was cached under another number is stale. */
uint32_t blk_generation(const struct blkdev *dev);

/* blk_find - disk @index of @type; NULL when there is none. Touches no disk. */
struct blkdev *blk_find(const char *type, unsigned int index);

/* blk_is - is @dev of interface @type, or that "any"? */
bool blk_is(const struct blkdev *dev, const char *type);

/* blk_name - "virtio:0", "virtio:0:1": what part_named takes. Return: @text */
#define BLK_NAME_MAX 32
const char *blk_name(const struct blkdev *dev, char text[BLK_NAME_MAX]);

/* blk_next - walk all disks: NULL starts, NULL ends. Partitions are not walked, and
 * no disk is touched. */
struct blkdev *blk_next(struct blkdev *prev);

/*
 * blk_read, blk_write - one run of whole sectors.
 * @lba, @nsectors: 512-byte units, multiples of the device's block
 * @buf: @nsectors * 512 bytes, any alignment; the caller's; not touched after return
 * Return: 0; -EINVAL zero count or not a multiple; -ERANGE past the end (nothing
 *         is transferred); -EROFS; -EIO; -ETIMEDOUT; -EINTR
 */
must_check int blk_read(struct blkdev *dev, uint64_t lba, uint64_t nsectors,
			void *buf);
must_check int blk_write(struct blkdev *dev, uint64_t lba, uint64_t nsectors,
			 const void *buf);

/* blk_readv, blk_writev - many pieces, all checked before the first moves. */
must_check int blk_readv(struct blkdev *dev, const struct blk_piece *pieces,
			 size_t count);
must_check int blk_writev(struct blkdev *dev, const struct blk_piece *pieces,
			  size_t count);

/*
 * blk_read_bytes - any bytes, through a bounce block at the two ends.
 * Return: as blk_read (0 for @len 0 within the device); -ENOMEM
 */
must_check int blk_read_bytes(struct blkdev *dev, uint64_t offset, uint64_t len,
			      void *buf);

/* Return: as blk_write; -ENOSYS the device has no such request */
must_check int blk_flush(struct blkdev *dev);
must_check int blk_discard(struct blkdev *dev, uint64_t lba, uint64_t nsectors);
must_check int blk_write_zeroes(struct blkdev *dev, uint64_t lba,
				uint64_t nsectors);
must_check int blk_get_id(struct blkdev *dev, char id[21]);

#endif
