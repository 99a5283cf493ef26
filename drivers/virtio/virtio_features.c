/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Features seen and switched by hand (virtio 1.4, 2.2): why a bit is never
 * accepted, bits by name, and a device attached again without some of what it
 * offers. What is accepted at all is decided by virtio.c and the drivers.
 */
#include <drivers/virtio.h>

#include <errno.h>
#include <string.h>

#include <lib/ctype.h>

#include "virtio_priv.h"

static bool has(uint64_t bits, unsigned int bit)
{
	return bits >> bit & 1;
}

const char *virtio_feature_unknown(const struct virtio_device *vd,
				   unsigned int bit)
{
	if (!vd->driver)
		return "no driver";
	if (has(virtio_known(vd, vd->legacy), bit))
		return NULL;
	if (!has(virtio_known(vd, !vd->legacy), bit))
		return "not known to this driver";
	return vd->legacy ? "not on a legacy device"
			  : "only on a legacy device";
}

/* Is @typed the text @name, whatever the case? */
static bool same(const char *name, const char *typed)
{
	while (*name && to_lower(*typed) == to_lower(*name)) {
		name++;
		typed++;
	}
	return !*name && !*typed;
}

/* What follows @prefix in @s, which may be typed in any case; else @s. */
static const char *after(const char *s, const char *prefix)
{
	const char *p = s;

	while (*prefix && to_lower(*p) == *prefix) {
		prefix++;
		p++;
	}
	return *prefix ? s : p;
}

int virtio_feature_find(const struct virtio_device *vd, const char *name)
{
	const char *typed = after(name, "virtio_"), *full, *part;
	const char *bare = after(typed, "f_");

	for (unsigned int bit = 0; bit < 64; bit++) {
		full = virtio_feature_name(vd->device_id, bit);
		if (!full)
			continue;
		part = strstr(full, "_F_");
		if (same(full, bare) || (part && same(part + 3, bare)))
			return (int)bit;
	}
	return -ENOENT;
}

const char *virtio_feature_fixed(const struct virtio_device *vd,
				 unsigned int bit)
{
	if (bit == VIRTIO_F_VERSION_1)
		return "cannot be switched";
	return virtio_feature_unknown(vd, bit);
}

uint64_t virtio_features_off(const struct virtio_device *vd)
{
	return vd->off;
}

int virtio_features_switch(struct virtio_device *vd, uint64_t off,
			   const char **why)
{
	uint64_t before = vd->off;
	int ret;

	vd->off = off;
	ret = virtio_restart(vd);
	if (!ret)
		return 0;
	*why = virtio_fault(vd);
	vd->off = before;
	/* The first failure is the one to tell; this one shows in the state. */
	(void)!virtio_restart(vd);
	return ret;
}
