/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio test on the model: an honest device passes, one that breaks a
 * rule fails at that item and nowhere before, and disks are left as they were.
 */
#include "virtio_selftest.h"

#include <limits.h>

/* The line of the item that begins with @item; NULL: there is none */
static const char *verdict(const char *text, const char *item)
{
	static char line[160];
	char word[40];
	const char *at;

	snprintf(word, sizeof(word), "  %s", item);
	for (at = strstr(text, word); at; at = strstr(at + 1, word)) {
		const char *begin = at - 4;

		snprintf(line, sizeof(line), "%.*s",
			 (int)strcspn(begin, "\r\n"), begin);
		return line;
	}
	return NULL;
}

static void assert_verdict(const char *text, const char *item, const char *v)
{
	const char *line = verdict(text, item);

	if (!line || strncmp(line, v, strlen(v)) != 0)
		fail_msg("%s should be '%s':\n%s", item, v, text);
}

/* What a packed ring's line is called: that of virtio2. */
static const char *on(unsigned int i, const char *item)
{
	static const char *const pkd[][2] = {
		{ "VQ-6", "PKD-2" },   { "VQ-21", "PKD-12" },
		{ "VQ-8", "PKD-7" },   { "VQ-11", "PKD-10" },
		{ "VQ-25", "PKD-14" },
	};

	for (size_t k = 0; i == 2 && k < array_size(pkd); k++)
		if (!strcmp(item, pkd[k][0]))
			return pkd[k][1];
	return item;
}

static const char *test_disk(unsigned int i, const char *range, int status)
{
	char line[48];

	snprintf(line, sizeof(line), "virtio test virtio%u%s", i, range);
	return run(line, status);
}

static void honest_disks(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++) {
		const char *text;
		uint8_t *before = disk_copy(d[i]);

		text = test_disk(i, "", 0);
		assert_null(strstr(text, "FAIL"));
		assert_null(strstr(text, i == 2 ? "VQ-6 " : "PKD-"));
		assert_verdict(text, "FEAT-2", i ? "pass" : "n/a");
		assert_verdict(text, "INIT-5", i ? "pass" : "n/a");
		assert_verdict(text, on(i, "VQ-8"), "pass");
		assert_verdict(text, on(i, "VQ-6"), "pass");
		assert_verdict(text, on(i, "VQ-21"),
			       d[i]->features >> FAKE_INDIRECT & 1 ? "pass"
								   : "n/a");
		assert_verdict(text, on(i, "VQ-25"), "n/a"); /* all in order */
		assert_verdict(text, "BLK-13", "n/a");
		assert_int_equal(d[i]->blk_count[1], 0);
		assert_disk_is(d[i], before);
		assert_int_equal(vdev_of(d[i])->state, VIRTIO_LIVE);
		assert_disk_works(i);
	}
}

/* More requests than an index has values went through the queue, all of them right. */
static void more_than_an_index_counts(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++) {
		test_disk(i, "", 0);
		assert_true(d[i]->queue[0].taken > 65536);
	}
}

static bool direct[300], tabled[300]; /* chains of so many elements were seen */

static void lengths(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)d;
	(void)q;
	(c->table ? tabled : direct)[c->n_out + c->n_in] = true;
}

/* Both ways, where there are two: header and status besides 1 to 254 segments. */
static void chains_of_every_length(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++) {
		d[i]->features |= UINT64_C(1) << FAKE_INDIRECT;
		d[i]->on_chain = lengths;
		memset(direct, 0, sizeof(direct));
		memset(tabled, 0, sizeof(tabled));
		assert_verdict(test_disk(i, "", 0), on(i, "VQ-21"), "pass");
		for (unsigned int n = 3; n <= 256; n++)
			assert_true(direct[n] && (tabled[n] || n <= 4));
	}
}

static void honest_others(void **state)
{
	struct fake_vdev *net[KINDS];
	struct fake_vdev *rng = fake_vdev_add(9, FAKE_RNG, 2);
	const char *text;

	(void)state;
	start(net, FAKE_NET);
	text = run("virtio test", 0);
	assert_null(strstr(text, "FAIL"));
	assert_non_null(strstr(text, "eth2: "));
	assert_verdict(text, "RNG-1", "pass");
	assert_verdict(text, "NET-7", "pass");
	for (unsigned int i = 0; i < KINDS; i++)
		assert_true(net[i]->tx_frames >= 96);
	assert_true(rng->queue[0].taken >= 64);
}

/* ---- writing ---- */

static bool in_range(uint64_t lba)
{
	return lba >= 0x100 && lba < 0x180;
}

static void only_the_range(struct fake_vdev *d, unsigned int q,
			   struct fake_chain *c)
{
	uint8_t h[16];

	(void)q;
	fake_chain_read(c, 0, h, sizeof(h));
	if (get_le32(h) == 1 &&
	    (!in_range(get_le64(h + 8)) ||
	     !in_range(get_le64(h + 8) + (c->out_len - 16) / 512 - 1)))
		fake_violation(d, "write to sector %#jx",
			       (uintmax_t)get_le64(h + 8));
}

