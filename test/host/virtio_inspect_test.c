/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio regs and trace, as they are typed: the lines they print. */
#include "virtio_test.h"

#include <shell/shell.h>

/* Run @line. Return: what it printed */
static const char *shell(const char *line, int result)
{
	static char text[sizeof(fake_console_text)];
	size_t before = strlen(fake_console_text), n = 0;

	assert_int_equal(shell_run(line), result);
	for (const char *p = fake_console_text + before; *p; p++)
		if (*p != '\r')
			text[n++] = *p;
	text[n] = 0;
	return text;
}

static void assert_shell(const char *line, const char *want)
{
	assert_string_equal(shell(line, 0), want);
}

static void regs_v1(void **state)
{
	struct fake_vdev *d = fake_vdev_add(31, FAKE_BLK, 1);
	char want[2048];

	(void)state;
	fake_virtio_probe();
	snprintf(want, sizeof(want),
		 "virtio0: mmio version 1, base 0x0a003e00\n"
		 "  0x000 32 R   MagicValue               0x74726976\n"
		 "  0x004 32 R   Version                  0x00000001\n"
		 "  0x008 32 R   DeviceID                 0x00000002\n"
		 "  0x00c 32 R   VendorID                 0x554d4551\n"
		 "  0x010 32 R   HostFeatures[0]          0x%08x\n"
		 "  0x014 32 W   HostFeaturesSel          - write-only\n"
		 "  0x020 32 W   GuestFeatures[0]         0x%08x written\n"
		 "  0x024 32 W   GuestFeaturesSel         - write-only\n"
		 "  0x028 32 W   GuestPageSize            0x00001000 written\n"
		 "  0x030 32 W   QueueSel                 - write-only\n"
		 "  0x060 32 R   InterruptStatus          0x00000000\n"
		 "  0x064 32 W   InterruptACK             - write-only\n"
		 "  0x070 32 RW  Status                   0x00000007\n"
		 "  0x034 32 R   QueueNumMax[0]           0x00000400\n"
		 "  0x038 32 W   QueueNum[0]              0x00000100 written\n"
		 "  0x03c 32 W   QueueAlign[0]            0x00001000 written\n"
		 "  0x040 32 RW  QueuePFN[0]              0x%08x\n"
		 "  0x050 32 W   QueueNotify[0]           - write-only\n",
		 (uint32_t)d->features, (uint32_t)d->accepted, d->queue[0].pfn);
	assert_shell("virtio regs 0", want);
	assert_disk_works(0);
	assert_non_null(
		strstr(shell("virtio regs slot31", 0),
		       "QueueNotify[0]           0x00000000 written\n"));
}

static void regs_v2(void **state)
{
	struct fake_vdev *d = fake_vdev_add(0, FAKE_RNG, 2);
	const struct fake_queue *q = &d->queue[0];
	char want[2048];

	(void)state;
	fake_virtio_probe();
	snprintf(want, sizeof(want),
		 "rng0: mmio version 2, base 0x0a000000\n"
		 "  0x000 32 R   MagicValue               0x74726976\n"
		 "  0x004 32 R   Version                  0x00000002\n"
		 "  0x008 32 R   DeviceID                 0x00000004\n"
		 "  0x00c 32 R   VendorID                 0x554d4551\n"
		 "  0x010 32 R   DeviceFeatures[0]        0x30000000\n"
		 "  0x010 32 R   DeviceFeatures[1]        0x00000101\n"
		 "  0x014 32 W   DeviceFeaturesSel        - write-only\n"
		 "  0x020 32 W   DriverFeatures[0]        0x%08x written\n"
		 "  0x020 32 W   DriverFeatures[1]        0x%08x written\n"
		 "  0x024 32 W   DriverFeaturesSel        - write-only\n"
		 "  0x030 32 W   QueueSel                 - write-only\n"
		 "  0x060 32 R   InterruptStatus          0x00000000\n"
		 "  0x064 32 W   InterruptACK             - write-only\n"
		 "  0x070 32 RW  Status                   0x0000000f\n"
		 "  0x0fc 32 R   ConfigGeneration         0x00000000\n"
		 "  0x034 32 R   QueueSizeMax[0]          0x00000400\n"
		 "  0x038 32 W   QueueSize[0]             0x00000002 written\n"
		 "  0x044 32 RW  QueueReady[0]            0x00000001\n"
		 "  0x080 32 W   QueueDescLow[0]          0x%08x written\n"
		 "  0x084 32 W   QueueDescHigh[0]         0x00000000 written\n"
		 "  0x090 32 W   QueueDriverLow[0]        0x%08x written\n"
		 "  0x094 32 W   QueueDriverHigh[0]       0x00000000 written\n"
		 "  0x0a0 32 W   QueueDeviceLow[0]        0x%08x written\n"
		 "  0x0a4 32 W   QueueDeviceHigh[0]       0x00000000 written\n"
		 "  0x050 32 W   QueueNotify[0]           - write-only\n",
		 (uint32_t)d->accepted, (uint32_t)(d->accepted >> 32),
		 (uint32_t)q->desc, (uint32_t)q->driver, (uint32_t)q->device);
	assert_shell("virtio regs rng0", want);
}

