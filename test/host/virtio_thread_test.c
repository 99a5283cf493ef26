/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rings with a device in a second thread, under the thread sanitizer (VIRTIO 1.4,
 * 2.7.13, 2.7.14, 2.8.21, 2.8.22): checklist item VQ-9. What one side writes while the
 * other reads it without an acquire and a release between them is a report; a lost
 * notification ends in a time-out. The device sleeps until it is notified and follows
 * 2.7.10 and 2.8.10. Not seen here is the full barrier before the kick decision: the
 * sanitizer's own calls are one.
 *
 * Linked with the rings only: what they call besides is here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include <arch/io.h>
#include <core/dma.h>
#include <core/heap.h>
#include <core/panic.h>

#include "virtio_inspect_priv.h"
#include "virtio_trace_priv.h"

#define virtio_test(fn) cmocka_unit_test(fn)

#define SIZE            16u
#define REQUESTS        60000u
#define NEXT            1u
#define WRITE           2u
#define INDIRECT        4u
#define AVAIL           (1u << 7)
#define USED            (1u << 15)

/* ---- what the rings call ---- */

void *heap_alloc(size_t size)
{
	return calloc(1, size);
}

void heap_free(void *p)
{
	free(p);
}

void panic(const char *fmt, ...)
{
	(void)fmt;
	abort();
}

struct wait wait_ms(uint64_t ms)
{
	(void)ms;
	return (struct wait){ 0 };
}

bool wait_over(const struct wait *w)
{
	(void)w;
	return false;
}

int wait_turn(struct wait *w)
{
	(void)w;
	return 0;
}

bool virtio_needs_reset(struct virtio_device *vd)
{
	(void)vd;
	return false;
}

void virtio_fail(struct virtio_device *vd, const char *why)
{
	(void)vd;
	(void)why;
}

void fake_turn(void) {}

int virtq_split_show(const struct virtq *vq, bool all, struct virtio_out *out)
{
	(void)vq;
	(void)all;
	(void)out;
	return 0;
}

int virtq_packed_show(const struct virtq *vq, bool all, struct virtio_out *out)
{
	return virtq_split_show(vq, all, out);
}

struct virtio_trace *virtio_trace; /* off: the rest is never called */

void virtio_trace_add(const struct virtq *vq, const struct virtq_seg *segs,
		      unsigned int n_out, unsigned int n_in, const void *token)
{
	(void)vq;
	(void)segs;
	(void)n_out;
	(void)n_in;
	(void)token;
}

void virtio_trace_queue(const struct virtq *vq, enum virtio_event_kind kind)
{
	(void)vq;
	(void)kind;
}

void virtio_trace_used(const struct virtq *vq, const void *token, uint32_t len)
{
	(void)vq;
	(void)token;
	(void)len;
}

/* ---- the device ---- */

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t tail[2]; /* split: flags, next; packed: id, flags */
};

static struct {
	struct virtq *vq;
	bool packed, event_idx;
	unsigned int kicked, stop; /* shared with the other thread */
	uint16_t last_avail, used_idx;
	uint16_t slot;
	bool wrap;
	uint64_t served;
} dev;

static uint16_t load16(const void *p)
{
	return __atomic_load_n((const uint16_t *)p, __ATOMIC_SEQ_CST);
}

static void store16(void *p, uint16_t v)
{
	__atomic_store_n((uint16_t *)p, v, __ATOMIC_SEQ_CST);
}

static struct desc *descs(void)
{
	return dev.vq->desc;
}

static uint8_t *used(void)
{
	return dev.vq->device;
}

/* The first readable byte plus one goes to the last, writable byte. */
static void echo(const struct desc *first, const struct desc *last)
{
	*(uint8_t *)(uintptr_t)last->addr =
		(uint8_t)(*(const uint8_t *)(uintptr_t)first->addr + 1);
	dev.served++;
}

