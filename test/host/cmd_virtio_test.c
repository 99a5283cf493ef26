/* SPDX-License-Identifier: BSD-2-Clause */
/* What commands say of virtio devices that a host's QEMU does not have. */
#include "virtio_test.h"

#include <shell/shell.h>

#define BIT(n) (UINT64_C(1) << (n))

/* What @line prints, without carriage returns; it ends with @status. */
static const char *run(const char *line, int status)
{
	static char text[sizeof(fake_console_text)];
	const char *from = fake_console_text + strlen(fake_console_text);
	size_t n = 0;

	assert_int_equal(shell_run(line), status);
	for (; *from; from++)
		if (*from != '\r')
			text[n++] = *from;
	text[n] = '\0';
	return text;
}

static void announce_blk(struct fake_vdev *d[2])
{
	add_both(d, FAKE_BLK);
	fake_virtio_announce();
}

/* Disk 0 refuses the features, disk 1 is well. */
static void start_refusing(void)
{
	struct fake_vdev *d[2];

	for (unsigned int i = 0; i < 2; i++) {
		d[i] = fake_vdev_add(i, FAKE_BLK, 2);
		strcpy(d[i]->serial, i ? "good" : "bad");
	}
	d[0]->refuse = true;
	fake_virtio_announce();
}

/* A disk that cannot be used keeps its number and says why, and nothing else suffers. */
static void refused_disk(void **state)
{
	static const char why[] = "refused the features\n";
	static const struct {
		const char *line, *said;
	} cases[] = {
		{ "virtio device 0", "\nDevice 0: " },
		{ "virtio dump 0 0", "virtio dump: device 0: " },
		{ "virtio flush 0", "virtio flush: device 0: " },
		{ "virtio id 0", "virtio id: device 0: " },
		{ "ls virtio 0:1", "ls: virtio 0:1: " },
		{ "ls virtio 0:0", "ls: virtio 0:0: " },
		{ "part list virtio 0", "part list: virtio 0: " },
		{ "bootlinux virtio 0", "bootlinux: virtio 0: " },
	};
	char expected[128];

	(void)state;
	start_refusing();
	for (size_t i = 0; i < array_size(cases); i++) {
		const char *out = run(cases[i].line, 1);
		size_t n = strlen(out);

		snprintf(expected, sizeof(expected), "%s%s", cases[i].said,
			 why);
		assert_true(n >= strlen(expected));
		assert_string_equal(out + n - strlen(expected), expected);
	}
	assert_string_equal(
		run("virtio info", 1),
		"Device 0: refused the features\n"
		"Device 1: QEMU VirtIO Block Device\n"
		"            Type: Hard Disk\n"
		"            Capacity: 1.0 MB = 0.0 GB (2048 x 512)\n");
	assert_string_equal(run("bootlinux", 1),
			    "virtio 0: refused the features\n"
			    "virtio 1: no partition table and no known "
			    "file system\n");
	assert_string_equal(run("virtio id serial=good", 0),
			    "Device 1: id good\n");
	assert_string_equal(run("virtio id serial=bad", 1),
			    "virtio id: serial=bad: no disk has this serial "
			    "number, but virtio:0 does not tell: refused the "
			    "features\n");
	assert_string_equal(
		run("blk list", 0),
		"Name          Size       Block  Mode  Serial                "
		"Contents\n"
		"virtio:0      refused the features\n"
		"virtio:1      1 MiB      512    rw    good                  "
		"-\n");
}

/* A disk goes by its serial number wherever one is named. */
static void by_serial(void **state)
{
	(void)state;
	strcpy(fake_vdev_add(0, FAKE_BLK, 2)->serial, "one");
	strcpy(fake_vdev_add(1, FAKE_BLK, 2)->serial, "two");
	fake_virtio_announce();
	assert_string_equal(
		run("virtio device serial=two", 0),
		"\nDevice 1: QEMU VirtIO Block Device\n"
		"            Type: Hard Disk\n"
		"            Capacity: 1.0 MB = 0.0 GB (2048 x 512)\n"
		"... is now current device\n");
	assert_string_equal(run("virtio id", 0), "Device 1: id two\n");
	assert_string_equal(run("virtio device serial=three", 1),
			    "virtio device: serial=three: no disk has this "
			    "serial number\n");
	assert_int_equal(strncmp(run("virtio status serial=two", 0),
				 "virtio1: blk, slot1\n", 20),
			 0);
	assert_int_equal(strncmp(run("virtio features serial=two", 0),
				 "virtio1: blk, slot1\n", 20),
			 0);
	assert_int_equal(strncmp(run("virtio regs serial=one", 0),
				 "virtio0: mmio version 2", 23),
			 0);
	assert_non_null(
		strstr(run("virtio step serial=one read 0", 0), "virtio0"));
	assert_string_equal(run("virtio regs serial=three", 1),
			    "virtio regs: serial=three: no such device\n");
	assert_string_equal(run("virtio regs serial=one:1", 1),
			    "virtio regs: serial=one:1: no such device\n");
}