static void range_is_written_and_put_back(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++) {
		uint8_t *before = disk_copy(d[i]);
		const char *text;

		d[i]->on_chain = only_the_range;
		text = test_disk(i, " w 100 80", 0);
		assert_non_null(strstr(text, "what was there is back"));
		assert_non_null(strstr(text, "128 blocks written"));
		assert_true(d[i]->blk_count[1] >= 0x80);
		assert_disk_is(d[i], before);
	}
}

static void lose_writes(struct fake_vdev *d, unsigned int q,
			struct fake_chain *c)
{
	uint8_t h[16];

	(void)q;
	fake_chain_read(c, 0, h, sizeof(h));
	if (get_le32(h) == 1 && c->out_len <= 16 + 512)
		c->no_data = true; /* small ones, and says they were done */
	(void)d;
}

static void lost_writes_are_seen(void **state)
{
	struct fake_vdev *d[KINDS];
	const char *text;

	(void)state;
	start(d, FAKE_BLK);
	d[1]->on_chain = lose_writes;
	text = run("virtio test virtio1 w 100 80", 1);
	assert_verdict(text, "BLK-5 BLK-12", "pass");
	assert_verdict(text, "BLK-1 BLK-5", "FAIL");
	assert_non_null(strstr(text, "pass  BLK-8              what was"));
}

/* Sectors 0x146 and 0x148 on are bad for writes, from the second write on. */
static void refuse_writes_later(struct fake_vdev *d, unsigned int q,
				struct fake_chain *c)
{
	uint64_t lba, n;
	uint8_t h[16];

	(void)q;
	fake_chain_read(c, 0, h, sizeof(h));
	lba = get_le64(h + 8);
	n = (c->out_len - 16) / 512;
	if (get_le32(h) != 1 || ++d->arg == 1)
		return;
	if ((lba <= 0x146 && lba + n > 0x146) ||
	    (lba < 0x14a && lba + n > 0x148))
		c->status = 1;
	c->no_data = c->status > 0;
}

/* All blocks but those are put back, those are named, and where they are in memory. */
static void what_cannot_be_put_back_is_said(void **state)
{
	struct fake_vdev *d[KINDS];
	const char *text, *at;
	uint8_t *before;
	uint64_t addr;

	(void)state;
	start(d, FAKE_BLK);
	before = disk_copy(d[2]);
	d[2]->on_chain = refuse_writes_later;
	text = run("virtio test virtio2 w 100 80", 1);
	assert_verdict(text, "BLK-1 BLK-5", "FAIL");
	assert_null(verdict(text, "BLK-5   "));
	at = strstr(text, "NOT RESTORED: 3 of 128 blocks, 0x146 0x148-0x149; "
			  "all are in memory at ");
	assert_non_null(at);
	addr = strtoull(strstr(at, "at 0x") + 3, NULL, 16);
	assert_memory_equal((void *)(uintptr_t)addr, before + 0x100 * 512,
			    0x80 * 512);
	for (unsigned int i = 0; i < 2048; i++)
		assert_int_equal(
			!memcmp(d[2]->disk + i * 512, before + i * 512, 512),
			i != 0x146 && i != 0x148 && i != 0x149);
	free(before);
}

static void blind_at(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)q;
	(void)c;
	if (++d->arg == 40)
		d->blind = true; /* until it is reset */
}

/* A device that falls silent: a verdict, a reset, its data back, the prompt. */
static void silence_in_the_middle(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++) {
		uint8_t *before = disk_copy(d[i]);
		uint64_t began = time_us();
		const char *text;

		d[i]->on_chain = blind_at;
		text = test_disk(i, " w 100 80", 1);
		assert_non_null(strstr(text, "no answer in time; the device was"
					     " reset"));
		assert_non_null(strstr(text, ", the rest was not run"));
		assert_true(time_us() - began < 2 * PROMPT_BACK_US);
		assert_disk_is(d[i], before);
		assert_int_equal(vdev_of(d[i])->resets, 1);
		assert_disk_works(i);
	}
}

static void ctrl_c(void **state)
{
	struct fake_vdev *d[KINDS];
	const char *text;

	(void)state;
	start(d, FAKE_BLK);
	fake_ctrlc_after = 12;
	text = run("virtio test", 1);
	assert_non_null(strstr(text, "stopped by Ctrl-C"));
	assert_null(strstr(text, "virtio1:"));
	assert_disk_works(0);
}

/* ---- what is found ---- */

static void scatter_loses(struct fake_vdev *d, unsigned int q,
			  struct fake_chain *c)
{
	(void)d;
	(void)q;
	if (c->n_in > 100)
		c->no_data = true;
}

static void anything_goes(struct fake_vdev *d, unsigned int q,
			  struct fake_chain *c)
{
	uint8_t h[16];

	(void)q;
	fake_chain_read(c, 0, h, sizeof(h));
	if (get_le32(h) == 0 && get_le64(h + 8) >= d->disk_sectors)
		c->status = 0;
}

static void interrupts(struct fake_vdev *d, unsigned int q,
		       const struct fake_chain *c, struct fake_used *u)
{
	(void)q;
	(void)c;
	(void)u;
	d->isr |= 1;
}

