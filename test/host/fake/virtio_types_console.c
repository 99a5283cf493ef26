/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake console (VIRTIO 1.4, 5.3): ports, and with MULTIPORT the control queue's
 * protocol as QEMU speaks it. What the driver writes is kept, what the test types goes
 * to the buffers that are there.
 */
#include <string.h>

#include "virtio_dev.h"

#define MULTIPORT  1
#define CONTROL_RX 2
#define CONTROL_TX 3

void fake_console_init(struct fake_vdev *d)
{
	d->features = d->version == 1 ? UINT64_C(0x39000006)
				      : UINT64_C(0x10130000006);
	d->config[4] = 31; /* max_nr_ports */
	d->con_ports = d->con_consoles = 1;
	d->nqueues = FAKE_QUEUES;
}

static unsigned int port_of(unsigned int q)
{
	return q < 2 ? 0 : q / 2 - 1;
}

static unsigned int rx_queue(unsigned int port)
{
	return port ? 2 * port + 2 : 0;
}

bool fake_console_waits(const struct fake_vdev *d, unsigned int q)
{
	(void)d;
	return q % 2 == 0;
}

static bool fill(struct fake_vdev *d, unsigned int q, const uint8_t *p,
		 size_t len)
{
	struct fake_chain *c = fake_ring_unhold(&d->queue[q], false);
	size_t n;

	if (!c)
		return false;
	if (c->n_out)
		fake_violation(d, "readable element in a receive buffer");
	if (q == CONTROL_RX && c->n_in != 1)
		fake_violation(d, "control buffer of %u elements", c->n_in);
	n = fake_chain_write(c, 0, p, len);
	fake_ring_used(d, q, c, (uint32_t)n);
	return true;
}

bool fake_console_message(struct fake_vdev *d, const void *msg, size_t len)
{
	return d->queue[CONTROL_RX].ready && fill(d, CONTROL_RX, msg, len);
}

static void message(struct fake_vdev *d, uint32_t id, uint8_t event,
		    uint8_t value)
{
	uint8_t m[8] = { (uint8_t)id, 0, 0, 0, event, 0, value, 0 };

	if (!fake_console_message(d, m, sizeof(m)))
		fake_violation(d, "no buffer for control message %u", event);
}

bool fake_console_type(struct fake_vdev *d, unsigned int port, const char *text,
		       size_t len)
{
	struct fake_queue *q = &d->queue[rx_queue(port)];
	size_t room = 0, n;

	if (!q->ready)
		return false;
	for (struct fake_chain *c = q->held; c; c = c->next)
		room += c->in_len;
	if (room < len)
		return false;
	while (len) {
		n = q->held->in_len < len ? q->held->in_len : len;
		fill(d, rx_queue(port), (const uint8_t *)text, n);
		text += n;
		len -= n;
	}
	return true;
}

static void control(struct fake_vdev *d, const struct fake_chain *c)
{
	uint8_t m[8] = { 0 }, name[] = "\0\0\0\0\7\0\1\0org.a.name";
	uint32_t id, all = d->con_ports;

	if (fake_chain_read(c, 0, m, sizeof(m)) != 8 || c->out_len != 8 ||
	    c->n_out != 1)
		fake_violation(d, "control message of %ju bytes",
			       (uintmax_t)c->out_len);
	id = m[0] | (uint32_t)m[1] << 8 | (uint32_t)m[3] << 24;
	if (id >= 31)
		fake_violation(d, "message about port %u", id);
	else if (m[4] == 0)
		for (id = 0; id < 31; id++) {
			if (all >> id & 1)
				message(d, id, 1, 1);
		}
	else if (!(all >> id & 1))
		fake_violation(d, "message about port %u, which is none", id);
	else if (m[4] == 3) {
		d->con_ready |= 1u << id;
		if (d->con_consoles >> id & 1)
			message(d, id, 4, 1);
		name[0] = (uint8_t)id;
		if (!fake_console_message(d, name, sizeof(name) - 1))
			fake_violation(d, "no buffer for a name");
	} else if (m[4] == 6) {
		d->con_open |= 1u << id;
	} else {
		fake_violation(d, "control event %u from the driver", m[4]);
	}
}

void fake_console_serve(struct fake_vdev *d, unsigned int q,
			const struct fake_chain *c)
{
	size_t room = sizeof(d->con_out) - 1 - d->con_len;

	if (c->n_in)
		fake_violation(d, "writable element in a transmit buffer");
	if (q == CONTROL_TX) {
		if (!fake_has(d, MULTIPORT))
			fake_violation(d, "control queue without MULTIPORT");
		control(d, c);
		return;
	}
	d->con_last = port_of(q);
	if (fake_has(d, MULTIPORT) && !(d->con_open >> d->con_last & 1))
		fake_violation(d, "output on port %u, which is closed",
			       d->con_last);
	if (!fake_in_dma(c->seg[0].addr, c->seg[0].len))
		fake_violation(d, "output not in DMA memory");
	d->con_len += fake_chain_read(c, 0, d->con_out + d->con_len, room);
	d->con_out[d->con_len] = '\0';
}
