/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio ring: packed queues, indirect tables and event words. */
#include "virtio_ring.h"
#include "virtio_text.h"

#include <core/ram.h>

static struct ring r;
static struct job job[3];

/* One ring of five (four when split) in slot 1, and RAM everywhere. */
static void start(uint64_t with, uint64_t without)
{
	ring_want = 8;
	r.d = fake_vdev_add(1, FAKE_ECHO, 2);
	r.d->queue_max[0] = 5; /* a split ring takes 4 of them */
	r.d->features |= with;
	r.d->features &= ~without;
	fake_virtio_probe();
	r.vd = vdev_of(r.d);
	r.vq = r.vd->vq[0];
	assert_int_equal(r.vd->state, VIRTIO_LIVE);
	assert_int_equal(ram_add_bank(0, UINT64_C(1) << 62), 0);
}

static void start_packed(void)
{
	start(VIRTIO_BIT(FAKE_PACKED), VIRTIO_BIT(FAKE_EVENT_IDX));
}

/* The text with addresses put in: @a, @b, @c the areas, @d the first byte out of job[0],
 * @e to @g the bytes in, @h the first out of job[1], @t the first table. */
static const char *drawing(const char *fmt)
{
	static char text[4096];
	const void *const addr[] = { r.vq->driver, r.vq->device, r.vq->desc,
				     job[0].out,   &job[0].in,   &job[1].in,
				     &job[2].in,   job[1].out };
	size_t n = 0;

	for (; *fmt; fmt++) {
		const void *p = r.vq->tables;

		if (*fmt != '@') {
			text[n++] = *fmt;
			continue;
		}
		if (*++fmt != 't')
			p = addr[*fmt - 'a'];
		n += (size_t)snprintf(text + n, sizeof(text) - n, "0x%08jx",
				      (uintmax_t)(uintptr_t)p);
	}
	text[n] = 0;
	return text;
}

static void add(unsigned int i, unsigned int n)
{
	assert_int_equal(job_add(r.vq, &job[i], n), 0);
}

static void pop(unsigned int i)
{
	uint32_t len;
	void *token;

	assert_int_equal(virtq_pop(r.vq, &token, &len), 0);
	assert_ptr_equal(token, &job[i]);
}

static void unused(void **state)
{
	(void)state;
	start_packed();
	assert_shell("virtio ring slot1 0",
		     drawing("slot1 queue 0: packed, 5 entries, 0 in flight, "
			     "5 free\n"
			     "  driver     at @a, event flags 1 DISABLE, "
			     "slot 0, wrap 0\n"
			     "  device     at @b, event flags 0 ENABLE, "
			     "slot 0, wrap 0\n"
			     "  desc       at @c\n"
			     "  desc[0]    <- the driver takes here, wrap 1\n"
			     "  desc[0]    <- the driver adds here, wrap 1\n"));
}

/* The flags of the head that is not shown are withheld. */
static void in_flight(void **state)
{
	(void)state;
	start_packed();
	r.d->hold = true;
	add(0, 2);
	virtq_kick(r.vq);
	add(1, 1);
	assert_shell("virtio ring slot1 0 all",
		     drawing("slot1 queue 0: packed, 5 entries, 2 in flight, "
			     "2 free\n"
			     "  driver     at @a, event flags 1 DISABLE, "
			     "slot 0, wrap 0\n"
			     "  device     at @b, event flags 0 ENABLE, "
			     "slot 0, wrap 0\n"
			     "  desc       at @c\n"
			     "  desc[0]    <- the driver takes here, wrap 1\n"
			     "  desc[0]    lent   of 0   @d       1 "
			     "NEXT AVAIL        caller's buffer\n"
			     "  desc[1]    lent   of 0   @e       1 "
			     "WRITE AVAIL       caller's buffer\n"
			     "  desc[2]    queued of 1   @f       1 "
			     "                  caller's buffer\n"
			     "  desc[3]    <- the driver adds here, wrap 1\n"
			     "  desc[3]    free\n"
			     "  desc[4]    free\n"));
}

/* Given back in another order: a used descriptor stands for the slots of its own
 * buffer, wherever it lies. Then round the end of the ring. */
