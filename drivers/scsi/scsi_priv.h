/* SPDX-License-Identifier: BSD-2-Clause */
/* drivers/scsi/: scsi_disk.c is a unit as a block device, scsi_scan.c finds them,
 * scsi_sense.c understands their answers. */
#ifndef VIREO_SCSI_PRIV_H
#define VIREO_SCSI_PRIV_H

#include <drivers/scsi.h>

#define SCSI_TYPE_DISK   0x00
#define SCSI_TYPE_CD     0x05
#define SCSI_INQUIRY_LEN 36 /* the part every device has, SPC-4 6.4.2 */

/*
 * scsi_command - carry out @c on @u; busy units and unit attentions are tried again
 * for about a second. Return: as scsi_host_ops.command, but never -EAGAIN
 */
must_check int scsi_command(struct scsi_unit *u, struct scsi_cmd *c);

/* scsi_disk_init - @u, whose INQUIRY data are @inquiry, as a block device; ready for
 * blk_register. */
void scsi_disk_init(struct scsi_unit *u, const uint8_t *inquiry);

/* scsi_disk_refresh - is it ready, how large is it, may it be written?
 * Return: 0; -ENOMEDIUM, and its capacity is 0; as scsi_command */
must_check int scsi_disk_refresh(struct scsi_unit *u);

#endif
