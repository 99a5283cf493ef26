/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk in the words of "virtio info" and "fatinfo". */
#ifndef VIREO_CMD_DISK_H
#define VIREO_CMD_DISK_H

#include <block/blkdev.h>

/* disk_print - vendor and product, type, capacity: three lines, the first of which the
 * caller has begun. */
void disk_print(const struct blkdev *disk);

#endif
