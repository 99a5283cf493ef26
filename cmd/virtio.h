/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtio command's files: virtio.c chooses, virtio_status.c shows devices of any
 * type, virtio_features.c what they negotiated, virtio_inspect.c what is inside them,
 * virtio_step.c one request step by step.
 * What it does with disks is in disk_cmd.c and disk_rw.c.
 */
#ifndef VIREO_CMD_VIRTIO_H
#define VIREO_CMD_VIRTIO_H

#include <drivers/virtio.h>
#include <drivers/virtio_inspect.h>
#include <shell/command.h>

/* virtio_find - a device by what "virtio list" calls it ("virtio0", "eth0",
 * "slot31"), or a disk by number. NULL: none */
struct virtio_device *virtio_find(const char *name);

int virtio_cmd_list(const struct cmd_call *call);
int virtio_cmd_status(const struct cmd_call *call);

/* virtio_named - the device that argument @i names; prints why not. NULL: none */
struct virtio_device *virtio_named(const struct cmd_call *call, int i);

/* virtio_look - where the glass box's lines go: the terminal. Takes the option "-c", in
 * colour, off the front of @call's arguments. */
struct virtio_out virtio_look(struct cmd_call *call);

/* virtio_words - for Tab: words after the subcommand and before the one it is at, without
 * the option. */
int virtio_words(const struct cmd_call *call);

/* virtio_offer_devices - for Tab: the names that virtio_find takes. */
void virtio_offer_devices(void);

/*
 * A subcommand in a file of its own ends in
 *
 *	VIRTIO_SUB(regs, cmd_regs, 1, 2, complete_regs);
 *
 * with the least and the most arguments, and what Tab calls when this
 * subcommand has been typed (NULL: nothing); its usage stands in virtio.c.
 */
struct virtio_sub {
	struct subcommand sub;
	void (*complete)(const struct cmd_call *call);
};

TABLE_DECLARE(virtio_sub, const struct virtio_sub);

#define VIRTIO_SUB(name_, fn_, min_, max_, complete_) \
	static const struct virtio_sub virtio_sub_##name_ = { \
		{ #name_, fn_, min_, max_ }, complete_ \
	}; \
	TABLE_ENTRY(virtio_sub, &virtio_sub_##name_)

#endif