static void other_id(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)q;
	(void)c;
	d->serial[0] = (char)('a' + d->arg++ % 26);
}

static void faults_are_found(void **state)
{
	static const struct {
		void (*on_chain)(struct fake_vdev *d, unsigned int q,
				 struct fake_chain *c);
		void (*on_used)(struct fake_vdev *d, unsigned int q,
				const struct fake_chain *c,
				struct fake_used *u);
		const char *item;
	} cases[] = {
		{ scatter_loses, NULL, "VQ-6" },
		{ anything_goes, NULL, "BLK-6" },
		{ NULL, interrupts, "VQ-11" },
		{ other_id, NULL, "BLK-9" },
	};
	struct fake_vdev *d[KINDS];

	(void)state;
	start(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++)
		for (size_t k = 0; k < array_size(cases); k++) {
			d[i]->on_chain = cases[k].on_chain;
			d[i]->on_used = cases[k].on_used;
			assert_verdict(test_disk(i, "", 1),
				       on(i, cases[k].item), "FAIL");
		}
}

static void reverse_order_is_seen(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++) {
		d[i]->reverse = true;
		assert_verdict(test_disk(i, "", 0), on(i, "VQ-25"), "pass");
	}
}

static void other_features(struct fake_vdev *d, unsigned int reg)
{
	if (reg == R_DEVICE_FEATURES && d->resets > 1)
		d->features ^= 1 << 13;
}

static void slow(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	uint64_t start = time_us();

	(void)d;
	(void)q;
	(void)c;
	while (time_us() - start < 20000)
		;
}

/* 20 ms a request: every check ends, and says how far it came. */
static void slow_disk(void **state)
{
	struct fake_vdev *d[KINDS];
	uint64_t began = time_us();
	const char *text;
	uint8_t *before;

	(void)state;
	start(d, FAKE_BLK);
	before = disk_copy(d[1]);
	d[1]->on_chain = slow;
	text = run("virtio test virtio1 w 0 800", 0);
	assert_verdict(text, "BLK-1 BLK-5", "n/a");
	assert_non_null(strstr(text, ": too slow: "));
	assert_non_null(strstr(text, "of 2048 blocks read"));
	assert_true(time_us() - began < 40000000);
	assert_disk_is(d[1], before);
}

static void handshake_faults(void **state)
{
	struct fake_vdev *d[KINDS];
	const char *text;

	(void)state;
	start(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++)
		assert_disk_works(i);
	d[1]->on_read = other_features;
	assert_verdict(run("virtio test 1", 1), "FEAT-3", "FAIL");
	d[2]->refuse = true;
	text = run("virtio test 2", 1);
	assert_verdict(text, "INIT-5", "FAIL");
	assert_verdict(text, "INIT-1 INIT-13", "FAIL");
	assert_int_equal(vdev_of(d[2])->state, VIRTIO_DEAD);
	d[0]->reset_reads = UINT_MAX;
	text = run("virtio test 0", 1);
	assert_verdict(text, "INIT-2", "FAIL");
	assert_null(verdict(text, "INIT-3"));
	assert_int_equal(vdev_of(d[0])->state, VIRTIO_DEAD);
}

static void test_is_refused(void **state)
{
	static const struct {
		const char *line, *said;
	} cases[] = {
		{ "virtio test nosuch", "nosuch: no such device" },
		{ "virtio test slot5", "slot5: empty slot" },
		{ "virtio test slot6", "slot6: no driver" },
		{ "virtio test rng0 w 0 1", "rng0: not a disk" },
		{ "virtio test 0 w 800 1", "0: past the end" },
		{ "virtio test 0 w 7ff 2", "0: past the end" },
		{ "virtio test 0 w 0 0", "0: past the end" },
		{ "virtio test 1 w 0 1", "1: read-only" },
	};
	struct fake_vdev *d[2];

	(void)state;
	add_ram();
	fake_vdev_add(5, FAKE_EMPTY, 1);
	fake_vdev_add(6, FAKE_ECHO, 1);
	fake_vdev_add(7, FAKE_RNG, 1);
	add_both(d, FAKE_BLK);
	d[1]->features |= 1 << 5;
	fake_virtio_announce();
	for (size_t i = 0; i < array_size(cases); i++)
		assert_non_null(strstr(run(cases[i].line, 1), cases[i].said));
	assert_int_equal(d[0]->blk_count[1] + d[1]->blk_count[1], 0);
	assert_verdict(run("virtio test 1", 0), "BLK-13", "pass");
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(honest_disks),
		virtio_test(more_than_an_index_counts),
		virtio_test(chains_of_every_length),
		virtio_test(honest_others),
		virtio_test(range_is_written_and_put_back),
		virtio_test(lost_writes_are_seen),
		virtio_test(what_cannot_be_put_back_is_said),
		virtio_test(silence_in_the_middle),
		virtio_test(ctrl_c),
		virtio_test(faults_are_found),
		virtio_test(reverse_order_is_seen),
		virtio_test(slow_disk),
		virtio_test(handshake_faults),
		virtio_test(test_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
