/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtio command in four files: virtio.c chooses (and has the block device
 * commands that move no data), virtio_rw.c moves blocks, virtio_status.c shows
 * devices of any type, virtio_features.c what they negotiated.
 */
#ifndef VIREO_CMD_VIRTIO_H
#define VIREO_CMD_VIRTIO_H

#include <block/blkdev.h>
#include <drivers/virtio.h>
#include <shell/command.h>

/* virtio_disk - the disk that argument @arg names, the current one when there is
 * no such argument; prints why not. Return: NULL: none */
struct blkdev *virtio_disk(const struct cmd_call *call, int arg);

/* virtio_find - a device by what "virtio list" calls it ("virtio0", "eth0",
 * "slot31"), or a disk by number. NULL: none */
struct virtio_device *virtio_find(const char *name);

/* Blocks of the device's own size. */
uint64_t virtio_disk_blocks(const struct blkdev *disk);

int virtio_cmd_read(const struct cmd_call *call);
int virtio_cmd_write(const struct cmd_call *call);
int virtio_cmd_dump(const struct cmd_call *call);
int virtio_cmd_list(const struct cmd_call *call);
int virtio_cmd_status(const struct cmd_call *call);
int virtio_cmd_features(const struct cmd_call *call);

#endif
