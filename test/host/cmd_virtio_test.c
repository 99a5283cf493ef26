/* SPDX-License-Identifier: BSD-2-Clause */
/* What commands say of virtio devices that a host's QEMU does not have. */
#include "virtio_test.h"

#include <shell/shell.h>

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
			    "virtio 1: no partition table and no FAT file "
			    "system\n");
	assert_string_equal(run("virtio id serial=good", 0),
			    "Device 1: id good\n");
	assert_string_equal(run("virtio id serial=bad", 1),
			    "virtio id: serial=bad: no disk has this serial "
			    "number\n");
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

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(refused_disk),
		virtio_test(refused_net),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
