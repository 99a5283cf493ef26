/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio step: what it tells of a read on each ring, and what it refuses; and that the
 * ring is the driver's own again afterwards. */
#include "virtio_step.h"

static void assert_tells(int v, const char *what, const char *want)
{
	static char got[16384];

	snprintf(got, sizeof(got), "%s", run(v, what, 0));
	assert_string_equal(got, text(v, want));
}

#define DATA5 "24272a2d 30333639 3c3f4245484b4e51"

#define REQUEST5 \
	"1. request, 5.2.6: written, nothing lent yet\n" \
	"  request header @h    16  00000000 00000000 0500000000000000\n" \
	"  data           @d   512  eeeeeeee eeeeeeee eeeeeeeeeeeeeeee ...\n" \
	"  status byte    @s     1  ff\n" \
	"  IN, sector 5; status ff: no device says that; data ee\n" \
	"  pitfall: no header -> QEMU stops: \"virtio-blk missing headers\"\n"

#define FLAGS_PITFALLS \
	"  pitfall: data without WRITE -> length 1, no data\n" \
	"  pitfall: data without NEXT -> its last byte becomes the status\n"

#define NOTIFICATION \
	"notification, #n" \
	"  pitfall: forgotten -> the request is not seen, used.idx does not " \
	"move\n"

#define ANSWER5(n) \
	n ". status and data, 5.2.6\n" \
	  "  request header @h    16  00000000 00000000 0500000000000000\n" \
	  "  data           @d   512  " DATA5 " ...\n" \
	  "  status byte    @s     1  00\n" \
	  "  IN, sector 5, status 0 OK\n" \
	  "  pitfall: status ff, untouched <- not its address, or looked too " \
	  "early\n"

#define SPLIT_DESC(owner) \
	"  desc[0]    " owner " of 0   @h      16 NEXT 1            " \
	"request header\n" \
	"  desc[1]    " owner " of 0   @d     512 WRITE NEXT 2      " \
	"caller's buffer\n" \
	"  desc[2]    " owner " of 0   @s       1 WRITE             " \
	"status byte\n"

#define SPLIT_PITFALLS \
	"  pitfall: next taken for i + 1 -> wrong chains in a fragmented " \
	"table\n" FLAGS_PITFALLS

static const char split[] =
	"virtio#v: reads block 5 (512 bytes, sector 5) through queue 0, split, "
	"#t\n" REQUEST5 "2. descriptors, 2.7.5: free ones, linked by next\n"
	"  desc[0]     0000000000000000 00000000 0000 0000 -> "
	"$h 10000000 0100 0100\n"
	"  desc[1]     0000000000000000 00000000 0000 0000 -> "
	"$d 00020000 0300 0200\n"
	"  desc[2]     0000000000000000 00000000 0000 0000 -> "
	"$s 01000000 0200 0000\n" SPLIT_PITFALLS
	"3. available ring, 2.7.6: the head, and only the head\n"
	"  avail[0]: head 0, not shown yet\n"
	"  pitfall: an entry for each descriptor -> used.idx does not move\n"
	"virtio#v queue 0: split, 256 entries, 1 in flight, 253 free\n"
	"  avail      at @a, flags 0, idx 0, used_event 0\n"
	"  avail[0]   head 0\n"
	"  avail[1]   <- the driver adds here\n"
	"  used       at @b, flags 0, idx 0, taken 0, avail_event 0\n"
	"  used[0]    <- the device gives back here\n"
	"  desc       at @c\n" SPLIT_DESC(
		"queued") "4. index, 2.7.13.3: dmb oshst, then avail.idx\n"
			  "  avail.idx   0000 -> 0100\n"
			  "  used_event  0000 -> 0080\n"
			  "  pitfall: idx kept below the size -> stops; 65535 "
			  "+ 1 is 0\n"
			  "5. notify or not, 2.7.10: dmb osh, then what the "
			  "device asks for\n"
			  "  avail_event 0, idx 0 -> 1: notify\n"
			  "6. " NOTIFICATION
			  "7. wait, 2.7.14: until used.idx != what was taken\n"
			  "  used.idx    0000 -> 0100\n"
			  "  used[0]     00000000 00000000 -> 00000000 "
			  "01020000\n"
			  "  avail_event 0000 -> 0100\n"
			  "  looks: 1, time: 10 us, notifications: 1\n"
			  "  pitfall: used.idx compared by >= -> blind after "
			  "65535\n"
			  "virtio#v queue 0: split, 256 entries, 1 in flight, "
			  "253 free\n"
			  "  avail      at @a, flags 0, idx 1, used_event "
			  "32768\n"
			  "  avail[0]   head 0\n"
			  "  avail[1]   <- the driver adds here\n"
			  "  used       at @b, flags 0, idx 1, taken 0, "
			  "avail_event 1\n"
			  "  used[0]    id 0, length 513, not taken yet\n"
			  "  used[1]    <- the device gives back here\n"
			  "  desc       at @c\n" SPLIT_DESC(
				  "done  ") "8. used element, 2.7.8: dmb "
					    "oshld, then id and length\n"
					    "  id 0, length 513#l\n"
					    "  pitfall: length 1 <- only the "
					    "status byte had WRITE\n" ANSWER5(
						    "9");

