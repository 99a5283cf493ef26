/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio-rng: random bytes from the host, one queue, no configuration. A
 * request goes through a small buffer of ours, so that one that is given up never
 * writes to its caller's memory; what was handed out is wiped from it. The
 * device may give fewer bytes than asked, for ever none: that is bounded.
 * Source: virtio 1.4, 5.4.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/dma.h>
#include <core/heap.h>
#include <core/random.h>

#include "virtio_priv.h"

#define RNG_RING      2
#define RNG_BUFFER    256 /* bytes asked for at once */
#define RNG_EMPTY_MAX 8   /* answers of no bytes in a row */

struct virtio_rng {
	struct random_source src;
	struct virtio_device *vd;
	struct virtq *vq;
	uint8_t *buf; /* DMA memory, kept over resets */
	char name[24];
};

static int rng_wait(struct virtio_rng *rng, uint32_t *got)
{
	struct virtq_wait w = virtq_wait_begin();
	void *token;
	int ret;

	virtq_kick(rng->vq);
	while ((ret = virtq_pop(rng->vq, &token, got)) == -EAGAIN) {
		ret = virtq_wait_turn(rng->vq, &w);
		if (ret)
			break;
	}
	return ret;
}

/* Asks for @want bytes. Return: 0 and *got, 0 … @want of them in rng->buf */
static int rng_ask(struct virtio_rng *rng, uint32_t want, uint32_t *got)
{
	struct virtq_seg seg = { .len = want };
	int ret = virtio_ready(rng->vd);

	if (ret)
		return ret;
	seg.addr = rng->buf;
	ret = virtq_add(rng->vq, &seg, 0, 1, rng);
	if (!ret)
		ret = rng_wait(rng, got);
	return ret ? virtq_give_up(rng->vq, ret) : 0;
}

static int rng_read(struct random_source *src, void *buf, size_t len)
{
	struct virtio_rng *rng = container_of(src, struct virtio_rng, src);
	unsigned int empty = 0;
	bool again = false;
	uint8_t *out = buf;

	while (len) {
		uint32_t got = 0;
		uint32_t want = (uint32_t)min_u64(len, RNG_BUFFER);
		int ret = rng_ask(rng, want, &got);

		/* Reset by the failure: worth one more try (INIT-10). */
		if (ret == -EIO && !again) {
			again = true;
			continue;
		}
		if (ret)
			return ret;
		if (!got && ++empty == RNG_EMPTY_MAX) {
			virtio_fail(rng->vd, "device gives no bytes");
			return -EIO;
		}
		if (!got)
			continue;
		empty = 0;
		memcpy(out, rng->buf, got);
		memset(rng->buf, 0, got);
		out += got;
		len -= got;
	}
	return 0;
}

static int rng_announce(struct virtio_device *vd)
{
	struct virtio_rng *rng = heap_alloc(sizeof(*rng));
	unsigned int n = 0;

	if (!rng)
		return -ENOMEM;
	vd->priv = rng;
	rng->vd = vd;
	snprintf(rng->name, sizeof(rng->name), "virtio-rng#%s",
		 virtio_where(vd));
	rng->src.name = rng->name;
	rng->src.read = rng_read;
	random_register(&rng->src);
	while (random_source(n) && random_source(n) != &rng->src)
		n++;
	snprintf(vd->name, sizeof(vd->name), "rng%u", n);
	return 0;
}

static int rng_attach(struct virtio_device *vd)
{
	struct virtio_rng *rng = vd->priv;

	if (!rng->buf)
		rng->buf = dma_alloc(RNG_BUFFER, 64);
	if (!rng->buf)
		return -ENOMEM;
	return virtq_setup(vd, 0, RNG_RING, &rng->vq);
}

static const char *rng_what(const struct virtio_device *vd, uint64_t addr)
{
	const struct virtio_rng *rng = vd->priv;

	return addr - dma_addr(rng->buf) < RNG_BUFFER ? "random bytes" : NULL;
}

static const struct virtio_glass rng_glass = { .what = rng_what };

#define TEST_ANSWERS 64
#define TEST_BYTES   8

/* Small, for a device may be kept to so many bytes a second. */
static int check_answers(struct virtio_test *t, void *ctx)
{
	uint8_t now[TEST_BYTES], last[TEST_BYTES] = { 0 };
	struct virtio_rng *rng = ctx;

	for (unsigned int i = 0; i < TEST_ANSWERS; i++) {
		int ret = rng_read(&rng->src, now, sizeof(now));

		if (ret)
			return ret;
		if (!memcmp(now, last, sizeof(now)))
			return virtio_check_note(t, -EIO, "twice the same");
		memcpy(last, now, sizeof(now));
	}
	return virtio_check_note(t, 0, "%u answers", TEST_ANSWERS);
}

static void rng_test(struct virtio_test *t)
{
	static const struct virtio_check checks[] = {
		{ "RNG-1 RNG-2", "random bytes", check_answers },
	};

	virtio_check_all(t, checks, array_size(checks), t->vd->priv);
}

static const struct virtio_driver virtio_rng = {
	.name = "virtio-rng",
	.device_id = 4,
	.announce = rng_announce,
	.attach = rng_attach,
	.glass = &rng_glass,
	.test = rng_test,
};

TABLE_ENTRY(virtio_driver, &virtio_rng);
