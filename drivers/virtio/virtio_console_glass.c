/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the glass box shows of a console (virtio 1.4, 5.3): its configuration, the port
 * in use, and which buffer an address lies in.
 */
#include "virtio_console_priv.h"

#include <stdio.h>

#include <core/dma.h>

/* 5.3.4 */
static const struct virtio_field fields[] = {
	{ CONSOLE_F_SIZE, 0, 2, 1, "cols" },
	{ CONSOLE_F_SIZE, 2, 2, 1, "rows" },
	{ CONSOLE_F_MULTIPORT, CFG_MAX_NR_PORTS, 4, 1, "max_nr_ports" },
	{ CONSOLE_F_EMERG_WRITE, 8, 4, 1, "emerg_wr" },
};

static const char *what(const struct virtio_device *vd, uint64_t addr)
{
	const struct vcon *vc = vd->priv;
	uint64_t off = addr - dma_addr(vc->mem);

	if (off >= sizeof(*vc->mem))
		return NULL;
	if (off < offsetof(struct vcon_memory, tx))
		return "input buffer";
	return off < offsetof(struct vcon_memory, control_rx)
		       ? "output buffer"
		       : "control message";
}

void vcon_describe(struct virtio_device *vd,
		   void (*line)(void *arg, const char *name, const char *value),
		   void *arg)
{
	const struct vcon *vc = vd->priv;
	char text[24] = "none";

	if (vc->port != NO_PORT && !vc->removed)
		snprintf(text, sizeof(text), "%u", vc->port);
	line(arg, "console port", text);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)vc->lost);
	line(arg, "bytes lost", text);
	virtio_describe_fields(vd, line, arg);
}

const struct virtio_glass vcon_glass = {
	.fields = fields,
	.nfields = array_size(fields),
	.what = what,
};