static bool split_serve(void)
{
	uint16_t *ring = (uint16_t *)dev.vq->driver + 2;
	uint16_t head, slot = dev.used_idx % SIZE;
	const struct desc *first, *last;

	if (load16((uint16_t *)dev.vq->driver + 1) == dev.last_avail)
		return false;
	head = ring[dev.last_avail++ % SIZE];
	first = last = &descs()[head];
	if (first->tail[0] & INDIRECT) {
		first = (const struct desc *)(uintptr_t)first->addr;
		last = first + last->len / 16 - 1;
	}
	while (last->tail[0] & NEXT)
		last = &descs()[last->tail[1]];
	echo(first, last);
	((uint32_t *)(used() + 4))[2 * slot] = head;
	((uint32_t *)(used() + 4))[2 * slot + 1] = 1;
	store16(used() + 2, ++dev.used_idx);
	return true;
}

static void next_slot(uint16_t *slot, bool *wrap)
{
	if (++*slot == SIZE) {
		*slot = 0;
		*wrap = !*wrap;
	}
}

/* One after the other and in order: where a chain was its used descriptor goes. */
static bool packed_serve(void)
{
	struct desc *head = &descs()[dev.slot], *last = head;
	uint16_t flags = load16(&head->tail[1]);
	bool wrap = dev.wrap;
	const struct desc *first = head;

	if (!(flags & AVAIL) == wrap || !(flags & USED) != wrap)
		return false;
	next_slot(&dev.slot, &dev.wrap);
	for (; !(flags & INDIRECT) && last->tail[1] & NEXT;
	     next_slot(&dev.slot, &dev.wrap))
		last = &descs()[dev.slot];
	if (flags & INDIRECT) {
		first = (const struct desc *)(uintptr_t)head->addr;
		echo(first, first + head->len / 16 - 1);
	} else {
		echo(first, last);
	}
	head->tail[0] = last->tail[0];
	head->len = 1;
	store16(&head->tail[1], wrap ? AVAIL | USED : 0);
	return true;
}

static bool serve(void)
{
	return dev.packed ? packed_serve() : split_serve();
}

/* Ask for a kick for what comes next, or for none. */
static void ask(bool kicks)
{
	if (dev.packed) {
		store16(used(), (uint16_t)(dev.slot | dev.wrap << 15));
		store16(used() + 2, kicks ? dev.event_idx ? 2 : 0 : 1);
	} else if (dev.event_idx) {
		store16(used() + 4 + 8 * SIZE,
			(uint16_t)(dev.last_avail + (kicks ? 0 : 0x8000)));
	} else {
		store16(used(), !kicks);
	}
}

static void *device(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&dev.stop, __ATOMIC_SEQ_CST)) {
		if (!__atomic_exchange_n(&dev.kicked, 0, __ATOMIC_SEQ_CST)) {
			sched_yield();
			continue;
		}
		do {
			ask(false);
			while (serve())
				;
			ask(true);
			__atomic_thread_fence(__ATOMIC_SEQ_CST);
		} while (serve());
	}
	return NULL;
}

/* ---- the transport, and the driver's thread ---- */

static uint16_t queue_max(struct virtio_device *vd, unsigned int index)
{
	(void)vd;
	(void)index;
	return SIZE;
}

static int queue_enable(struct virtio_device *vd, const struct virtq *vq)
{
	(void)vd;
	(void)vq;
	return 0;
}

static void notify(struct virtio_device *vd, const struct virtq *vq)
{
	(void)vd;
	(void)vq;
	__atomic_store_n(&dev.kicked, 1, __ATOMIC_SEQ_CST);
}

static const struct virtio_transport transport = {
	.queue_max = queue_max,
	.queue_enable = queue_enable,
	.notify = notify,
};

struct job {
	uint8_t out[SIZE], in;
	bool busy;
};

