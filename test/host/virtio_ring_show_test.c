/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio ring: what it prints of a split queue, in every state of one. */
#include "virtio_ring.h"
#include "virtio_text.h"

#include <core/ram.h>

static struct ring r[2];
static struct job job[3];

/* Two split rings of four without EVENT_IDX, and RAM everywhere. */
static void start(void)
{
	ring_want = 4;
	for (uint32_t v = 1; v <= 2; v++) {
		r[v - 1].d = fake_vdev_add(v, FAKE_ECHO, v);
		r[v - 1].d->features &= ~VIRTIO_BIT(FAKE_EVENT_IDX);
	}
	fake_virtio_probe();
	for (int i = 0; i < 2; i++) {
		r[i].vd = vdev_of(r[i].d);
		r[i].vq = r[i].vd->vq[0];
		assert_int_equal(r[i].vd->state, VIRTIO_LIVE);
	}
	assert_int_equal(ram_add_bank(0, UINT64_C(1) << 62), 0);
}

/* The text with the addresses of ring @v and of job[0] and [1] put in. */
static const char *drawing(int v, const char *fmt)
{
	static char text[4096];
	const struct virtq *vq = r[v].vq;
	const uintptr_t addr[] = {
		['a' - 'a'] = (uintptr_t)vq->driver,
		['b' - 'a'] = (uintptr_t)vq->device,
		['c' - 'a'] = (uintptr_t)vq->desc,
		['d' - 'a'] = (uintptr_t)job[0].out,
		['e' - 'a'] = (uintptr_t)&job[0].in,
		['f' - 'a'] = (uintptr_t)&job[1].in,
	};
	size_t n = 0;

	for (; *fmt; fmt++)
		if (fmt[0] == '@' && fmt[1] == 'v')
			text[n++] = (char)('1' + (fmt++, v));
		else if (*fmt == '@')
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "0x%08jx",
					      (uintmax_t)addr[*++fmt - 'a']);
		else
			text[n++] = *fmt;
	text[n] = 0;
	return text;
}

static void unused(void **state)
{
	(void)state;
	start();
	assert_shell(
		"virtio ring slot1 0",
		drawing(0,
			"slot1 queue 0: split, 4 entries, 0 in flight, 4 free\n"
			"  avail      at @a, flags 1 NO_INTERRUPT, idx 0\n"
			"  avail[0]   <- the driver adds here\n"
			"  used       at @b, flags 0, idx 0, taken 0\n"
			"  used[0]    <- the device gives back here\n"
			"  desc       at @c\n"));
}

#define DRAWN \
	"slot@v queue 0: split, 4 entries, 2 in flight, 1 free\n" \
	"  avail      at @a, flags 1 NO_INTERRUPT, idx 1\n" \
	"  avail[0]   head 0\n" \
	"  avail[1]   head 2\n" \
	"  avail[2]   <- the driver adds here\n" \
	"  used       at @b, flags 0, idx 0, taken 0\n" \
	"  used[0]    <- the device gives back here\n" \
	"  desc       at @c\n" \
	"  desc[0]    lent   of 0   @d       1 NEXT 1            " \
	"caller's buffer\n" \
	"  desc[1]    lent   of 0   @e       1 WRITE             " \
	"caller's buffer\n" \
	"  desc[2]    queued of 2   @f       1 WRITE             " \
	"caller's buffer\n" \
	"  desc[3]    free\n"

/* A chain that the device holds, and one that it was not shown. */
static void in_flight(void **state)
{
	(void)state;
	start();
	for (int v = 0; v < 2; v++) {
		char line[48];

		r[v].d->hold = true;
		assert_int_equal(job_add(r[v].vq, &job[0], 2), 0);
		virtq_kick(r[v].vq);
		assert_int_equal(job_add(r[v].vq, &job[1], 1), 0);
		snprintf(line, sizeof(line), "virtio ring slot%d 0 all", v + 1);
		assert_shell(line, drawing(v, DRAWN));
	}
}

static void given_back(void **state)
{
	uint32_t len;
	void *token;

	(void)state;
	start();
	assert_int_equal(job_add(r[1].vq, &job[0], 2), 0);
	assert_int_equal(job_add(r[1].vq, &job[1], 1), 0);
	virtq_kick(r[1].vq);
	assert_int_equal(virtq_pop(r[1].vq, &token, &len), 0);
	assert_shell(
		"virtio ring slot2 0",
		drawing(1,
			"slot2 queue 0: split, 4 entries, 1 in flight, 3 free\n"
			"  avail      at @a, flags 1 NO_INTERRUPT, idx 2\n"
			"  avail[0]   head 0\n"
			"  avail[1]   head 2\n"
			"  avail[2]   <- the driver adds here\n"
			"  used       at @b, flags 0, idx 2, taken 1\n"
			"  used[0]    id 0, length 1\n"
			"  used[1]    id 2, length 1, not taken yet\n"
			"  used[2]    <- the device gives back here\n"
			"  desc       at @c\n"
			"  desc[0]    back   of 0   @d       1 NEXT 1"
			"            caller's buffer\n"
			"  desc[1]    back   of 0   @e       1 WRITE"
			"             caller's buffer\n"
			"  desc[2]    done   of 2   @f       1 WRITE"
			"             caller's buffer\n"));
	assert_int_equal(virtq_pop(r[1].vq, &token, &len), 0);
}

