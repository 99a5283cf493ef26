/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of a self-test that every device has: reset, status, features,
 * configuration and queues (virtio 1.4, 2.1, 2.2, 2.5, 3.1.1). The handshake is gone
 * through step by step to see what the device says to each, up to the queues; then
 * the driver attaches it as always. Nothing is printed in between: the device may be
 * the console.
 */
#include <drivers/virtio_test.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <arch/barrier.h>
#include <core/console.h>
#include <core/dma.h>
#include <lib/errstr.h>

#include "virtio_priv.h"

int virtio_check_note(struct virtio_test *t, int ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->note, sizeof(t->note), fmt, ap);
	va_end(ap);
	return ret;
}

/* A device that was reset in the middle has failed, whatever the check made of it. */
static int judge(struct virtio_test *t, int ret)
{
	const struct virtio_device *vd = t->vd;

	if (vd->state != VIRTIO_LIVE) {
		size_t at = strlen(t->note);

		t->stop = true;
		snprintf(t->note + at, sizeof(t->note) - at,
			 "%s%s; the device was reset", at ? "; " : "",
			 vd->fault ? vd->fault : err_str(ret));
		return -EIO;
	}
	if (ret < 0 && !t->note[0])
		virtio_check_note(t, ret, "%s", err_str(ret));
	return ret;
}

/* Return: a verdict; -EINTR */
static int run(struct virtio_test *t, const struct virtio_check *c, void *ctx)
{
	int ret;

	t->note[0] = '\0';
	ret = c->run(t, ctx);
	if (ret == -EINTR)
		return ret;
	ret = judge(t, ret);
	if (!ret)
		return VIRTIO_PASS;
	return ret == VIRTIO_CHECK_NA ? VIRTIO_NA : VIRTIO_FAIL;
}

/* Of @items those of the ring in use: some lines name a VQ item and the PKD item that says
 * the same of a packed ring. */
static void items_here(const struct virtio_test *t, const char *items,
		       char *out, size_t size)
{
	bool both = strstr(items, "PKD-") != NULL;
	const char *other = virtio_has(t->vd, VIRTIO_F_RING_PACKED) ? "VQ-"
								    : "PKD-";
	size_t at = 0, n;

	for (; *items; items += n + (items[n] == ' ')) {
		const char *space = strchr(items, ' ');

		n = space ? (size_t)(space - items) : strlen(items);
		if (both && !strncmp(items, other, strlen(other)))
			continue;
		if (at + n + 2 > size)
			break;
		if (at)
			out[at++] = ' ';
		memcpy(out + at, items, n);
		at += n;
	}
	out[at] = '\0';
}

static void say(struct virtio_test *t, const struct virtio_check *c, int v,
		const char *note)
{
	char items[40];

	items_here(t, c->items, items, sizeof(items));
	t->count[v]++;
	t->line(t, items, c->what, (enum virtio_verdict)v, note);
}

void virtio_check_one(struct virtio_test *t, const struct virtio_check *c,
		      void *ctx)
{
	int v = run(t, c, ctx);

	if (v == -EINTR)
		t->stop = t->interrupted = true;
	else
		say(t, c, v, t->note);
}

void virtio_check_all(struct virtio_test *t, const struct virtio_check *checks,
		      size_t n, void *ctx)
{
	for (size_t i = 0; i < n && !t->stop; i++) {
		virtio_check_one(t, &checks[i], ctx);
		if (con_ctrlc())
			t->stop = t->interrupted = true;
	}
}

void virtio_check_none(struct virtio_test *t, const struct virtio_check *checks,
		       size_t n, const char *why)
{
	for (size_t i = 0; i < n; i++)
		say(t, &checks[i], VIRTIO_NA, why);
}

/* ---- the handshake by hand ---- */

static int reset(struct virtio_test *t, uint64_t *us)
{
	struct virtio_device *vd = t->vd;
	struct wait w = wait_ms(VIRTIO_RESET_MS);
	uint64_t start = time_us();

	vd->ops->set_status(vd, 0);
	while (vd->ops->get_status(vd)) {
		if (wait_over(&w)) {
			virtio_fail(vd, "does not reset");
			return -ETIMEDOUT;
		}
		cpu_relax();
	}
	*us = time_us() - start;
	return 0;
}

static int check_reset(struct virtio_test *t, void *ctx)
{
	uint64_t us = 0;
	int ret = reset(t, &us);

	(void)ctx;
	return ret ? ret
		   : virtio_check_note(t, 0, "reads 0 after %ju us",
				       (uintmax_t)us);
}

static int add_status(struct virtio_test *t, uint8_t status)
{
	uint32_t now;

	t->vd->ops->set_status(t->vd, status);
	now = t->vd->ops->get_status(t->vd);
	if (now == status)
		return 0;
	return virtio_check_note(t, -EIO, "wrote 0x%02x, reads 0x%02x", status,
				 (unsigned int)now);
}

static int check_status(struct virtio_test *t, void *ctx)
{
	int ret = add_status(t, VIRTIO_STATUS_ACKNOWLEDGE);

	(void)ctx;
	if (!ret)
		ret = add_status(t, VIRTIO_STATUS_ACKNOWLEDGE |
					    VIRTIO_STATUS_DRIVER);
	return ret;
}

static int check_features(struct virtio_test *t, void *ctx)
{
	struct virtio_device *vd = t->vd;
	uint64_t now = vd->ops->get_features(vd);

	(void)ctx;
	virtio_check_note(t, 0, "0x%016jx", (uintmax_t)now);
	if (now != vd->offered || now != vd->ops->get_features(vd))
		return virtio_check_note(t, -EIO, "0x%016jx, were 0x%016jx",
					 (uintmax_t)now,
					 (uintmax_t)vd->offered);
	return 0;
}

