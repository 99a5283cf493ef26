/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The recorded trace as text, a line an event:
 *
 *	us device what queue-or-register details
 *
 * Registers are named by the transport's table; what was captured of a request is put
 * into words by its driver.
 */
#include "virtio_trace_priv.h"

#include <errno.h>
#include <stdio.h>

#include "virtio_inspect_priv.h"

static const struct {
	char name[8];
	enum virtio_tone tone;
} kinds[] = {
	[VIRTIO_EVENT_READ] = { "read", VIRTIO_TONE_FAINT },
	[VIRTIO_EVENT_WRITE] = { "write", VIRTIO_TONE_PLAIN },
	[VIRTIO_EVENT_STATUS] = { "status", VIRTIO_TONE_DRIVER },
	[VIRTIO_EVENT_RESET] = { "reset", VIRTIO_TONE_HEAD },
	[VIRTIO_EVENT_FAULT] = { "fault", VIRTIO_TONE_WRONG },
	[VIRTIO_EVENT_ADD] = { "add", VIRTIO_TONE_DRIVER },
	[VIRTIO_EVENT_KICK] = { "kick", VIRTIO_TONE_DRIVER },
	[VIRTIO_EVENT_NO_KICK] = { "no kick", VIRTIO_TONE_DRIVER },
	[VIRTIO_EVENT_USED] = { "used", VIRTIO_TONE_DEVICE },
};

/* The table's entry for @e: its own, or the space that it lies in. */
static const struct virtio_reg *find_reg(const struct virtio_event *e)
{
	const struct virtio_reg *reg = e->vd->ops->regs, *space = NULL;

	for (unsigned int i = 0; i < e->vd->ops->nregs; i++, reg++) {
		if (reg->area != e->area || reg->offset > e->off)
			continue;
		if (reg->flags & VIRTIO_REG_SPACE)
			space = reg;
		else if (e->off - reg->offset < reg->width)
			return reg;
	}
	return space;
}

/* The configuration field that begins at @off; "" when it has no name. */
static const char *field_name(const struct virtio_device *vd, unsigned int off)
{
	const struct virtio_glass *glass = vd->driver ? vd->driver->glass
						      : NULL;

	for (unsigned int i = 0; glass && i < glass->nfields; i++)
		if (glass->fields[i].off == off && glass->fields[i].name)
			return glass->fields[i].name;
	return "";
}

static void reg_text(const struct virtio_event *e, char *text, size_t size)
{
	const struct virtio_reg *reg = find_reg(e);
	unsigned int in = reg ? e->off - reg->offset : e->off;
	const char *field = "";
	char name[40], again[24] = "";

	if (reg && !in && !(reg->flags & VIRTIO_REG_SPACE))
		snprintf(name, sizeof(name), "%s", reg->name);
	else
		snprintf(name, sizeof(name), "%s+0x%x", reg ? reg->name : "",
			 in);
	if (reg && reg->flags & VIRTIO_REG_SPACE &&
	    !(reg->flags & VIRTIO_REG_W))
		field = field_name(e->vd, in);
	if (e->count > 1)
		snprintf(again, sizeof(again), ", %u times", e->count);
	snprintf(text, size, "%-21s 0x%0*jx%s%s%s", name, 2 * e->width,
		 (uintmax_t)e->value, field[0] ? " " : "", field, again);
}

static void queue_text(const struct virtio_event *e, char *text, size_t size)
{
	int n;

	if (e->kind == VIRTIO_EVENT_ADD)
		n = snprintf(text, size, "q%u id %u, %u out %u in, %u+%u bytes",
			     e->queue, e->id, e->n_out, e->n_in, e->out_len,
			     e->in_len);
	else if (e->kind == VIRTIO_EVENT_USED)
		n = snprintf(text, size, "q%u id %u, length %ju", e->queue,
			     e->id, (uintmax_t)e->value);
	else
		n = snprintf(text, size, "q%u %s %ju", e->queue, e->text,
			     (uintmax_t)e->value);
	if (!e->nbytes)
		return;
	n += snprintf(text + n, size - (size_t)n, ": ");
	e->vd->driver->glass->explain(e->vd, e->bytes, e->nbytes, text + n,
				      size - (size_t)n);
}

static void show(const struct virtio_event *e, struct virtio_out *out)
{
	char text[144] = "";

	if (e->kind <= VIRTIO_EVENT_WRITE)
		reg_text(e, text, sizeof(text));
	else if (e->kind >= VIRTIO_EVENT_ADD)
		queue_text(e, text, sizeof(text));
	else if (e->kind == VIRTIO_EVENT_STATUS)
		snprintf(text, sizeof(text), "0x%02jx", (uintmax_t)e->value);
	else if (e->text)
		snprintf(text, sizeof(text), "%s", e->text);
	virtio_line(out, kinds[e->kind].tone, "%8ju %-8s %-*s%s",
		    (uintmax_t)e->us, virtio_label(e->vd), text[0] ? 8 : 0,
		    kinds[e->kind].name, text);
}

static const struct virtio_event *at(const struct virtio_trace *t, uint64_t i)
{
	return &t->event[i % VIRTIO_TRACE_EVENTS];
}

static void heading(const struct virtio_trace *t, uint64_t lost,
		    const struct virtio_device *only, struct virtio_out *out)
{
	char of[32] = "";
	uint64_t n = 0;

	for (uint64_t i = lost; i < t->total; i++)
		n += at(t, i)->vd == only;
	if (only)
		snprintf(of, sizeof(of), "%ju of ", (uintmax_t)n);
	virtio_line(out, VIRTIO_TONE_HEAD, "%s%ju events, the oldest %ju lost",
		    of, (uintmax_t)t->total, (uintmax_t)lost);
}

/* Showing reads no register, but the terminal it goes to may be a traced device. */
int virtio_trace_show(const struct virtio_device *only, struct virtio_out *out)
{
	struct virtio_trace *t = trace_pause();
	uint64_t lost;

	if (!t)
		return -ENODEV;
	lost = t->total - min_u64(t->total, VIRTIO_TRACE_EVENTS);
	heading(t, lost, only, out);
	for (uint64_t i = lost; i < t->total && !out->stop; i++)
		if (!only || at(t, i)->vd == only)
			show(at(t, i), out);
	trace_resume(t);
	return 0;
}