static void given_back(void **state)
{
	(void)state;
	start_packed();
	r.d->reverse = true;
	add(0, 2);
	add(1, 1);
	add(2, 1);
	virtq_kick(r.vq);
	assert_shows("virtio ring slot1 0",
		     drawing("  desc[0]    <- the driver takes here, wrap 1\n"
			     "  desc[0]    done   of 2   @d       1 "
			     "AVAIL USED        caller's buffer\n"
			     "  desc[1]    done   of 1   @e       1 "
			     "AVAIL USED        caller's buffer\n"
			     "  desc[2]    done   of 0   @f       1 "
			     "AVAIL USED        caller's buffer\n"
			     "  desc[4]    <- the driver adds here, wrap 1\n"));
	pop(2);
	pop(1);
	assert_shows("virtio ring slot1 0",
		     drawing("  desc[0]    back   of 2   @d       1 "
			     "AVAIL USED        caller's buffer\n"
			     "  desc[1]    back   of 1   @e       1 "
			     "AVAIL USED        caller's buffer\n"
			     "  desc[2]    <- the driver takes here, wrap 1\n"
			     "  desc[2]    done   of 0   @f       1 "));
	pop(0);
	r.d->hold = true;
	add(0, 2);
	virtq_kick(r.vq);
	assert_shows("virtio ring slot1 0",
		     "  desc[1]    <- the driver adds here, wrap 0\n");
	assert_shows("virtio ring slot1 0",
		     drawing("  desc[4]    <- the driver takes here, wrap 1\n"
			     "  desc[4]    lent   of 0   @d       1 "
			     "NEXT AVAIL        caller's buffer\n"));
	assert_shows("virtio ring slot1 0",
		     drawing("  desc[0]    lent   of 0   @e       1 "
			     "WRITE USED        caller's buffer\n"));
}

/* An id that is nobody's, in a slot that looks used. */
static void lies(void **state)
{
	uint8_t *desc;

	(void)state;
	start_packed();
	r.d->hold = true;
	add(0, 2);
	virtq_kick(r.vq);
	desc = r.vq->desc;
	put_le16(desc + 12, 0xffff);
	put_le16(desc + 14, 0x8080);
	assert_shows("virtio ring slot1 0", "done   of 65535 ");
	assert_shows("virtio ring slot1 0", "desc[1]    lent   of 0 ");
	put_le16(desc + 12, 0);
	put_le16(desc + 14, 0x81);
}

/* Two buffers of three elements, too many for what is left of the ring but in tables. */
static void start_tables(uint64_t layout)
{
	ring_tables = 2;
	start(layout, VIRTIO_BIT(FAKE_EVENT_IDX));
	r.d->hold = true;
	add(0, 3);
	add(1, 3);
	virtq_kick(r.vq);
}

#define TABLE \
	"    table[ 0]           @h       1                   " \
	"caller's buffer\n"

static void table_split(void **state)
{
	(void)state;
	start_tables(0);
	assert_shows("virtio ring slot1 0",
		     drawing("  desc[3]    lent   of 3   @t      48 INDIRECT "
			     "         indirect table\n" TABLE));
}

static void table_packed(void **state)
{
	(void)state;
	start_tables(VIRTIO_BIT(FAKE_PACKED));
	assert_shows("virtio ring slot1 0",
		     drawing("  desc[3]    lent   of 1   @t      48 INDIRECT "
			     "AVAIL    indirect table\n" TABLE));
}

/* A table that the device says is elsewhere, or longer, is not followed. */
static void table_lies(void **state)
{
	(void)state;
	start_tables(VIRTIO_BIT(FAKE_PACKED));
	put_le32((uint8_t *)r.vq->desc + 3 * 16 + 8, 0xfffffff0);
	assert_null(strstr(shell("virtio ring slot1 0", 0), "table["));
	put_le32((uint8_t *)r.vq->desc + 3 * 16 + 8, 48);
	put_le64((uint8_t *)r.vq->desc + 3 * 16, 8);
	assert_null(strstr(shell("virtio ring slot1 0", 0), "table[ 0]"));
}

static void event_words(void **state)
{
	(void)state;
	start(VIRTIO_BIT(FAKE_EVENT_IDX), 0);
	put_le16((uint8_t *)r.vq->driver + 4 + 2 * 4, 1234);
	put_le16((uint8_t *)r.vq->device + 4 + 8 * 4, 4321);
	assert_shows("virtio ring slot1 0", ", flags 0, idx 0, "
					    "used_event 1234\n");
	assert_shows("virtio ring slot1 0", ", flags 0, idx 0, taken 0, "
					    "avail_event 4321\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		virtio_test(unused),      virtio_test(in_flight),
		virtio_test(given_back),  virtio_test(lies),
		virtio_test(table_split), virtio_test(table_packed),
		virtio_test(table_lies),  virtio_test(event_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
