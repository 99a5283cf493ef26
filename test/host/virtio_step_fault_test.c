/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio step on devices that do not answer, lie, fail, or are interrupted: it says so, and
 * the ring is the driver's own again afterwards. */
#include "virtio_step.h"

#include <limits.h>

static void silent(void **state)
{
	(void)state;
	start(NULL);
	for (int v = 0; v < KINDS; v++) {
		const char *got;

		disk[v]->hold = true;
		got = run(v, "read 5", 1);
		assert_non_null(strstr(got, "\n  no answer\n  looks: "));
		assert_non_null(strstr(got, " us, notifications: 2\n"));
		assert_non_null(strstr(got, ". given up, 2.4: status 0 "
					    "written, read until 0\n"
					    "  no answer in time; reset, it "
					    "touches no memory any more\n"));
		assert_non_null(strstr(got, ": timed out\n"));
		assert_null(strstr(got, "status and data"));
		disk[v]->hold = false;
		assert_disk_works((unsigned int)v);
		assert_told(v, "read 5", 0, "IN, sector 5, status 0 OK\n");
	}
}

/* One that does not even see the request. */
static void blind(void **state)
{
	(void)state;
	start(NULL);
	for (int v = 0; v < KINDS; v++) {
		disk[v]->blind = true;
		assert_told(v, "read 5", 1,
			    "\n  no answer, nothing moved\n  looks: ");
	}
}

static void never_resets(void **state)
{
	(void)state;
	start(NULL);
	disk[1]->hold = true;
	disk[1]->reset_reads = UINT_MAX;
	assert_told(1, "read 5", 1,
		    "; it does not reset, and may still write\n"
		    "virtio step: 1: device does not reset, it may still "
		    "write to memory\n");
	/* its memory is nobody's: another disk's read goes elsewhere */
	assert_told(2, "read 5", 0, "IN, sector 5, status 0 OK\n");
	assert_true(disk_data_ok((void *)(uintptr_t)address(2, 'd'), 5, 1));
}

static void untouched(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)d;
	(void)q;
	c->status = 256;
}

static void foreign_id(struct fake_vdev *d, unsigned int q,
		       const struct fake_chain *c, struct fake_used *u)
{
	(void)d;
	(void)q;
	(void)c;
	u->id = 200;
}

static void ahead(struct fake_vdev *d, unsigned int q,
		  const struct fake_chain *c, struct fake_used *u)
{
	(void)d;
	(void)q;
	(void)c;
	u->step = 77;
}

static void liars(void **state)
{
	(void)state;
	start(NULL);
	for (int v = 0; v < KINDS; v++) {
		disk[v]->on_chain = untouched;
		assert_told(v, "read 5", 1, "status 255 untouched\n");
		assert_told(v, "read 5", 1,
			    "  request came back unanswered; reset, it ");
		disk[v]->on_chain = NULL;
		disk[v]->on_used = foreign_id;
		assert_told(v, "read 5", 1, "  id 200, length 513");
		assert_told(v, "read 5", 1,
			    "  used element is not a request; reset, it ");
		disk[v]->on_used = v < 2 ? ahead : NULL;
		if (v < 2)
			assert_told(v, "read 5", 1,
				    "  used.idx    0000 -> 4d00\n");
		if (v < 2)
			assert_told(v, "read 5", 1,
				    "  used index is ahead of the requests; ");
		disk[v]->on_used = NULL;
		assert_disk_works((unsigned int)v);
	}
}

/* A request that fails is not a fault: no reset. */
static void ioerr(void **state)
{
	(void)state;
	start(NULL);
	for (int v = 0; v < KINDS; v++) {
		disk[v]->bad_sector = 9;
		assert_told(v, "read 9", 1, "IN, sector 9, status 1 IOERR\n");
		assert_null(strstr(run(v, "read 9", 1), "given up"));
		assert_int_equal(vdev_of(disk[v])->state, VIRTIO_LIVE);
	}
}

/* One line more at most, and the disk works. */
static void ctrl_c(void **state)
{
	(void)state;
	start(NULL);
	fake_ctrlc_after = 3;
	assert_null(strstr(run(1, "read 5", 1), "descriptors"));
	disk[1]->hold = true;
	fake_ctrlc_after = 3;
	assert_non_null(strstr(run(1, "read 5", 1), ": interrupted\n"));
	disk[1]->hold = false;
	assert_disk_works(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		virtio_test(silent),       virtio_test(blind),
		virtio_test(never_resets), virtio_test(liars),
		virtio_test(ioerr),        virtio_test(ctrl_c),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
