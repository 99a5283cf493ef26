/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio regs, config and trace, as they are typed: the lines they print. */
#include "virtio_text.h"

#include <core/heap.h>

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
		 "  0x0ac 32 W   SHMSel                   - write-only\n"
		 "  0x0b0 32 R   SHMLenLow                0xffffffff\n"
		 "  0x0b4 32 R   SHMLenHigh               0xffffffff\n"
		 "  0x0b8 32 R   SHMBaseLow               0xffffffff\n"
		 "  0x0bc 32 R   SHMBaseHigh              0xffffffff\n"
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
		 "  0x0c0 32 RW  QueueReset[0]            0x00000000\n"
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

/* ---- configuration ---- */

static void config_blk(void **state)
{
	struct fake_vdev *d[2];
	const char *text;

	(void)state;
	start_both(d, FAKE_BLK, NULL);
	put_capacity(d[0], 0x123456789a);
	text = shell("virtio config virtio0", 0);
	assert_int_equal(
		strncmp(text, "virtio0: configuration\n  capacity  ", 33), 0);
	text = strstr(text, "  raw ");
	assert_non_null(text);
	assert_string_equal(
		text, "  raw 0x000 000000123456789a ........ 000000fe\n"
		      "  raw 0x010 0000 00 00 00000200 00 00 0000 00000000\n"
		      "  raw 0x020 01 .. .... 003fffff 00000001 00000001\n"
		      "  raw 0x030 003fffff 00000001 01\n");
}

static void config_net(void **state)
{
	struct fake_vdev *d[2];

	(void)state;
	start_both(d, FAKE_NET, NULL);
	assert_shell("virtio config eth1",
		     "eth1: configuration\n"
		     "  mac                         52:54:00:12:34:56\n"
		     "  status                      0x0001 link up\n"
		     "  raw 0x000 52 54 00 12 34 56 0001 .... .... ........\n"
		     "  raw 0x010 ..\n");
}

/* Controllers and consoles, too: what is there, and whose the buffers are. */
static void config_scsi(void **state)
{
	char id[21];
	const char *text;

	(void)state;
	fake_vdev_add(2, FAKE_SCSI, 2);
	fake_virtio_probe();
	text = shell("virtio config scsi0", 0);
	assert_non_null(strstr(text, "\n  cdb_size                    32\n"));
	assert_non_null(strstr(text, "\n  raw 0x010 "));
	assert_int_equal(blk_get_id(blk_find("scsi", 0), id), 0);
	text = shell("virtio ring scsi0 2 all", 0);
	assert_non_null(strstr(text, " command header\n"));
	assert_non_null(strstr(text, " response\n"));
	assert_non_null(strstr(text, " command's answer\n"));
}

static void config_console(void **state)
{
	struct fake_vdev *d = fake_vdev_add(2, FAKE_CONSOLE, 2);

	(void)state;
	fake_virtio_probe();
	assert_non_null(d);
	assert_shows("virtio config console0", "\n  raw 0x000 .... .... 0000");
	assert_shows("virtio config console0", "\n  max_nr_ports   ");
	assert_shows("virtio ring console0 0", " input buffer\n");
	assert_shows("virtio ring console0 2", " control message\n");
	assert_shows("virtio ring console0 3", " control message\n");
}

static void never_still(struct fake_vdev *d, unsigned int reg)
{
	if (reg == R_CONFIG_GENERATION)
		d->generation++;
}

static void config_refused(void **state)
{
	struct fake_vdev *d = fake_vdev_add(2, FAKE_BLK, 2);

	(void)state;
	fake_vdev_add(3, FAKE_ECHO, 2);
	fake_vdev_add(4, FAKE_RNG, 2);
	fake_virtio_probe();
	assert_refused("virtio config slot3",
		       "virtio config: slot3: no driver that knows it\n");
	assert_refused("virtio config rng0",
		       "virtio config: rng0: this type has no "
		       "configuration\n");
	d->on_read = never_still;
	assert_true(!!strstr(shell("virtio config 0", 1),
			     "virtio config: 0: input/output error\n"));
}

/* ---- trace ---- */

