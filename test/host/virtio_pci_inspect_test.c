/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio regs and trace over PCI, as they are typed: the lines they print. */
#include "fake/pci_bus.h"
#include "virtio_text.h"

static struct fake_vdev *start(uint32_t version)
{
	struct fake_vdev *d;

	fake_virtio_on_pci = true;
	d = fake_vdev_add(3, FAKE_BLK, version);
	fake_virtio_probe();
	return d;
}

static void regs_modern(void **state)
{
	struct fake_vdev *d = start(2);
	const struct fake_queue *q = &d->queue[0];
	char want[2048];

	(void)state;
	assert_disk_works(0);
	d->isr = 3;
	d->generation = 0x1ff;
	snprintf(want, sizeof(want),
		 "virtio0: pci-modern, base 0x%08jx\n"
		 "  0x000 32 RW  device_feature_select    0x00000001\n"
		 "  0x004 32 R   device_feature[0]        0x%08x\n"
		 "  0x004 32 R   device_feature[1]        0x%08x\n"
		 "  0x008 32 RW  driver_feature_select    0x00000001\n"
		 "  0x00c 32 RW  driver_feature[0]        0x%08x\n"
		 "  0x00c 32 RW  driver_feature[1]        0x%08x\n"
		 "  0x010 16 RW  config_msix_vector       0xffff\n"
		 "  0x012 16 R   num_queues               0x0001\n"
		 "  0x014  8 RW  device_status            0x0f\n"
		 "  0x015  8 R   config_generation        0xff\n"
		 "  0x016 16 RW  queue_select             0x0000\n"
		 "  0x03c 16 R   admin_queue_index        0xffff\n"
		 "  0x03e 16 R   admin_queue_num          0xffff\n"
		 "  0x000  8 R   ISR_status               - not read\n"
		 "  0x018 16 RW  queue_size[0]            0x0100\n"
		 "  0x01a 16 RW  queue_msix_vector[0]     0xffff\n"
		 "  0x01c 16 RW  queue_enable[0]          0x0001\n"
		 "  0x01e 16 R   queue_notify_off[0]      0x0000\n"
		 "  0x020 32 RW  queue_desc[0]            0x%08x\n"
		 "  0x024 32 RW  queue_desc+4[0]          0x00000000\n"
		 "  0x028 32 RW  queue_driver[0]          0x%08x\n"
		 "  0x02c 32 RW  queue_driver+4[0]        0x00000000\n"
		 "  0x030 32 RW  queue_device[0]          0x%08x\n"
		 "  0x034 32 RW  queue_device+4[0]        0x00000000\n"
		 "  0x038 16 R   queue_notif_config_data[0] 0xffff\n"
		 "  0x03a 16 RW  queue_reset[0]           0x0000\n"
		 "  0x000 16 W   queue_notify[0]          0x0000 written\n",
		 (uintmax_t)vdev_of(d)->base, (uint32_t)d->features,
		 (uint32_t)(d->features >> 32), (uint32_t)d->accepted,
		 (uint32_t)(d->accepted >> 32), (uint32_t)q->desc,
		 (uint32_t)q->driver, (uint32_t)q->device);
	d->features_sel = d->driver_features_sel = 1;
	assert_shell("virtio regs 0", want);
	assert_int_equal(d->isr, 3); /* nothing was taken away */
}

/* A structure of an older version ends sooner, and what it has not is not read. */
static void regs_modern_short(void **state)
{
	static const struct {
		unsigned int len;
		bool reset, admin;
	} cases[] = { { 0x38, false, false },
		      { 0x3b, false, false },
		      { 0x3c, true, false },
		      { 0x40, true, true } };
	char line[24];
	const char *text;

	(void)state;
	fake_virtio_on_pci = true;
	for (unsigned int i = 0; i < array_size(cases); i++)
		fake_pci_put(fake_vdev_add(3 + i, FAKE_BLK, 2)->pci,
			     FAKE_CAP_COMMON + 12, 4, cases[i].len);
	fake_virtio_probe();
	for (unsigned int i = 0; i < array_size(cases); i++) {
		snprintf(line, sizeof(line), "virtio regs %u", i);
		text = shell(line, 0);
		assert_non_null(strstr(text, "queue_device+4"));
		assert_int_equal(!!strstr(text, "queue_reset"), cases[i].reset);
		assert_int_equal(!!strstr(text, "admin_queue_num"),
				 cases[i].admin);
	}
}

