/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtio console (virtio 1.4, 5.3): one port of it, with or without MULTIPORT, as a
 * console of <core/console.h>. Without, the port is 0; with it, the first that the
 * device calls a console. Other ports are acknowledged and never opened.
 *
 * Output is copied to buffers of ours and not waited for. When the host reads none of
 * it for a second, what follows is dropped until it does, and the loss is told then.
 * Input stays with the host until there is a free buffer here: none is lost.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <arch/barrier.h>
#include <core/deadline.h>
#include <core/dma.h>
#include <core/heap.h>

#include "virtio_console_priv.h"

/* Control messages: le32 id, le16 event, le16 value, 5.3.6.2 */
#define DEVICE_READY 0
#define PORT_ADD     1
#define PORT_REMOVE  2
#define PORT_READY   3
#define CONSOLE_PORT 4
#define PORT_OPEN    6

#define CONTROL_RX   2 /* queues, 5.3.2 */
#define CONTROL_TX   3

#define SECOND       1000 /* without a byte read by the host; to the next try */
#define CONTROL_MS   100  /* until the device has told its ports */

/* Reset, and let another console take over. */
static void fail(struct vcon *vc, struct virtq *vq)
{
	(void)virtq_give_up(vq, -EIO);
	console_lost(&vc->con, vc->vd->fault);
}

/* ---- control queue ---- */

/* The bit of @buf, one of many of @len bytes from @first on. */
static uint32_t bit(const uint8_t *buf, const uint8_t *first, size_t len)
{
	return 1u << (size_t)(buf - first) / len;
}

static void send(struct vcon *vc, uint32_t id, uint16_t event, uint16_t value)
{
	struct virtq_seg seg;
	unsigned int i;
	uint32_t len;
	void *buf;

	while (!virtq_pop(vc->control_tx, &buf, &len))
		vc->control_free |= bit(buf, vc->mem->control_tx[0], MESSAGE);
	if (!vc->control_free) /* it takes none: it cannot miss this one */
		return;
	i = (unsigned int)__builtin_ctz(vc->control_free);
	seg = (struct virtq_seg){ vc->mem->control_tx[i], MESSAGE };
	put_le32(vc->mem->control_tx[i], id);
	put_le16(vc->mem->control_tx[i] + 4, event);
	put_le16(vc->mem->control_tx[i] + 6, value);
	if (virtq_add(vc->control_tx, &seg, 1, 0, seg.addr))
		return;
	vc->control_free &= ~(1u << i);
	virtq_kick(vc->control_tx);
}

static int lend(struct virtq *vq, uint8_t *buf, uint32_t len)
{
	struct virtq_seg seg = { buf, len };

	return virtq_add(vq, &seg, 0, 1, buf);
}

/* From now on this port is the console. */
static int adopt(struct vcon *vc, uint32_t port)
{
	int ret = 0;

	vc->port = port;
	for (unsigned int i = 0; i < RX_BUFS && !ret; i++)
		ret = lend(vc->rxq[port], vc->mem->rx[i], BUF_LEN);
	virtq_kick(vc->rxq[port]);
	return ret == -ENOSPC ? 0 : ret;
}

static void take_message(struct vcon *vc, uint32_t id, uint16_t event)
{
	if (id >= vc->max_ports)
		return;
	switch (event) {
	case PORT_ADD:
		send(vc, id, PORT_READY, 1);
		break;
	case CONSOLE_PORT:
		if (vc->port != NO_PORT ? vc->port != id : id >= vc->nports)
			break;
		/* First: buffers are QEMU's sign to look for input. */
		send(vc, id, PORT_OPEN, 1);
		vc->removed = false;
		if (vc->port == NO_PORT)
			(void)!adopt(vc, id); /* a broken ring shows itself */
		break;
	case PORT_REMOVE:
		if (vc->port != id || vc->removed)
			break;
		vc->removed = true;
		console_lost(&vc->con, "its port was removed");
		break;
	}
}

/* All messages that have come; as many as there are buffers in one go. */
static int take_messages(struct vcon *vc)
{
	uint8_t message[MESSAGE];
	uint32_t len;
	void *buf;
	int ret = 0;

	for (unsigned int n = 0; n < CONTROL_BUFS; n++) {
		ret = virtq_pop(vc->control_rx, &buf, &len);
		if (ret)
			break;
		memcpy(message, buf, sizeof(message));
		ret = lend(vc->control_rx, buf, CONTROL_LEN);
		if (ret)
			break;
		if (len >= MESSAGE)
			take_message(vc, get_le32(message),
				     get_le16(message + 4));
	}
	virtq_kick(vc->control_rx);
	return ret == -EAGAIN ? 0 : ret;
}