/* Nobody drives it: no selector is written, nothing else changes. */
static void regs_without_driver(void **state)
{
	struct fake_vdev *d = fake_vdev_add(3, FAKE_ECHO, 2);
	const char *text;
	unsigned int from;

	(void)state;
	fake_virtio_probe();
	from = d->ntrace;
	text = shell("virtio regs slot3", 0);
	assert_non_null(strstr(text, "DeviceFeatures[0]        -\n"));
	assert_non_null(strstr(text, "Status                   0x00000000\n"));
	assert_null(strstr(text, "Queue0"));
	for (unsigned int i = from; i < d->ntrace; i++)
		assert_false(d->trace[i].write);
}

static void regs_arguments(void **state)
{
	(void)state;
	fake_vdev_add(1, FAKE_EMPTY, 2);
	fake_virtio_probe();
	assert_string_equal(shell("virtio regs slot1", 1),
			    "virtio regs: slot1: empty slot\n");
	assert_string_equal(shell("virtio regs zz", 1),
			    "virtio regs: zz: no such device\n");
	for (const char *const *bad =
		     (const char *const[]){ "virtio regs", "virtio regs -c",
					    "virtio regs a b", "virtio trace",
					    "virtio trace perhaps",
					    "virtio trace -c", NULL };
	     *bad; bad++)
		assert_non_null(strstr(shell(*bad, 1), "Usage:"));
}

static void colour_on_request(void **state)
{
	(void)state;
	fake_vdev_add(31, FAKE_BLK, 1);
	fake_virtio_probe();
	assert_null(strchr(shell("virtio regs 0", 0), '\033'));
	assert_non_null(strstr(shell("virtio regs -c 0", 0),
			       "\033[32m  0x000 32 R   MagicValue"
			       "               0x74726976\033[0m\n"));
}

/* The n-th line of @text without its time stamp. */
static const char *line(const char *text, unsigned int n)
{
	static char out[200];
	size_t len;

	while (n-- && text)
		text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL;
	assert_non_null(text);
	len = strcspn(text, "\n");
	assert_true(len > 9 && len < 180);
	snprintf(out, sizeof(out), "%.*s", (int)(len - 9), text + 9);
	return out;
}

static void trace_a_read(void **state)
{
	static const char *const want[] = {
		"virtio0  read    InterruptStatus    0x00000000",
		"virtio0  add     q0 id 0, 1 out 2 in, 16+1025 bytes",
		"virtio0  kick    q0 avail idx 1",
		"virtio0  write   QueueNotify        0x00000000",
		"virtio0  used    q0 id 0, length 1025",
	};
	struct fake_vdev *d[2];
	const char *text;

	(void)state;
	start_disks(d, NULL);
	assert_shell("virtio trace on virtio0", "");
	assert_disk_works(1);
	assert_disk_works(0);
	text = shell("virtio trace show", 0);
	assert_int_equal(strncmp(text, "5 events, the oldest 0 lost\n", 28), 0);
	for (unsigned int i = 0; i < array_size(want); i++)
		assert_string_equal(line(text, i + 1), want[i]);
	assert_string_equal(shell("virtio trace show virtio1", 0),
			    "5 events, the oldest 0 lost\n");
	assert_shell("virtio trace off", "");
	assert_string_equal(shell("virtio trace show", 1),
			    "virtio trace: the trace is off\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		virtio_test(regs_v1),
		virtio_test(regs_v2),
		virtio_test(regs_without_driver),
		virtio_test(regs_arguments),
		virtio_test(colour_on_request),
		virtio_test(trace_a_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