static void refused_net(void **state)
{
	struct fake_vdev *d = fake_vdev_add(3, FAKE_NET, 2);

	(void)state;
	d->refuse = true;
	fake_virtio_announce();
	assert_string_equal(run("net list", 0),
			    "eth0 : virtio-net#3 refused the features\n");
	assert_string_equal(run("net arp 10.0.2.2", 1),
			    "net arp: eth0: refused the features\n");
	assert_string_equal(run("net stats", 1),
			    "net stats: eth0: refused the features\n");
}

static const char features_v2[] =
	"virtio0: blk, slot1\n"
	"  BLK_F_SIZE_MAX             not offered\n"
	"  BLK_F_SEG_MAX              offered, accepted\n"
	"  BLK_F_GEOMETRY             offered, accepted\n"
	"  BLK_F_RO                   not offered\n"
	"  BLK_F_BLK_SIZE             offered, accepted\n"
	"  BLK_F_SCSI                 offered, refused: not known to this "
	"driver\n"
	"  BLK_F_FLUSH                offered, refused: switched off\n"
	"  BLK_F_TOPOLOGY             offered, accepted\n"
	"  BLK_F_DISCARD              offered, accepted\n"
	"  BLK_F_WRITE_ZEROES         offered, accepted\n"
	"  ANY_LAYOUT                 offered, refused: only on a legacy "
	"device\n"
	"  INDIRECT_DESC              not offered\n"
	"  EVENT_IDX                  not offered\n"
	"  VERSION_1                  offered, accepted\n"
	"  ACCESS_PLATFORM            not offered\n"
	"  RING_PACKED                not offered\n"
	"  ORDER_PLATFORM             offered, accepted\n"
	"  bit 55                     offered, refused: not known to this "
	"driver\n";

static const char features_v1[] =
	"rng0: rng, slot2\n"
	"  NOTIFY_ON_EMPTY            offered, refused: not known to this "
	"driver\n"
	"  ANY_LAYOUT                 offered, accepted\n"
	"  INDIRECT_DESC              not offered\n"
	"  EVENT_IDX                  not offered\n";

/* One feature a line, with what became of it. */
static void features_shown(void **state)
{
	(void)state;
	fake_vdev_add(1, FAKE_BLK, 2)->features = 0x6654 | BIT(7) | BIT(27) |
						  BIT(32) | BIT(36) | BIT(55);
	fake_vdev_add(2, FAKE_RNG, 1)->features = BIT(24) | BIT(27);
	fake_virtio_announce();
	assert_string_equal(run("virtio features 0 -flush", 0), "");
	assert_string_equal(run("virtio features virtio0", 0), features_v2);
	assert_string_equal(run("virtio features slot2", 0), features_v1);
}

static bool accepts(const struct fake_vdev *d, unsigned int bit)
{
	return d->accepted >> bit & 1;
}

