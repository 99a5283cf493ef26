/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines for the glass box, and the first thing it shows: registers. Names and
 * accesses come from the transport's table. What lies behind a selector is
 * read only while the driver may write selectors: a device that is not driven is
 * only read. A register that cannot be read is shown with what the driver wrote to
 * it, where that is kept.
 */
#include "virtio_inspect_priv.h"

#include <stdarg.h>
#include <stdio.h>

#include "virtio_trace_priv.h"

void virtio_line(struct virtio_out *out, enum virtio_tone tone, const char *fmt,
		 ...)
{
	char text[VIRTIO_LINE_MAX];
	va_list ap;

	if (out->stop)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	out->line(out, tone, text);
}

const char *virtio_label(const struct virtio_device *vd, char buf[24])
{
	if (vd->name[0])
		return vd->name;
	snprintf(buf, 24, "%s", vd->where);
	return buf;
}

/* ---- registers ---- */

/* Of @reg, or of its @sel-th instance when @many. */
static void show_reg(struct virtio_device *vd, const struct virtio_reg *reg,
		     bool many, unsigned int sel, struct virtio_out *out)
{
	static const char *const access[] = { "-", "R", "W", "RW" };
	unsigned int rw = reg->flags & VIRTIO_REG_RW;
	enum virtio_tone tone = VIRTIO_TONE_DEVICE;
	bool driven = vd->status & VIRTIO_STATUS_DRIVER;
	const char *note = "";
	char name[40], value[24] = "-";
	uint64_t v = 0;
	bool known;

	if (rw & VIRTIO_REG_R && !(reg->flags & VIRTIO_REG_TAKES)) {
		known = driven || !many;
		if (known)
			v = vd->ops->reg_read(vd, reg, sel);
	} else {
		tone = VIRTIO_TONE_DRIVER;
		note = rw == VIRTIO_REG_W ? " write-only" : " not read";
		known = rw == VIRTIO_REG_W && vd->state == VIRTIO_LIVE &&
			vd->ops->reg_written(vd, reg, sel, &v);
		if (known)
			note = " written";
	}
	snprintf(name, sizeof(name), many ? "%s[%u]" : "%s", reg->name, sel);
	if (known)
		snprintf(value, sizeof(value), "0x%0*jx", 2 * reg->width,
			 (uintmax_t)v);
	else
		tone = VIRTIO_TONE_FAINT;
	virtio_line(out, tone, "  0x%03x %2u %-2s  %-24s %s%s", reg->offset,
		    8 * reg->width, access[rw], name, value, note);
}

/* Those behind no selector, and the words of the features. */
static void show_device_regs(struct virtio_device *vd, struct virtio_out *out)
{
	const struct virtio_reg *reg = vd->ops->regs;

	for (unsigned int i = 0; i < vd->ops->nregs; i++, reg++) {
		if (reg->flags & (VIRTIO_REG_QUEUE | VIRTIO_REG_SPACE))
			continue;
		if (!(reg->flags & VIRTIO_REG_WORD)) {
			show_reg(vd, reg, false, 0, out);
			continue;
		}
		show_reg(vd, reg, true, 0, out);
		if (!vd->legacy)
			show_reg(vd, reg, true, 1, out);
	}
}

static void show_queue_regs(struct virtio_device *vd, unsigned int queue,
			    struct virtio_out *out)
{
	const struct virtio_reg *reg = vd->ops->regs;

	for (unsigned int i = 0; i < vd->ops->nregs; i++, reg++)
		if (reg->flags & VIRTIO_REG_QUEUE)
			show_reg(vd, reg, true, queue, out);
}

void virtio_show_regs(struct virtio_device *vd, struct virtio_out *out)
{
	struct virtio_trace *t = trace_pause();
	char buf[24];

	virtio_line(out, VIRTIO_TONE_HEAD, "%s: %s version %u, base 0x%08jx",
		    virtio_label(vd, buf), vd->ops->name, vd->version,
		    (uintmax_t)vd->base);
	show_device_regs(vd, out);
	for (unsigned int i = 0; i < vd->nvqs; i++)
		if (vd->vq[i])
			show_queue_regs(vd, i, out);
	trace_resume(t);
}