static const char packed[] =
	"virtio#v: reads block 5 (512 bytes, sector 5) through queue 0, "
	"packed, "
	"#t\n" REQUEST5 "2. descriptors, 2.8.13: the next slots of the ring\n"
	"  desc[0]     0000000000000000 00000000 0000 0000 -> "
	"$h 10000000 0000 0000\n"
	"  desc[1]     0000000000000000 00000000 0000 0000 -> "
	"$d 00020000 0000 8300\n"
	"  desc[2]     0000000000000000 00000000 0000 0000 -> "
	"$s 01000000 0000 8200\n"
	"  the first one's flags are withheld: not lent yet\n"
	"  pitfall: id taken for the slot -> wrong when answered out of order"
	"\n" FLAGS_PITFALLS
	"virtio#v queue 0: packed, 256 entries, 1 in flight, 253 free\n"
	"  driver     at @a, event flags 1 DISABLE, slot 0, wrap 0\n"
	"  device     at @b, event flags 2 DESC, slot 0, wrap 1\n"
	"  desc       at @c\n"
	"  desc[0]    <- the driver takes here, wrap 1\n"
	"  desc[0]    queued of 0   @h      16                   "
	"request header\n"
	"  desc[1]    queued of 0   @d     512 WRITE NEXT AVAIL  "
	"caller's buffer\n"
	"  desc[2]    queued of 0   @s       1 WRITE AVAIL       "
	"status byte\n"
	"  desc[3]    <- the driver adds here, wrap 1\n"
	"3. available, 2.8.6: dmb oshst, then the first one's flags\n"
	"  desc[0]     $h 10000000 0000 0000 -> $h 10000000 0000 8100\n"
	"  pitfall: AVAIL is not the wrap counter -> not seen\n"
	"4. notify or not, 2.8.10: dmb osh, then what the device asks for\n"
	"  device event flags 2, slot 0: notify\n"
	"5. " NOTIFICATION
	"6. wait, 2.8.22: until AVAIL = USED = wrap counter\n"
	"  device      0080 0200 -> 0380 0200\n"
	"  desc[0]     $h 10000000 0000 8100 -> $h 01020000 0000 8080\n"
	"  looks: 1, time: 10 us, notifications: 1\n"
	"  pitfall: a wrap counter not flipped -> sees nothing, or old\n"
	"virtio#v queue 0: packed, 256 entries, 1 in flight, 253 free\n"
	"  driver     at @a, event flags 1 DISABLE, slot 0, wrap 0\n"
	"  device     at @b, event flags 2 DESC, slot 3, wrap 1\n"
	"  desc       at @c\n"
	"  desc[0]    <- the driver takes here, wrap 1\n"
	"  desc[0]    done   of 0   @h     513 AVAIL USED        "
	"request header\n"
	"  desc[3]    <- the driver adds here, wrap 1\n"
	"7. used descriptor, 2.8.22: dmb oshld, then id and length\n"
	"  id 0, length 513\n"
	"  pitfall: length 1 <- only the status byte had WRITE\n" ANSWER5("8");