/* Once a millisecond. Return: is the device well? */
static bool look(struct vcon *vc)
{
	struct virtq *vq = vc->rxq[0];
	int ret = 0;

	if (!wait_over(&vc->look))
		return true;
	vc->look = wait_ms(1);
	if (virtio_needs_reset(vc->vd)) {
		ret = virtq_break(vq, "device asked for a reset");
	} else if (virtio_has(vc->vd, CONSOLE_F_MULTIPORT)) {
		vq = vc->control_rx;
		ret = take_messages(vc);
	}
	if (ret)
		fail(vc, vq);
	return !ret;
}

static bool usable(const struct vcon *vc)
{
	return vc->vd->state == VIRTIO_LIVE && vc->port != NO_PORT &&
	       !vc->removed;
}

static int vcon_open(void *ctx)
{
	struct vcon *vc = ctx;
	int ret = virtio_ready(vc->vd);

	if (ret)
		return ret;
	(void)look(vc);
	return usable(vc) ? 0 : -ENODEV;
}

/* When nothing takes over from a console that failed, it is tried again, now and then. */
static bool usable_again(struct vcon *vc)
{
	if (usable(vc))
		return true;
	if (!vc->con.use || !wait_over(&vc->retry))
		return false;
	vc->retry = wait_ms(SECOND);
	return !vcon_open(vc);
}

/* ---- output ---- */

static int reap(struct vcon *vc)
{
	uint32_t len;
	void *buf;
	int ret;

	while (!(ret = virtq_pop(vc->txq[vc->port], &buf, &len))) {
		vc->tx_free |= bit(buf, vc->mem->tx[0], BUF_LEN);
		vc->stalled = false;
	}
	return ret == -EAGAIN ? 0 : ret;
}

/* A free buffer: at once, or when the host has read one, or never.
 * Return: 0; -ENOSPC; -EIO */
static int get_buffer(struct vcon *vc)
{
	struct wait w = wait_ms(SECOND);
	int ret;

	for (;;) {
		ret = reap(vc);
		if (ret)
			return ret;
		if (vc->tx_free)
			return 0;
		virtq_kick(vc->txq[vc->port]);
		if (vc->stalled || wait_over(&w))
			break;
		cpu_relax();
	}
	vc->stalled = true;
	return -ENOSPC;
}

/* The next stretch of *text into buffer @i, or what was lost before it. */
static uint32_t fill(struct vcon *vc, unsigned int i, const char **text,
		     size_t *len)
{
	uint32_t n = (uint32_t)min_u64(*len, BUF_LEN);

	if (vc->lost) {
		n = (uint32_t)snprintf((char *)vc->mem->tx[i], BUF_LEN,
				       "\r\n[console: %llu bytes lost]\r\n",
				       (unsigned long long)vc->lost);
		vc->lost = 0;
		return n;
	}
	memcpy(vc->mem->tx[i], *text, n);
	*text += n;
	*len -= n;
	return n;
}

static void vcon_put(void *ctx, const char *buf, size_t len)
{
	struct vcon *vc = ctx;
	struct virtq_seg seg;
	unsigned int i;
	int ret = 0;

	if (!usable_again(vc) || !look(vc))
		return;
	while (len && !ret) {
		ret = get_buffer(vc);
		if (ret)
			break;
		i = (unsigned int)__builtin_ctz(vc->tx_free);
		seg.addr = vc->mem->tx[i];
		seg.len = fill(vc, i, &buf, &len);
		ret = virtq_add(vc->txq[vc->port], &seg, 1, 0, seg.addr);
		vc->tx_free &= ~(1u << i);
	}
	virtq_kick(vc->txq[vc->port]);
	if (ret == -ENOSPC)
		vc->lost += len;
	else if (ret)
		fail(vc, vc->txq[vc->port]);
}

/* ---- input ---- */

/* The next buffer that has something. Return: 0; -EAGAIN; -EIO */
static int next_buffer(struct vcon *vc)
{
	struct virtq *vq = vc->rxq[vc->port];
	void *buf;
	int ret;

	for (unsigned int n = 0; n < RX_BUFS; n++) {
		ret = virtq_pop(vq, &buf, &vc->in_left);
		if (ret)
			return ret;
		vc->in = vc->in_buf = buf;
		if (vc->in_left)
			return 0;
		ret = lend(vq, buf, BUF_LEN);
		if (ret)
			return ret;
		virtq_kick(vq);
	}
	return -EAGAIN;
}