static int submit(struct virtq *vq, struct job *j, unsigned int n)
{
	struct virtq_seg seg[SIZE];

	for (unsigned int i = 0; i + 1 < n; i++)
		seg[i] = (struct virtq_seg){ &j->out[i], 1 };
	seg[n - 1] = (struct virtq_seg){ &j->in, 1 };
	j->out[0]++;
	j->in = 0;
	return virtq_add(vq, seg, n - 1, 1, j);
}

/* Everything comes back, right, within 20 s without any. */
static void collect(struct virtq *vq, unsigned int *flying)
{
	time_t end = time(NULL) + 20;
	uint32_t len;
	void *token;
	int ret;

	while ((ret = virtq_pop(vq, &token, &len)) == -EAGAIN) {
		assert_true(time(NULL) < end); /* the notification is lost */
		sched_yield();
	}
	do {
		struct job *j = token;

		assert_int_equal(ret, 0);
		assert_int_equal(len, 1);
		assert_int_equal(j->in, (uint8_t)(j->out[0] + 1));
		j->busy = false;
		--*flying;
		ret = virtq_pop(vq, &token, &len);
	} while (ret != -EAGAIN);
}

static void drive(struct virtq *vq)
{
	static struct job jobs[SIZE];
	unsigned int flying = 0;

	for (unsigned int n = 0; n < REQUESTS; n++) {
		struct job *j = jobs;

		while (j < jobs + SIZE && j->busy)
			j++;
		if (j == jobs + SIZE || submit(vq, j, 2 + n % 6)) {
			virtq_kick(vq);
			collect(vq, &flying);
			continue;
		}
		j->busy = true;
		flying++;
		if (n % 3 == 0)
			virtq_kick(vq);
	}
	virtq_kick(vq);
	while (flying)
		collect(vq, &flying);
}

static void race(uint64_t features, bool tables)
{
	static _Alignas(4096) uint8_t dma[1 << 21];
	struct virtio_device vd = {
		.ops = &transport,
		.status = 0xf,
		.accepted = features | VIRTIO_BIT(VIRTIO_F_INDIRECT_DESC),
	};
	pthread_t thread;

	dma_init(dma, sizeof(dma));
	dev.packed = virtio_has(&vd, VIRTIO_F_RING_PACKED);
	dev.event_idx = virtio_has(&vd, VIRTIO_F_EVENT_IDX);
	dev.last_avail = dev.used_idx = dev.slot = 0;
	dev.wrap = true;
	dev.served = dev.kicked = dev.stop = 0;
	assert_int_equal(virtq_setup(&vd, 0, SIZE, &dev.vq), 0);
	if (tables)
		virtq_indirect(dev.vq, 8, SIZE);
	assert_int_equal(dev.vq->table_count, tables ? 8 : 0);
	ask(true);
	assert_int_equal(pthread_create(&thread, NULL, device, NULL), 0);
	drive(dev.vq);
	__atomic_store_n(&dev.stop, 1, __ATOMIC_SEQ_CST);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(dev.served, dev.vq->completions);
	assert_true(dev.served > REQUESTS / 2);
}

static void vq9_split(void **state)
{
	(void)state;
	race(0, false);
	race(0, true);
}

static void vq9_split_event_idx(void **state)
{
	(void)state;
	race(VIRTIO_BIT(VIRTIO_F_EVENT_IDX), false);
	race(VIRTIO_BIT(VIRTIO_F_EVENT_IDX), true);
}

static void vq9_packed(void **state)
{
	(void)state;
	race(VIRTIO_BIT(VIRTIO_F_RING_PACKED), false);
	race(VIRTIO_BIT(VIRTIO_F_RING_PACKED), true);
}

static void vq9_packed_event_idx(void **state)
{
	uint64_t both = VIRTIO_BIT(VIRTIO_F_RING_PACKED) |
			VIRTIO_BIT(VIRTIO_F_EVENT_IDX);

	(void)state;
	race(both, false);
	race(both, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		virtio_test(vq9_split),
		virtio_test(vq9_split_event_idx),
		virtio_test(vq9_packed),
		virtio_test(vq9_packed_event_idx),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