/* All of it, and the data where it says. */
static void whole(void **state)
{
	(void)state;
	start(NULL);
	for (int v = 0; v < KINDS; v++) {
		const struct vblk *b = vdev_of(disk[v])->priv;

		assert_tells(v, "read 5", v < 2 ? split : packed);
		assert_true(
			disk_data_ok((void *)(uintptr_t)address(v, 'd'), 5, 1));
		assert_ptr_equal(b->vq->ops,
				 v < 2 ? &virtq_split : &virtq_packed);
		assert_disk_works((unsigned int)v);
	}
}

/* Three blocks in places of their own are too many elements for the ring itself. */
static void indirect(void **state)
{
	static const char *const want[] = {
		"  table[0]    $h 10000000 0100 0100\n"
		"  table[1]    $d 00020000 0300 0200\n"
		"  table[2]    $e 00020000 0300 0300\n"
		"  table[3]    $f 00020000 0300 0400\n"
		"  table[4]    $s 01000000 0200 0000\n"
		"  desc[0]     $h 10000000 0100 0100 -> "
		"$t 50000000 0400 0000\n"
		"  5 elements in an indirect table, 2.7.5.3: one slot\n",
		"  table[0]    $h 10000000 0000 0000\n"
		"  table[1]    $d 00020000 0000 0200\n"
		"  table[2]    $e 00020000 0000 0200\n"
		"  table[3]    $f 00020000 0000 0200\n"
		"  table[4]    $s 01000000 0000 0200\n"
		"  desc[3]     0000000000000000 00000000 0000 0000 -> "
		"$t 50000000 0000 0000\n"
		"  5 elements in an indirect table, 2.8.7: one slot\n",
	};
	char all[4096];

	(void)state;
	start(NULL);
	for (int v = 0; v < KINDS; v++) {
		(void)run(v, "read 5", 0);
		snprintf(all, sizeof(all), "%s", text(v, want[v == 2]));
		if (!strstr(run(v, "read 7 3", 0), all))
			fail_msg("%d: no \"%s\" in:\n%s", v, all,
				 run(v, "read 7 3", 0));
	}
}

static void no_event_idx(struct fake_vdev *d)
{
	d->features &= ~VIRTIO_BIT(FAKE_EVENT_IDX);
}

static void no_notify(struct fake_vdev *d)
{
	no_event_idx(d);
	d->no_notify = true;
	d->when = FAKE_POLLING;
}

/* The decision by flags, both ways; the number of notifications says if it was kept. */
static void flags(void **state)
{
	(void)state;
	start(no_event_idx);
	for (int v = 0; v < KINDS; v++)
		assert_told(v, "read 5", 0,
			    v < 2 ? "  used.flags 0: notify\n6. notification"
				  : "  device event flags 0, slot 0: notify\n");
}

static void suppressed(void **state)
{
	(void)state;
	start(no_notify);
	for (int v = 0; v < KINDS; v++) {
		assert_told(v, "read 5", 0, ": it wants none\n");
		assert_told(v, "read 5", 0, " us, notifications: 0\n");
		assert_null(strstr(run(v, "read 5", 0), ". notification, "));
	}
}

