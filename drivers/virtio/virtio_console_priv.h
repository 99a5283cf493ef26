/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console driver's files: virtio_console.c moves bytes and control messages,
 * virtio_console_glass.c is what the glass box shows of it.
 */
#ifndef VIREO_VIRTIO_CONSOLE_PRIV_H
#define VIREO_VIRTIO_CONSOLE_PRIV_H

#include <core/console.h>

#include "virtio_priv.h"

/* Features, 5.3.3 */
#define CONSOLE_F_SIZE        0
#define CONSOLE_F_MULTIPORT   1
#define CONSOLE_F_EMERG_WRITE 2

#define CFG_MAX_NR_PORTS      4 /* le32, 5.3.4 */

#define PORTS                 4 /* looked at: 0, 1, … */
#define NO_PORT               UINT32_MAX
#define RX_BUFS               4
#define TX_BUFS               16
#define BUF_LEN               256
#define CONTROL_BUFS          32 /* QEMU drops what finds no buffer */
#define CONTROL_LEN           64 /* of a port's name only the start is let in */
#define MESSAGE               8  /* bytes of a control message, 5.3.6.2 */

_Static_assert(CONTROL_BUFS == 32 && TX_BUFS < 32, "a bit each");
_Static_assert(2 * PORTS + 2 <= VIRTIO_MAX_QUEUES, "queues of all ports");

/* DMA memory, kept over resets */
struct vcon_memory {
	uint8_t rx[RX_BUFS][BUF_LEN];
	uint8_t tx[TX_BUFS][BUF_LEN];
	uint8_t control_rx[CONTROL_BUFS][CONTROL_LEN];
	uint8_t control_tx[CONTROL_BUFS][MESSAGE];
};

struct vcon {
	struct console con;
	struct virtio_device *vd;
	char name[32];
	struct vcon_memory *mem;

	/* new after each reset */
	struct virtq *rxq[PORTS], *txq[PORTS], *control_rx, *control_tx;
	unsigned int nports; /* that have queues */
	uint32_t max_ports;  /* ids the device may name */
	uint32_t port;       /* the console; NO_PORT: not known yet */
	bool removed;        /* … and it was taken away */
	uint32_t tx_free, control_free; /* a bit for each buffer */
	const uint8_t *in;              /* what is left of a received buffer */
	uint32_t in_left;
	uint8_t *in_buf;

	bool stalled;  /* the host does not read */
	uint64_t lost; /* bytes, not told yet */
	struct wait look, retry;
};

/* virtio_console_glass.c */
extern const struct virtio_glass vcon_glass;
void vcon_describe(struct virtio_device *vd,
		   void (*line)(void *arg, const char *name, const char *value),
		   void *arg);

#endif
