/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCSI disks, between a controller's driver (a "host", which carries commands) and
 * block/. The host knows requests and rings, drivers/scsi/ knows commands, sense data
 * and what a disk is: each unit that is one becomes a block device of type "scsi".
 * Source: SAM-5, SPC-4, SBC-3, MMC-6.
 */
#ifndef VIREO_DRIVERS_SCSI_H
#define VIREO_DRIVERS_SCSI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <block/blkdev.h>
#include <lib/compiler.h>

#define SCSI_CDB      16   /* bytes of the longest command here */
#define SCSI_DATA_MAX 4096 /* bytes of the longest answer asked for */

struct scsi_host;

/* A logical unit. */
struct scsi_unit {
	struct scsi_host *host;
	uint16_t target, lun;
	uint8_t device_type; /* as INQUIRY says */
	char why[80];        /* the last failure in words; "": none */
	struct blkdev dev;
	struct scsi_unit *next;
};

/* A command with a short answer or none. */
struct scsi_cmd {
	uint8_t cdb[SCSI_CDB];
	void *in; /* the caller's; a copy, filled on success */
	uint32_t in_len, got;
};

/*
 * What a host does. Return, for both: 0; -EAGAIN it was not done, and is worth another
 * try; -ENODEV nothing answers there; what scsi_answer says; as blk_ops.transfer
 */
struct scsi_host_ops {
	int (*command)(struct scsi_host *h, struct scsi_unit *u,
		       struct scsi_cmd *c);
	/* Read or write, cut into as many commands as it takes: scsi_rw_cdb */
	int (*transfer)(struct scsi_host *h, struct scsi_unit *u, bool write,
			const struct blk_piece *pieces, size_t count);
	/* Why the controller cannot be used; NULL: it can */
	const char *(*fault)(const struct scsi_host *h);
};

struct scsi_host {
	/* set by its driver; it must stay */
	const struct scsi_host_ops *ops;
	void *ctx;
	const char *name; /* "scsi0" */
	/* the highest numbers, known when a command has been carried out */
	unsigned int max_target, max_lun;

	/* set by drivers/scsi/ */
	struct blk_scan scan;
	struct scsi_unit *units;
	unsigned int nunits;
	struct scsi_host *next;
};

/* scsi_host_add - once for each controller. Its units are looked for when somebody wants
 * a SCSI disk. */
void scsi_host_add(struct scsi_host *h);

/* scsi_host_reset - the controller was reset: what was read before may be stale. */
void scsi_host_reset(struct scsi_host *h);

/*
 * scsi_scan - look for units on all controllers; those known are asked again what
 * they are like. Return: 0; -EINTR; -ETIMEDOUT it took too long; -ENOMEM
 */
must_check int scsi_scan(void);

/*
 * scsi_answer - what a status byte and sense data mean.
 * Return: 0; -EAGAIN busy, or a unit attention; -ENOMEDIUM; -EROFS; -ERANGE; -ENOSYS;
 *         -EIO with the words in @u
 */
must_check int scsi_answer(struct scsi_unit *u, uint8_t status,
			   const uint8_t *sense, size_t len);

/* scsi_explain - keep the words for a failure of @u. Return: @err */
int scsi_explain(struct scsi_unit *u, int err, const char *text);

/* scsi_rw_cdb - the command that reads or writes @bytes from @sector (512 bytes) on,
 * both multiples of the unit's block. */
void scsi_rw_cdb(const struct scsi_unit *u, bool write, uint64_t sector,
		 uint64_t bytes, uint8_t cdb[SCSI_CDB]);

#endif