/* used.idx goes on past 65535; on a packed ring laps do. */
static void wrap(void **state)
{
	uint8_t buf[SECTOR_SIZE];

	(void)state;
	start(NULL);
	for (unsigned int i = 0; i < 65535; i++)
		assert_int_equal(blk_read(blk_of(disk[1]), i & 63, 1, buf), 0);
	assert_told(1, "read 5", 0, "  avail.idx   ffff -> 0000\n");
	assert_told(1, "read 5", 0, "  avail.idx   0000 -> 0100\n");
	for (unsigned int i = 0; i < 256 / 3 + 1; i++)
		assert_int_equal(blk_read(blk_of(disk[2]), i & 63, 1, buf), 0);
	assert_told(2, "read 5", 0,
		    " 10000000 0000 8200 -> $h 10000000 0000 0180\n");
}

static void big_blocks(struct fake_vdev *d)
{
	put32(d, 20, 4096);
}

static void blocks_of_its_own(void **state)
{
	(void)state;
	start(big_blocks);
	assert_told(1, "read 2", 0,
		    "virtio1: reads block 2 (4096 bytes, sector 16) through ");
	assert_true(disk_data_ok((void *)(uintptr_t)address(1, 'd'), 16, 8));
}

static void few_segments(struct fake_vdev *d)
{
	put32(d, 12, 5);
}

static void short_segments(struct fake_vdev *d)
{
	few_segments(d);
	d->features |= VIRTIO_BIT(VIRTIO_BLK_F_SIZE_MAX);
	put32(d, 8, 300);
}

/* What the device does not take in one request is not read in two. */
static void assert_most(unsigned int most)
{
	char what[24], want[64];

	for (int v = 0; v < KINDS; v++) {
		snprintf(what, sizeof(what), "read 5 %u", most + 1);
		snprintf(want, sizeof(want),
			 "virtio step: %d: takes 1 to %u blocks a request\n", v,
			 most);
		assert_string_equal(run(v, what, 1), want);
		snprintf(what, sizeof(what), "read 5 %u", most);
		assert_told(v, what, 0, "IN, sector 5, status 0 OK\n");
		assert_told(v, what, 0, "1. request");
		assert_null(strstr(run(v, what, 0), "10. "));
	}
}

static void one_request(void **state)
{
	(void)state;
	start(few_segments);
	assert_most(5);
}

static void one_request_of_short_segments(void **state)
{
	(void)state;
	start(short_segments);
	assert_most(2);
}

static void arguments(void **state)
{
	static const char *const usage[] = {
		"virtio step",
		"virtio step 0",
		"virtio step 0 read",
		"virtio step -c 0 read",
		"virtio step 0 write 5",
		"virtio step 0 rea 5",
		"virtio step 0 read 5 1 1",
	};
	char want[80];

	(void)state;
	start(NULL);
	(void)fake_vdev_add(9, FAKE_RNG, 2);
	for (size_t i = 0; i < array_size(usage); i++)
		assert_non_null(strstr(shell(usage[i], 1), "Usage:"));
	assert_refused("virtio step 3 read 0",
		       "virtio step: 3: no such device\n");
	assert_refused("virtio step 0 read x",
		       "virtio step: 'x' is not a number\n");
	assert_refused("virtio step 0 read 0 0",
		       "virtio step: 0: takes 1 to 8 blocks a request\n");
	assert_refused("virtio step 0 read 0 100000001",
		       "virtio step: 0: takes 1 to 8 blocks a request\n");
	snprintf(want, sizeof(want), "virtio step 0 read %jx",
		 (uintmax_t)disk[0]->disk_sectors);
	assert_refused(want, "virtio step: 0: past the end\n");
	assert_refused("virtio step 0 read ffffffffffffffff 2",
		       "virtio step: 0: past the end\n");
	disk[0]->refuse = disk[1]->refuse = true;
	assert_int_equal(virtio_restart(vdev_of(disk[1])), -EIO);
	assert_refused("virtio step 1 read 0",
		       "virtio step: 1: refused the features\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		virtio_test(whole),
		virtio_test(indirect),
		virtio_test(flags),
		virtio_test(suppressed),
		virtio_test(wrap),
		virtio_test(blocks_of_its_own),
		virtio_test(one_request),
		virtio_test(one_request_of_short_segments),
		virtio_test(arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