/* @text's lines from the second on, without their time stamps. */
static const char *events(const char *text)
{
	static char out[sizeof(fake_console_text)];
	size_t at = 0;
	unsigned long long us, before = 0;
	int n;

	for (text = strchr(text, '\n'); text && text[1];
	     text = strchr(text, '\n')) {
		text++;
		assert_int_equal(sscanf(text, "%llu %n", &us, &n), 1);
		assert_true(us >= before);
		before = us;
		text += n;
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%.*s\n",
				       (int)strcspn(text, "\n"), text);
	}
	out[at] = 0;
	return out;
}

static void trace_a_read(void **state)
{
	struct fake_vdev *d[2];
	const char *text;

	(void)state;
	start_both(d, FAKE_BLK, NULL);
	assert_disk_works(0);
	assert_shell("virtio trace on virtio0", "");
	assert_disk_works(1);
	assert_disk_works(0);
	text = shell("virtio trace show", 0);
	assert_int_equal(strncmp(text, "5 events, the oldest 0 lost\n", 28), 0);
	assert_string_equal(
		events(text),
		"virtio0  read    InterruptStatus       0x00000000\n"
		"virtio0  add     q0 id 0, 1 out 2 in, 16+1025 bytes: "
		"IN, sector 5\n"
		"virtio0  kick    q0 avail idx 2\n"
		"virtio0  write   QueueNotify           0x00000000\n"
		"virtio0  used    q0 id 0, length 1025: "
		"IN, sector 5, status 0 OK\n");
	assert_int_equal(strncmp(shell("virtio trace show virtio0", 0),
				 "5 of 5 events, the oldest 0 lost\n", 33),
			 0);
	assert_shell("virtio trace show virtio1",
		     "0 of 5 events, the oldest 0 lost\n");
}

static void bad_status(struct fake_vdev *d, unsigned int q,
		       struct fake_chain *c)
{
	(void)d, (void)q;
	c->status = 1;
}

static void wants_no_notify(struct fake_vdev *d)
{
	d->no_notify = true;
	d->when = FAKE_POLLING;
}

static void trace_a_failed_write(void **state)
{
	struct fake_vdev *d[2];
	uint8_t buf[SECTOR_SIZE] = { 0 };

	(void)state;
	start_both(d, FAKE_BLK, wants_no_notify);
	assert_disk_works(1);
	d[1]->on_chain = bad_status;
	assert_shell("virtio trace on", "");
	assert_int_equal(blk_write(blk_find("virtio", 1), 7, 1, buf), -EIO);
	assert_string_equal(
		events(shell("virtio trace show virtio1", 0)),
		"virtio1  read    InterruptStatus       0x00000000\n"
		"virtio1  add     q0 id 0, 2 out 1 in, 528+1 bytes: "
		"OUT, sector 7\n"
		"virtio1  no kick q0 avail idx 2\n"
		"virtio1  used    q0 id 0, length 1: "
		"OUT, sector 7, status 1 IOERR\n");
}

static void wild_id(struct fake_vdev *d, unsigned int q,
		    const struct fake_chain *c, struct fake_used *u)
{
	(void)d, (void)q, (void)c;
	u->id = 77;
}

/* A device that lies, and how it is stopped and started again. */
static void trace_a_lie(void **state)
{
	struct fake_vdev *d[2];
	uint8_t buf[SECTOR_SIZE];

	(void)state;
	start_both(d, FAKE_BLK, NULL);
	assert_disk_works(1);
	d[1]->on_used = wild_id;
	assert_shell("virtio trace on", "");
	assert_int_equal(blk_read(blk_find("virtio", 1), 0, 1, buf), -EIO);
	assert_string_equal(
		events(shell("virtio trace show", 0)),
		"virtio1  read    InterruptStatus       0x00000000\n"
		"virtio1  add     q0 id 0, 1 out 2 in, 16+513 bytes: "
		"IN, sector 0\n"
		"virtio1  kick    q0 avail idx 2\n"
		"virtio1  write   QueueNotify           0x00000000\n"
		"virtio1  fault   used element is not a request\n"
		"virtio1  reset\n"
		"virtio1  write   Status                0x00000000\n"
		"virtio1  read    Status                0x00000000\n");
	d[1]->on_used = NULL;
	assert_shell("virtio trace on", "");
	assert_disk_works(1);
	assert_shows("virtio trace show", "status  0x0b\n");
	assert_shows("virtio trace show",
		     "write   DriverFeaturesSel     0x00000001\n");
}