/* The index has gone round the ring; only what is there can be shown. */
static void wrapped(void **state)
{
	uint32_t len;
	void *token;

	(void)state;
	start();
	for (unsigned int i = 0; i < 65537; i++) {
		assert_int_equal(job_add(r[1].vq, &job[0], 1), 0);
		virtq_kick(r[1].vq);
		assert_int_equal(virtq_pop(r[1].vq, &token, &len), 0);
	}
	assert_shows("virtio ring slot2 0",
		     "idx 1\n"
		     "  avail[1]   head 0\n"
		     "  avail[2]   head 0\n"
		     "  avail[3]   head 0\n"
		     "  avail[0]   head 0\n"
		     "  avail[1]   <- the driver adds here\n");
}

/* A device that writes where it must not, and says what cannot be. */
static void lies(void **state)
{
	uint8_t *desc, *used;

	(void)state;
	start();
	r[1].d->hold = true;
	assert_int_equal(job_add(r[1].vq, &job[0], 2), 0);
	virtq_kick(r[1].vq);
	desc = r[1].vq->desc;
	used = r[1].vq->device;
	put_le16(desc + 14, 0xffff);
	assert_shows("virtio ring slot2 0",
		     "NEXT 65535        caller's buffer, "
		     "not what was written\n");
	put_le16(used + 2, 40000);
	put_le16(used, 1);
	assert_shows("virtio ring slot2 0",
		     "flags 1 NO_NOTIFY, idx 40000, taken 0, "
		     "ahead of what was shown\n"
		     "  used[0]    <- the device gives back here\n");
	put_le16(used + 2, 1);
	put_le32(used + 4, 0xdeadbeef);
	assert_shows("virtio ring slot2 0 all",
		     "  used[0]    id 3735928559, length 0, not taken yet\n");
	put_le16(used + 2, 0);
	put_le16(desc + 14, 1);
}

static void disk(void **state)
{
	struct fake_vdev *d[2];
	struct virtq *vq;
	char want[300];
	uint64_t slot;

	(void)state;
	start_both(d, FAKE_BLK, NULL);
	assert_disk_works(1);
	vq = vdev_of(d[1])->vq[0];
	slot = get_le64(vq->desc);
	snprintf(want, sizeof(want),
		 "  desc[0]    back   of 0   0x%08jx      16 NEXT 1"
		 "            request header\n"
		 "  desc[1]    back   of 0   0x%08jx    1024 WRITE NEXT 2"
		 "      not RAM\n"
		 "  desc[2]    back   of 0   0x%08jx       1 WRITE"
		 "             status byte\n",
		 (uintmax_t)slot, (uintmax_t)get_le64((uint8_t *)vq->desc + 16),
		 (uintmax_t)slot + 52);
	assert_shows("virtio ring virtio1 0", want);
}

static void net(void **state)
{
	struct fake_vdev *d[2];

	(void)state;
	start_both(d, FAKE_NET, NULL);
	assert_arp_works(0);
	assert_shows("virtio ring eth0 0",
		     "WRITE             receive buffer\n");
	assert_shows("virtio ring eth0 0", "  48 more: \"all\" shows them\n");
	assert_shows("virtio ring eth0 1", "frame to send\n");
	assert_null(strstr(shell("virtio ring eth0 0 all", 0), "more"));
}

static void arguments(void **state)
{
	static const char *const usage[] = {
		"virtio ring",
		"virtio ring slot1",
		"virtio ring slot1 0 al",
		"virtio ring -c slot1",
		"virtio ring a 0 all b",
	};

	(void)state;
	start();
	for (size_t i = 0; i < array_size(usage); i++)
		assert_non_null(strstr(shell(usage[i], 1), "Usage:"));
	assert_refused("virtio ring slot1 1",
		       "virtio ring: slot1: queue 1: not in use\n");
	assert_refused("virtio ring slot1 ffffffffffffffff",
		       "virtio ring: slot1: queue 18446744073709551615: "
		       "not in use\n");
	assert_refused("virtio ring slot1 x",
		       "virtio ring: 'x' is not a number\n");
	assert_refused("virtio ring slot7 0",
		       "virtio ring: slot7: no such device\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		virtio_test(unused),     virtio_test(in_flight),
		virtio_test(given_back), virtio_test(wrapped),
		virtio_test(lies),       virtio_test(disk),
		virtio_test(net),        virtio_test(arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
