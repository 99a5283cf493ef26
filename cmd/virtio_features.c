/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio features: what a device offers, what was accepted, what was refused and
 * why, one feature a line; and features switched off and on by hand, after which
 * the device is attached anew. All names are checked before anything is changed.
 */
#include "virtio.h"

#include <errno.h>
#include <stdio.h>

#include <core/console.h>

static int complain(const char *what, const char *why)
{
	con_printf("virtio features: %s: %s\n", what, why);
	return CMD_FAIL;
}

/* What became of a bit. NULL: neither side knows it */
static const char *verdict(const struct virtio_device *vd,
			   const struct virtio_info *info, unsigned int bit,
			   const char **why)
{
	bool off = virtio_features_off(vd) >> bit & 1;

	*why = virtio_feature_unknown(vd, bit);
	if (!(info->offered >> bit & 1)) {
		return *why ? NULL : "not offered";
	}
	if (!*why && off)
		*why = "switched off";
	return *why ? "offered, refused: " : "offered, accepted";
}

static void show(const struct virtio_device *vd, const struct virtio_info *info)
{
	const char *name, *text, *why;
	char number[12];

	con_printf("%s: %s, %s\n", info->name,
		   virtio_type_name(info->device_id), info->where);
	for (unsigned int bit = 0; bit < 64; bit++) {
		text = verdict(vd, info, bit, &why);
		if (!text)
			continue;
		name = virtio_feature_name(info->device_id, bit);
		snprintf(number, sizeof(number), "bit %u", bit);
		con_printf("  %-26s %s%s\n", name ? name : number, text,
			   why ? why : "");
	}
}

/* "+NAME" or "-NAME" into @off. Return: 0; else it was printed */
static int take(const struct virtio_device *vd, uint64_t offered,
		const char *word, uint64_t *off)
{
	uint64_t before = *off;
	const char *why;
	int bit;

	if ((*word != '+' && *word != '-') || !word[1])
		return complain(word, "neither +NAME nor -NAME");
	bit = virtio_feature_find(vd, word + 1);
	if (bit < 0)
		return complain(word + 1, "no such feature");
	why = virtio_feature_fixed(vd, (unsigned int)bit);
	if (!why && !(offered >> bit & 1))
		why = "not offered";
	if (why)
		return complain(word + 1, why);
	if (*word == '-')
		*off |= UINT64_C(1) << bit;
	else
		*off &= ~(UINT64_C(1) << bit);
	if (*off == before)
		(void)complain(word + 1, *word == '-' ? "is off" : "is on");
	return 0;
}

static int cmd_features(const struct cmd_call *call)
{
	struct virtio_device *vd = virtio_find(call->argv[1]);
	struct virtio_info info = { 0 };
	const char *why = NULL;
	uint64_t off;
	int ret;

	if (vd)
		virtio_get_info(vd, &info);
	if (!info.driver)
		return complain(call->argv[1], !vd ? "no such device"
					       : info.device_id ? "no driver"
								: "empty slot");
	/* What it offers, and what must not change, is known after that. */
	ret = virtio_ready(vd);
	virtio_get_info(vd, &info);
	off = virtio_features_off(vd);
	for (int i = 2; i < call->argc; i++)
		if (take(vd, info.offered, call->argv[i], &off))
			return CMD_FAIL;
	if (off != virtio_features_off(vd))
		ret = virtio_features_switch(vd, off, &why);
	if (ret && !why)
		why = virtio_fault(vd);
	if (ret)
		complain(info.name, why);
	virtio_get_info(vd, &info);
	if (call->argc == 2 && info.offered)
		show(vd, &info);
	return ret ? CMD_FAIL : CMD_OK;
}

static void complete(const struct cmd_call *call)
{
	if (call->argc == 3)
		virtio_offer_devices();
}

VIRTIO_SUB(features, cmd_features, 1, -1, complete);
