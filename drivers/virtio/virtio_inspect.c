/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines for the glass box, and the first things it shows: registers and
 * configuration. Names and
 * accesses come from the transport's table. What lies behind a selector is
 * read only while the driver may write selectors: a device that is not driven is
 * only read. A register that cannot be read is shown with what the driver wrote to
 * it, where that is kept.
 */
#include "virtio_inspect_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "virtio_trace_priv.h"

#define RAW_PER_LINE 16 /* bytes of configuration */

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

	if (vd->ops->reg_there && !vd->ops->reg_there(vd, reg))
		return;
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
	char version[24] = "";

	if (vd->version)
		snprintf(version, sizeof(version), " version %u", vd->version);
	virtio_line(out, VIRTIO_TONE_HEAD, "%s: %s%s, base 0x%08jx",
		    virtio_label(vd), vd->ops->name, version,
		    (uintmax_t)vd->base);
	if (!vd->ops->nregs)
		virtio_line(out, VIRTIO_TONE_FAINT,
			    "  no registers before a driver uses it");
	show_device_regs(vd, out);
	for (unsigned int i = 0; i < vd->nvqs; i++)
		if (vd->vq[i])
			show_queue_regs(vd, i, out);
	trace_resume(t);
}

/* ---- configuration ---- */

static void config_fact(void *arg, const char *name, const char *value)
{
	virtio_line(arg, VIRTIO_TONE_PLAIN, "  %-27s %s", name, value);
}

/* A line of raw bytes as it grows. */
struct raw {
	struct virtio_out *out;
	char text[RAW_PER_LINE * 4];
	size_t len;
	unsigned int first, at; /* offsets: of the line, of what comes next */
};

static void raw_end(struct raw *r)
{
	if (r->len)
		virtio_line(r->out, VIRTIO_TONE_DEVICE, "  raw 0x%03x%s",
			    r->first, r->text);
	r->len = 0;
	r->first = r->at;
}

/* @width bytes, most significant first; NULL: dots for what is not there. */
static void raw_put(struct raw *r, const uint8_t *bytes, unsigned int width)
{
	if (r->at - r->first >= RAW_PER_LINE)
		raw_end(r);
	r->at += width;
	r->text[r->len++] = ' ';
	while (width--)
		r->len += (size_t)snprintf(
			r->text + r->len, sizeof(r->text) - r->len,
			bytes ? "%02x" : "..", bytes ? bytes[width] : 0u);
}

static int raw_field(struct virtio_device *vd, const struct virtio_field *f,
		     struct raw *r)
{
	bool there = virtio_field_is_there(f, vd->offered);
	uint8_t bytes[8];
	int ret = 0;

	while (r->at < f->off)
		raw_put(r, NULL, 1);
	for (unsigned int i = 0; i < f->count && !ret; i++) {
		if (there)
			ret = virtio_config(vd, r->at,
					    f->width < 4 ? f->width : 4,
					    f->width, bytes);
		if (!ret)
			raw_put(r, there ? bytes : NULL, f->width);
	}
	return ret;
}

static int show_raw(struct virtio_device *vd, const struct virtio_glass *glass,
		    struct virtio_out *out)
{
	struct raw r = { .out = out };
	int ret = 0;

	for (unsigned int i = 0; i < glass->nfields && !ret; i++)
		ret = raw_field(vd, &glass->fields[i], &r);
	raw_end(&r);
	return ret;
}

int virtio_show_config(struct virtio_device *vd, struct virtio_out *out)
{
	struct virtio_trace *t = trace_pause();
	int ret = vd->driver && vd->driver->glass ? 0 : -ENODEV;

	if (!ret && !vd->driver->glass->fields)
		ret = -ENOSYS;
	if (!ret) {
		virtio_line(out, VIRTIO_TONE_HEAD, "%s: configuration",
			    virtio_label(vd));
		ret = virtio_describe_config(vd, config_fact, out);
	}
	if (!ret)
		ret = show_raw(vd, vd->driver->glass, out);
	trace_resume(t);
	return ret;
}