static void trace_arp(void **state)
{
	struct fake_vdev *d[2];
	const char *text;

	(void)state;
	start_both(d, FAKE_NET, NULL);
	assert_shell("virtio trace on eth1", "");
	assert_arp_works(1);
	assert_arp_works(1);
	text = events(shell("virtio trace show", 0));
	assert_non_null(strstr(
		text, "eth1     add     q1 id 0, 1 out 0 in, 54+0 bytes: "
		      "flags 0 gso 0 num_buffers 0, 52:54:00:12:34:56 > "
		      "ff:ff:ff:ff:ff:ff, type 0x0806\n"));
	assert_non_null(
		strstr(text, "eth1     used    q0 id 0, length 76: "
			     "flags 0 gso 0 num_buffers 1, 52:55:0a:00:02:02 > "
			     "52:54:00:12:34:56, type 0x0806\n"));
	assert_non_null(strstr(text, "eth1     used    q1 id 0, length 0\n"));
}

/* What overflows is told; what repeats takes no room. */
static void trace_overflow(void **state)
{
	struct fake_vdev *d[2];
	const char *text;
	uint8_t byte;

	(void)state;
	add_both(d, FAKE_RNG);
	fake_virtio_probe();
	assert_shell("virtio trace on", "");
	for (unsigned int i = 0; i < 1000; i++)
		(void)vdev_of(d[1])->ops->get_status(vdev_of(d[1]));
	assert_string_equal(events(shell("virtio trace show", 0)),
			    "rng1     read    Status                "
			    "0x0000000f, 1000 times\n");
	for (unsigned int i = 0; i < 200; i++)
		assert_int_equal(random_bytes(&byte, 1), 0);
	text = shell("virtio trace show rng1", 0);
	assert_string_equal(text, "0 of 801 events, the oldest 289 lost\n");
	text = events(shell("virtio trace show rng0", 0));
	for (unsigned int i = 0; i < 512; i++, text++) {
		text = strchr(text, '\n');
		assert_non_null(text);
	}
	assert_int_equal(*text, 0);
}

static void trace_off_forgets(void **state)
{
	size_t before;

	(void)state;
	fake_vdev_add(1, FAKE_BLK, 2);
	fake_virtio_probe();
	before = heap_used();
	assert_refused("virtio trace show", "virtio trace: the trace is off\n");
	assert_disk_works(0);
	assert_int_equal(heap_used(), before);
	assert_shell("virtio trace off; virtio trace on", "");
	assert_true(heap_used() > before);
	assert_disk_works(0);
	assert_shell("virtio trace on", "");
	assert_shell("virtio trace show", "0 events, the oldest 0 lost\n");
	assert_shell("virtio trace off virtio0", "");
	assert_int_equal(heap_used(), before);
	assert_refused("virtio trace show", "virtio trace: the trace is off\n");
}

/* The glass box's own looks leave no trace. */
static void looks_are_not_recorded(void **state)
{
	(void)state;
	fake_vdev_add(1, FAKE_BLK, 2);
	fake_virtio_probe();
	assert_shell("virtio trace on", "");
	shell("virtio regs 0; virtio config 0; virtio status 0; virtio list; "
	      "virtio ring 0 0",
	      0);
	assert_shell("virtio trace show", "0 events, the oldest 0 lost\n");
}

static void stops_at_ctrl_c(void **state)
{
	(void)state;
	fake_vdev_add(1, FAKE_BLK, 2);
	fake_virtio_probe();
	fake_ctrlc_after = 3;
	assert_true(strlen(shell("virtio regs 0", 1)) < 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		virtio_test(regs_v1),
		virtio_test(regs_v2),
		virtio_test(regs_without_driver),
		virtio_test(regs_arguments),
		virtio_test(colour_on_request),
		virtio_test(config_blk),
		virtio_test(config_net),
		virtio_test(config_scsi),
		virtio_test(config_console),
		virtio_test(config_refused),
		virtio_test(trace_a_read),
		virtio_test(trace_a_failed_write),
		virtio_test(trace_a_lie),
		virtio_test(trace_arp),
		virtio_test(trace_overflow),
		virtio_test(trace_off_forgets),
		virtio_test(looks_are_not_recorded),
		virtio_test(stops_at_ctrl_c),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