/* Switched off: reset and attached without it; on again: with it. */
static void features_switched(void **state)
{
	static const char *const spelled[] = {
		"flush",          "FLUSH", "blk_f_flush", "VIRTIO_BLK_F_FLUSH",
		"Virtio_F_Flush",
	};
	char line[64];
	struct fake_vdev *d[2];
	unsigned int resets;

	(void)state;
	announce_blk(d);
	for (unsigned int i = 0; i < 2 * array_size(spelled); i++) {
		resets = d[i % 2]->resets;
		snprintf(line, sizeof(line), "virtio features virtio%u -%s",
			 i % 2, spelled[i / 2]);
		assert_string_equal(run(line, 0), "");
		assert_int_equal(d[i % 2]->resets, resets + (i < 2 ? 3 : 2));
		assert_false(accepts(d[i % 2], 9));
		assert_true(accepts(d[i % 2], 2));
		assert_disk_works(i % 2);
		snprintf(line, sizeof(line), "virtio features virtio%u", i % 2);
		assert_non_null(strstr(
			run(line, 0), "\n  BLK_F_FLUSH                offered, "
				      "refused: switched off\n"));
		snprintf(line, sizeof(line), "virtio features virtio%u +%s",
			 i % 2, spelled[i / 2]);
		assert_string_equal(run(line, 0), "");
		assert_true(accepts(d[i % 2], 9));
		assert_disk_works(i % 2);
	}
	/* what is so already is said, and no reason to start anew */
	assert_string_equal(run("virtio features 1 +flush", 0),
			    "virtio features: flush: is on\n");
	assert_string_equal(run("virtio features 1 -flush", 0), "");
	resets = d[1]->resets;
	assert_string_equal(run("virtio features 1 -flush", 0),
			    "virtio features: flush: is off\n");
	assert_int_equal(d[1]->resets, resets);
	assert_string_equal(run("virtio features 1 +flush", 0), "");
	/* many at once; a fault does not bring them back */
	assert_string_equal(run("virtio features 1 -flush -seg_max", 0), "");
	assert_false(accepts(d[1], 9) || accepts(d[1], 2));
	virtio_fail(vdev_of(d[1]), "test");
	assert_disk_works(1);
	assert_false(accepts(d[1], 9) || accepts(d[1], 2));
}

/* Nothing is changed when a word is wrong, and the device stays usable. */
static void features_refused(void **state)
{
	static const struct {
		const char *line, *said;
	} cases[] = {
		{ "virtio features 0 -flush -nosuch",
		  "nosuch: no such feature" },
		{ "virtio features 0 -flush x", "x: neither +NAME nor -NAME" },
		{ "virtio features 0 -flush -", "-: neither +NAME nor -NAME" },
		{ "virtio features 0 -flush +", "+: neither +NAME nor -NAME" },
		{ "virtio features 0 -flush +ro", "ro: not offered" },
		{ "virtio features 1 -flush -ro", "ro: not offered" },
		{ "virtio features 1 -version_1",
		  "version_1: cannot be switched" },
		{ "virtio features 1 +scsi", "scsi: not known to this driver" },
		{ "virtio features 1 -ANY_LAYOUT",
		  "ANY_LAYOUT: only on a legacy device" },
		{ "virtio features 1 -mrg_rxbuf",
		  "mrg_rxbuf: no such feature" },
		{ "virtio features 0 -order_platform",
		  "order_platform: not on a legacy device" },
		{ "virtio features slot9", "slot9: empty slot" },
		{ "virtio features slot8", "slot8: no such device" },
		{ "virtio features slot7", "slot7: no driver" },
	};
	struct fake_vdev *d[2];
	char expected[128];

	(void)state;
	fake_vdev_add(9, FAKE_EMPTY, 1);
	fake_vdev_add(7, FAKE_ECHO, 1);
	announce_blk(d);
	assert_disk_works(0);
	assert_disk_works(1);
	for (size_t i = 0; i < array_size(cases); i++) {
		unsigned int resets = d[0]->resets + d[1]->resets;

		snprintf(expected, sizeof(expected), "virtio features: %s\n",
			 cases[i].said);
		assert_string_equal(run(cases[i].line, 1), expected);
		assert_int_equal(d[0]->resets + d[1]->resets, resets);
	}
	assert_true(accepts(d[0], 9) && accepts(d[1], 9));
}

/* A disk of 4 KiB blocks cannot become one of 512: it stays what it was. */
static void features_that_fail_are_undone(void **state)
{
	struct fake_vdev *d[2];
	char line[40], said[64];

	(void)state;
	add_both(d, FAKE_BLK);
	for (unsigned int i = 0; i < 2; i++) {
		d[i]->features |= 1 << 6;
		put32(d[i], 20, 4096);
	}
	fake_virtio_announce();
	assert_int_equal(blk_open(blk_find("virtio", 1)), 0);
	for (unsigned int i = 0; i < 2; i++) { /* the first one is idle */
		snprintf(line, sizeof(line), "virtio features %u -blk_size", i);
		snprintf(said, sizeof(said),
			 "virtio features: virtio%u: block size changed\n", i);
		assert_string_equal(run(line, 1), said);
		assert_true(accepts(d[i], 6));
		assert_int_equal(vdev_of(d[i])->state, VIRTIO_LIVE);
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(refused_disk),
		virtio_test(by_serial),
		virtio_test(refused_net),
		virtio_test(features_shown),
		virtio_test(features_switched),
		virtio_test(features_refused),
		virtio_test(features_that_fail_are_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