static void regs_legacy(void **state)
{
	struct fake_vdev *d = start(1);
	char want[1024];

	(void)state;
	d->isr = 1;
	snprintf(want, sizeof(want),
		 "virtio0: pci-legacy, base 0x%08jx\n"
		 "  0x000 32 R   DeviceFeatures           0x%08x\n"
		 "  0x004 32 RW  DriverFeatures           0x%08x\n"
		 "  0x00e 16 RW  queue_select             0x0000\n"
		 "  0x012  8 RW  DeviceStatus             0x07\n"
		 "  0x013  8 R   ISRStatus                - not read\n"
		 "  0x008 32 RW  QueueAddress[0]          0x%08x\n"
		 "  0x00c 16 R   queue_size[0]            0x0100\n"
		 "  0x010 16 W   QueueNotify[0]           - write-only\n",
		 (uintmax_t)vdev_of(d)->base, (uint32_t)d->features,
		 (uint32_t)d->accepted, d->queue[0].pfn);
	assert_shell("virtio regs virtio0", want);
	assert_int_equal(d->isr, 1);
}

/* No driver, no place for its registers: nothing is touched. */
static void regs_without_driver(void **state)
{
	struct fake_vdev *d;

	(void)state;
	fake_virtio_on_pci = true;
	d = fake_vdev_add(3, FAKE_ECHO, 2);
	fake_virtio_probe();
	assert_shell("virtio regs 00:03.0",
		     "00:03.0: pci, base 0x00000000\n"
		     "  no registers before a driver uses it\n");
	assert_int_equal(d->pci->writes, 0);
}

/* Columns are the listing's affair: one space for each run of them. */
static const char *squeezed(const char *s)
{
	static char text[16384];
	size_t n = 0;

	for (; *s && n + 1 < sizeof(text); s++)
		if (*s != ' ' || (n && text[n - 1] != ' '))
			text[n++] = *s;
	text[n] = 0;
	return text;
}

static void traced(uint32_t version, const char *const lines[], size_t count)
{
	const char *text;

	start(version);
	shell("virtio trace on", 0);
	virtio_fail(virtio_device(0), "test");
	assert_disk_works(0);
	text = squeezed(shell("virtio trace show", 0));
	for (size_t i = 0; i < count; i++) {
		text = strstr(text, lines[i]);
		if (!text)
			fail_msg("no %s", lines[i]);
	}
}

static void trace_modern(void **state)
{
	static const char *const lines[] = {
		"write device_status 0x00",  "read device_status 0x00",
		"write device_status 0x01",  "device_feature_select 0x00000000",
		"read device_feature 0x",    "driver_feature 0x",
		"write queue_select 0x0000", "read queue_notify_off 0x0",
		"write queue_size 0x0100",   "write queue_desc+4 0x",
		"write queue_enable 0x0001", "read Config+0x0 0x",
		"write device_status 0x0f",  "read ISR_status 0x00",
		"write queue_notify 0x0000",
	};

	(void)state;
	traced(2, lines, array_size(lines));
}

static void trace_legacy(void **state)
{
	static const char *const lines[] = {
		"write DeviceStatus 0x00",  "read DeviceFeatures 0x",
		"write DriverFeatures 0x",  "write queue_select 0x0000",
		"read queue_size 0x0100",   "write QueueAddress 0x",
		"write DeviceStatus 0x07",  "read ISRStatus 0x00",
		"write QueueNotify 0x0000",
	};

	(void)state;
	traced(1, lines, array_size(lines));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		virtio_test(regs_modern),  virtio_test(regs_modern_short),
		virtio_test(regs_legacy),  virtio_test(regs_without_driver),
		virtio_test(trace_modern), virtio_test(trace_legacy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