static int vcon_get(void *ctx)
{
	struct vcon *vc = ctx;
	int ret, byte;

	if (vc->vd->state != VIRTIO_LIVE || !look(vc) || !usable(vc))
		return -1;
	if (!vc->in_left) {
		ret = next_buffer(vc);
		if (ret && ret != -EAGAIN)
			fail(vc, vc->rxq[vc->port]);
		if (ret)
			return -1;
	}
	byte = *vc->in++;
	if (!--vc->in_left) {
		/* A ring that breaks here says so at the next look. */
		(void)!lend(vc->rxq[vc->port], vc->in_buf, BUF_LEN);
		virtq_kick(vc->rxq[vc->port]);
	}
	return byte;
}

static const struct console_ops ops = {
	.put = vcon_put,
	.get = vcon_get,
	.open = vcon_open,
};

/* ---- the driver ---- */

static int set_up_ports(struct vcon *vc)
{
	unsigned int n = (unsigned int)min_u64(vc->max_ports, PORTS);
	int ret = 0;

	for (vc->nports = 0; vc->nports < n; vc->nports++) {
		/* The control port's are 2 and 3, 5.3.2. */
		unsigned int p = vc->nports, q = p ? 2 * p + 2 : 0;

		ret = virtq_setup(vc->vd, q, RX_BUFS, &vc->rxq[p]);
		if (!ret)
			ret = virtq_setup(vc->vd, q + 1, TX_BUFS, &vc->txq[p]);
		if (ret)
			break;
	}
	return vc->nports ? 0 : ret;
}

static int set_up_control(struct vcon *vc)
{
	struct virtio_device *vd = vc->vd;
	int ret = virtq_setup(vd, CONTROL_RX, CONTROL_BUFS, &vc->control_rx);

	if (!ret)
		ret = virtq_setup(vd, CONTROL_TX, CONTROL_BUFS,
				  &vc->control_tx);
	for (unsigned int i = 0; i < CONTROL_BUFS && !ret; i++)
		ret = lend(vc->control_rx, vc->mem->control_rx[i], CONTROL_LEN);
	return ret == -ENOSPC ? 0 : ret;
}

static int vcon_announce(struct virtio_device *vd)
{
	static unsigned int count;
	struct vcon *vc = heap_alloc(sizeof(*vc));

	if (!vc)
		return -ENOMEM;
	vd->priv = vc;
	vc->vd = vd;
	vc->con.ops = &ops;
	vc->con.ctx = vc;
	vc->con.name = vc->name;
	vc->con.alias = vd->name;
	snprintf(vd->name, sizeof(vd->name), "console%u", count);
	snprintf(vc->name, sizeof(vc->name), "virtio-console");
	if (count)
		snprintf(vc->name, sizeof(vc->name), "virtio-console%u", count);
	count++;
	console_add(&vc->con);
	return 0;
}

static int vcon_attach(struct virtio_device *vd)
{
	struct vcon *vc = vd->priv;
	int ret;

	if (!vc->mem)
		vc->mem = dma_alloc(sizeof(*vc->mem), 64);
	if (!vc->mem)
		return -ENOMEM;
	vc->tx_free = (1u << TX_BUFS) - 1;
	vc->control_free = UINT32_MAX;
	vc->port = NO_PORT;
	vc->removed = vc->stalled = false;
	vc->in_left = 0;
	vc->max_ports = 1;
	if (virtio_has(vc->vd, CONSOLE_F_MULTIPORT)) {
		vc->max_ports = vd->ops->config_read(vd, CFG_MAX_NR_PORTS, 4);
		ret = set_up_control(vc);
		if (ret)
			return ret;
	}
	return set_up_ports(vc);
}

/* Ask for the ports, and wait until one of them is a console. A device that has
 * none yet may get one later: look() goes on. */
static int find_port(struct vcon *vc)
{
	struct wait w = wait_ms(CONTROL_MS);
	int ret = 0;

	virtq_kick(vc->control_rx);
	send(vc, 0, DEVICE_READY, 1);
	while (!ret && vc->port == NO_PORT && !wait_over(&w)) {
		ret = take_messages(vc);
		cpu_relax();
	}
	return ret;
}

static int vcon_start(struct virtio_device *vd)
{
	struct vcon *vc = vd->priv;

	return virtio_has(vc->vd, CONSOLE_F_MULTIPORT) ? find_port(vc)
						       : adopt(vc, 0);
}

static const struct virtio_driver virtio_console = {
	.name = "virtio-console",
	.device_id = 3,
	.features = VIRTIO_BIT(CONSOLE_F_MULTIPORT),
	.features_legacy = VIRTIO_BIT(CONSOLE_F_MULTIPORT),
	.announce = vcon_announce,
	.attach = vcon_attach,
	.start = vcon_start,
	.describe = vcon_describe,
	.glass = &vcon_glass,
};
TABLE_ENTRY(virtio_driver, &virtio_console);