static int check_version_1(struct virtio_test *t, void *ctx)
{
	bool has = t->vd->offered >> VIRTIO_F_VERSION_1 & 1;

	(void)ctx;
	if (t->vd->legacy)
		return virtio_check_note(t, VIRTIO_CHECK_NA, "legacy device");
	return has ? 0 : virtio_check_note(t, -EIO, "not offered");
}

static int check_features_ok(struct virtio_test *t, void *ctx)
{
	struct virtio_device *vd = t->vd;

	(void)ctx;
	vd->ops->set_features(vd, vd->accepted);
	if (vd->legacy)
		return virtio_check_note(t, VIRTIO_CHECK_NA, "legacy device");
	return add_status(t, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER |
				     VIRTIO_STATUS_FEATURES_OK);
}

static int check_attach(struct virtio_test *t, void *ctx)
{
	struct virtio_device *vd = t->vd;
	int ret = virtio_restart(vd);

	(void)ctx;
	if (ret)
		return ret;
	if (virtio_needs_reset(vd))
		return virtio_check_note(t, -EIO, "status 0x%02x",
					 (unsigned int)vd->ops->get_status(vd));
	return virtio_check_note(t, 0, "status 0x%02x", vd->status);
}

/* ---- configuration, queues ---- */

static int check_config(struct virtio_test *t, void *ctx)
{
	const struct virtio_glass *g = t->vd->driver->glass;
	uint8_t once[64], twice[64];
	unsigned int n = 0;

	(void)ctx;
	for (unsigned int i = 0; g && i < g->nfields; i++) {
		const struct virtio_field *f = &g->fields[i];
		unsigned int width = f->width == 8 ? 4 : f->width;
		unsigned int len = f->width * f->count;
		int ret;

		if (!virtio_field_is_there(f, t->vd->offered) ||
		    len > sizeof(once))
			continue;
		ret = virtio_config(t->vd, f->off, width, len, once);
		if (!ret)
			ret = virtio_config(t->vd, f->off, width, len, twice);
		if (ret || memcmp(once, twice, len))
			return virtio_check_note(t, -EIO, "offset %u changes",
						 f->off);
		n++;
	}
	if (!n)
		return virtio_check_note(t, VIRTIO_CHECK_NA, "it has none");
	return virtio_check_note(t, 0, "%u fields, each twice the same", n);
}

static bool queue_ok(const struct virtq *vq)
{
	return vq->size && vq->size <= vq->size_max &&
	       (vq->ops != &virtq_split || is_pow2(vq->size)) &&
	       dma_addr(vq->desc) % 16 == 0 && dma_addr(vq->driver) % 2 == 0 &&
	       dma_addr(vq->device) % 4 == 0;
}

static int check_queues(struct virtio_test *t, void *ctx)
{
	size_t at = 0;

	(void)ctx;
	for (unsigned int i = 0; i < t->vd->nvqs; i++) {
		const struct virtq *vq = t->vd->vq[i];

		if (!vq) /* a type may leave some of its queues alone */
			continue;
		if (!queue_ok(vq))
			return virtio_check_note(t, -EIO, "queue %u: size %u",
						 i, vq->size);
		if (at < sizeof(t->note))
			at += (size_t)snprintf(
				t->note + at, sizeof(t->note) - at, "%s %u",
				at ? "" : vq->ops->name, vq->size);
	}
	return 0;
}

static const struct virtio_check by_hand[] = {
	{ "INIT-2", "reset", check_reset },
	{ "INIT-1 INIT-4", "status reads back", check_status },
	{ "FEAT-3 FEAT-4", "features read again", check_features },
	{ "FEAT-2", "VERSION_1", check_version_1 },
	{ "INIT-5", "FEATURES_OK stays", check_features_ok },
	{ "INIT-3", "reset in mid-handshake", check_reset },
	{ "INIT-1 INIT-13", "driver attaches", check_attach },
};

static void handshake(struct virtio_test *t)
{
	struct {
		int v;
		char note[sizeof(t->note)];
	} seen[array_size(by_hand)];
	size_t n;

	for (n = 0; n < array_size(by_hand) && !t->stop; n++) {
		seen[n].v = run(t, &by_hand[n], NULL);
		memcpy(seen[n].note, t->note, sizeof(t->note));
	}
	for (size_t i = 0; i < n; i++)
		say(t, &by_hand[i], seen[i].v, seen[i].note);
}

static const struct virtio_check attached[] = {
	{ "CFG-1 CFG-2", "configuration", check_config },
	{ "VQ-1 VQ-3 PKD-1", "queues", check_queues },
};

static int check_ready(struct virtio_test *t, void *ctx)
{
	(void)ctx;
	return virtio_ready(t->vd);
}

static const struct virtio_check io = { "", "input and output", NULL };
static const struct virtio_check ready = { "INIT-1", "usable", check_ready };

void virtio_selftest(struct virtio_test *t)
{
	struct virtio_device *vd = t->vd;

	if (vd->state != VIRTIO_LIVE && virtio_ready(vd)) {
		virtio_check_one(t, &ready, NULL);
		return;
	}
	handshake(t);
	virtio_check_all(t, attached, array_size(attached), NULL);
	if (!t->stop && vd->driver->test)
		vd->driver->test(t);
	else if (!t->stop)
		virtio_check_none(t, &io, 1, "only by the device's commands");
	if (vd->state == VIRTIO_BROKEN)
		(void)!virtio_ready(vd);
}
