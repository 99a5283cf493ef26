/* SPDX-License-Identifier: BSD-2-Clause */
/* blk: what is listed, refused, done and said, on disks in memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/arch/timer.h"
#include "fake/boot.h"
#include "fake/terminal.h"
#include "fat_test.h"

#include <env/env.h>
#include <shell/shell.h>

#define SECTORS 131072u /* 64 MiB: four steps */

static struct fake_disk *disk[5];

/* @line gives @status and prints @text. */
static void said(const char *line, int status, const char *text)
{
	fake_output_clear();
	assert_int_equal(shell_run(line), status);
	assert_string_equal(fake_output(), text);
}

/* Nothing is written, not even tried. */
static void refused(const char *line, const char *text)
{
	uint32_t before[array_size(disk)];

	for (size_t i = 0; i < array_size(disk); i++)
		before[i] = disk[i]->dev.generation;
	said(line, 1, text);
	for (size_t i = 0; i < array_size(disk); i++) {
		assert_int_equal(disk[i]->dev.generation, before[i]);
		assert_int_equal(disk[i]->flushes, 0);
	}
}

static void put_part(struct fake_disk *d, unsigned int slot, uint8_t type,
		     uint32_t lba, uint32_t nsectors)
{
	uint8_t *e = d->data + 446 + (size_t)16 * slot;

	e[4] = type;
	put_le32(e + 8, lba);
	put_le32(e + 12, nsectors);
	put_le16(d->data + 510, 0xaa55);
}

/* 0: two partitions, a FAT in the first; 1, 2: empty; 3: blocks of 4096; 4: read only */
static int setup(void **state)
{
	struct fake_fat f = { .bits = 12, .clusters = 1000 };

	(void)state;
	fake_terminal_start();
	fake_ram();
	fake_heap();
	for (unsigned int i = 0; i < 5; i++)
		disk[i] = fake_disk_new(SECTORS * 512, i == 3 ? 4096 : 512);
	put_part(disk[0], 0, 0x0c, 64, 8192);
	put_part(disk[0], 1, 0x83, 8256, 100);
	fake_fat_make(&f);
	fake_fat_entry(&f, 0, "MY DISK    ", 0x08, 0, 0);
	memcpy(disk[0]->data + 64 * 512, f.img, f.size);
	fake_fat_free(&f);
	strcpy(disk[0]->serial, "FIRST");
	disk[4]->dev.read_only = true;
	return 0;
}

static void listing(void **state)
{
	(void)state;
	memcpy(disk[2]->serial, "A\x1b[2J", 5);
	disk[3]->bad_nsectors = 1;
	said("blk list", 0,
	     "Name          Size       Block  Mode  Serial                "
	     "Contents\n"
	     "virtio:0      64 MiB     512    rw    FIRST                 "
	     "DOS\n"
	     "virtio:0:1    4 MiB                                         "
	     "fat \"MY DISK\"\n"
	     "virtio:0:2    50 KiB                                        "
	     "-\n"
	     "virtio:1      64 MiB     512    rw    -                     "
	     "-\n"
	     "virtio:2      64 MiB     512    rw    A?[2J                 "
	     "-\n"
	     "virtio:3      64 MiB     4096   rw    -                     "
	     "input/output error\n"
	     "virtio:4      64 MiB     512    ro    -                     "
	     "-\n");
	said("lsblk", 0,
	     "Block Driver          Devices\n"
	     "-----------------------------\n"
	     "virtio              : virtio 0, virtio 1, virtio 2, virtio 3, "
	     "virtio 4\n");
	fake_type("\x03", 1, 0);
	said("blk list", 1,
	     "Name          Size       Block  Mode  Serial                "
	     "Contents\nblk list: interrupted\n<INTERRUPT>\n");
}

static const struct {
	const char *line, *text;
} refused_lines[] = {
	{ "blk copy virtio:0 virtio:0:1",
	  "virtio:0:1: past the end, it has 0x2000 blocks of 512 "
	  "bytes" },
	{ "blk copy virtio:1 virtio:0 100",
	  "virtio:0: it has a partition table; -f overwrites it" },
	{ "blk copy -f virtio:0 virtio:0:1 100",
	  "virtio:0 and virtio:0:1 overlap" },
	{ "blk copy virtio:1 virtio:1 10", "virtio:1 and virtio:1 overlap" },
	{ "blk copy virtio:1 virtio:1", "virtio:1 and virtio:1 overlap" },
	{ "blk copy virtio:1 virtio:4", "virtio:4: read-only" },
	{ "blk copy -f virtio:1 virtio:4", "virtio:4: read-only" },
	{ "blk copy virtio:1 virtio:3 9",
	  "virtio:3: not whole blocks of 4096 bytes" },
	{ "blk copy virtio:0:2 virtio:3",
	  "virtio:3: not whole blocks of 4096 bytes" },
	{ "blk copy virtio:1 virtio:2 20001",
	  "virtio:1: past the end, it has 0x20000 blocks of 512 "
	  "bytes" },
	{ "blk copy virtio:1 virtio:2 8000000000000000",
	  "virtio:1: past the end, it has 0x20000 blocks of 512 "
	  "bytes" },
	{ "blk copy virtio:1 virtio:2 0", "virtio:1: no block at all" },
	{ "blk copy virtio:1 virtio:9", "virtio:9: no such device" },
	{ "blk copy virtio:0:7 virtio:1", "virtio:0:7: no such partition" },
	{ "blk copy virtio:1 label=NO", "label=NO: nothing has this label" },
	{ "blk zero virtio:0",
	  "virtio:0: it has a partition table; -f overwrites it" },
	{ "blk zero virtio:0 2000 1",
	  "virtio:0: it has a partition table; -f overwrites it" },
	{ "blk zero virtio:4", "virtio:4: read-only" },
	{ "blk zero virtio:1 1ffff 2",
	  "virtio:1: past the end, it has 0x20000 blocks of 512 "
	  "bytes" },
	{ "blk zero virtio:3 ffffffffffffffff 1",
	  "virtio:3: past the end, it has 0x4000 blocks of 4096 "
	  "bytes" },
	{ "blk discard virtio:1", "virtio:1: not supported; 0x0 of "
				  "0x20000 blocks are discarded" },
	{ "blk compare virtio:1 virtio:0:1",
	  "virtio:0:1: past the end, it has 0x2000 blocks of 512 "
	  "bytes" },
	{ "blk hash sha9 virtio:1", "sha9: no such algorithm" },
	{ "blk hash md5 virtio:1 x 1", "'x' is not a number" },
	{ "blk hash md5 virtio:1 100",
	  "'100' is a number without a count, no name" },
};

static void refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(refused_lines); i++) {
		char text[256], command[16];
		size_t n = strcspn(refused_lines[i].line + 4, " ") + 4;

		snprintf(command, sizeof(command), "%.*s", (int)n,
			 refused_lines[i].line);
		snprintf(text, sizeof(text), "%s: %s\n", command,
			 refused_lines[i].text);
		refused(refused_lines[i].line, text);
	}
	fake_output_clear();
	assert_int_equal(shell_run("blk zero -f"), 1);
	assert_non_null(strstr(fake_output(), "Usage:\nblk list"));
	assert_int_equal(shell_run("blk copy -f virtio:1"), 1);
	assert_int_equal(shell_run("blk zero virtio:1 5"), 1);
}

/* A table that cannot be read or is broken protects its disk, too. */
static void doubtful_table(void **state)
{
	(void)state;
	disk[2]->bad_nsectors = 1;
	said("blk zero virtio:2 100 1", 1,
	     "blk zero: virtio:2: input/output error\n");
	said("blk zero -f virtio:2 100 1", 0, "512 bytes zeroed in 0 ms\n");
	put_part(disk[1], 0, 0xee, 1, 0xffffffff);
	said("blk zero virtio:1 100 1", 1,
	     "blk zero: virtio:1: it has a partition table; -f overwrites "
	     "it\n");
}

static void fill(struct fake_disk *d, uint32_t seed)
{
	uint8_t *data = fat_test_data(SECTORS * 512, seed);

	memcpy(d->data, data, SECTORS * 512);
	free(data);
}

static void work(void **state)
{
	uint8_t *old = fat_test_data(SECTORS * 512, 2);

	(void)state;
	fill(disk[1], 1);
	fill(disk[2], 2);
	said("blk copy virtio:1 virtio:2 3", 0, "1536 bytes copied in 0 ms\n");
	assert_int_equal(disk[2]->flushes, 1);
	assert_memory_equal(disk[2]->data, disk[1]->data, 1536);
	assert_memory_equal(disk[2]->data + 1536, old + 1536,
			    SECTORS * 512 - 1536);
	said("blk copy virtio:3 virtio:2 1", 0, "4096 bytes copied in 0 ms\n");
	said("blk copy virtio:1 virtio:3", 0,
	     "67108864 bytes copied in 0 ms\n");
	assert_memory_equal(disk[3]->data, disk[1]->data, SECTORS * 512);
	said("blk compare virtio:3 virtio:1", 0,
	     "Total of 67108864 byte(s) were the same\n");
	disk[1]->data[0x2345678] ^= 1;
	fake_output_clear();
	assert_int_equal(shell_run("blk compare virtio:3 virtio:1"), 1);
	assert_non_null(strstr(fake_output(), "byte at 0x2345678 (virtio:3: "));
	assert_non_null(strstr(fake_output(),
			       "Total of 36984440 byte(s) were the same\n"));
	said("blk compare virtio:3 virtio:1 1000", 0,
	     "Total of 16777216 byte(s) were the same\n");
	/* partitions, by name */
	memcpy(old, disk[0]->data, SECTORS * 512);
	said("blk zero 'label=MY DISK' 1 2", 0, "1024 bytes zeroed in 0 ms\n");
	memset(old + 65 * 512, 0, 1024);
	assert_memory_equal(disk[0]->data, old, SECTORS * 512);
	said("blk copy virtio:0:2 virtio:serial=FIRST:1", 0,
	     "51200 bytes copied in 0 ms\n");
	memcpy(old + 64 * 512, old + 8256 * 512, 51200);
	assert_memory_equal(disk[0]->data, old, SECTORS * 512);
	said("blk zero -f virtio:0", 0, "67108864 bytes zeroed in 0 ms\n");
	for (uint32_t i = 0; i < SECTORS * 512; i++)
		assert_int_equal(disk[0]->data[i], 0);
	free(old);
}

static void hashes(void **state)
{
	(void)state;
	memcpy(disk[1]->data + 1024, "abc", 3);
	said("blk hash crc32 virtio:1 2 1 sum", 0,
	     "crc32 for virtio:1 2 ... 2 ==> 32430529\n");
	assert_string_equal(env_get("sum"), "32430529");
	said("blk hash md5 virtio:3 0 1", 0,
	     "md5 for virtio:3 0 ... 0 ==> 620f0b67a91f7f74151bc5be745b7110\n");
	said("blk hash sha1 virtio:1 all", 0,
	     "sha1 for virtio:1 0 ... 1ffff ==> "
	     "5bedd08de912c556c71adb299af589ef6ee7643c\n");
	assert_int_equal(strlen(env_get("all")), 40);
}

/* What is written from memory is flushed; if that fails the command does. */
static void from_memory(void **state)
{
	(void)state;
	memset(fake_at(0x40000000), 0x5a, 1024);
	said("blk write virtio:1 40000000 3 2", 0,
	     "1024 bytes written in 0 ms\n");
	assert_int_equal(disk[1]->flushes, 1);
	for (uint32_t i = 0; i < SECTORS * 512; i++)
		assert_int_equal(disk[1]->data[i],
				 i >= 1536 && i < 2560 ? 0x5a : 0);
	assert_int_equal(
		shell_run("virtio device 1; virtio write 40000000 5 1"), 0);
	assert_int_equal(disk[1]->flushes, 2);
	disk[1]->flush_error = -EIO;
	said("blk write virtio:1 40000000 3 2", 1,
	     "blk write: virtio:1: input/output error; all is written, but "
	     "may not be permanent\n");
	fake_output_clear();
	assert_int_equal(shell_run("virtio write 40000000 5 1"), 1);
	assert_non_null(strstr(fake_output(), "-5 blocks written: ERROR\n"
					      "virtio write: device 1: "
					      "input/output error\n"));
	disk[1]->flush_error = -ENOSYS;
	said("blk write virtio:1 40000000 3 2", 0,
	     "1024 bytes written in 0 ms\n");
	assert_int_equal(shell_run("virtio write 40000000 5 1"), 0);
}

/* The third of four steps fails, or is stopped. */
static void in_the_middle(void **state)
{
	(void)state;
	fill(disk[1], 1);
	disk[2]->bad_lba = 70000;
	disk[2]->bad_nsectors = 1;
	said("blk copy virtio:1 virtio:2", 1,
	     "blk copy: virtio:2: input/output error; 0x10000 of 0x20000 "
	     "blocks are copied, up to 0x8000 more may be\n");
	assert_memory_equal(disk[2]->data, disk[1]->data, 0x10000 * 512);
	said("blk write virtio:2 40000000 0 20000", 1,
	     "blk write: virtio:2: input/output error; 0x10000 of 0x20000 "
	     "blocks are written, up to 0x8000 more may be\n");
	disk[2]->error = -EINTR;
	said("blk copy virtio:1 virtio:2", 1,
	     "blk copy: stopped by Ctrl-C; 0x10000 of 0x20000 blocks are "
	     "copied, up to 0x8000 more may be\n");
	said("blk copy virtio:2 virtio:1", 1,
	     "blk copy: stopped by Ctrl-C; 0x10000 of 0x20000 blocks are "
	     "copied\n");
	disk[2]->error = -EIO;
	said("blk hash md5 virtio:2", 1,
	     "blk hash: virtio:2: input/output error; 0x10000 of 0x20000 "
	     "blocks are read\n");
	fake_type("\x03", 1, 0);
	said("blk copy virtio:1 virtio:3", 1,
	     "blk copy: stopped by Ctrl-C; 0x0 of 0x4000 blocks are copied\n"
	     "<INTERRUPT>\n");
}

/* Each look at the clock takes 0.3 s. What was shown is wiped out. */
static void shown(void **state)
{
	(void)state;
	fake_timer_step = 62500000 / 10 * 3;
	fake_output_clear();
	assert_int_equal(shell_run("blk compare virtio:1 virtio:2"), 0);
	assert_non_null(strstr(fake_output(), "25 % of 64 MiB compared"));
	assert_string_equal(fake_last_line(),
			    "Total of 67108864 byte(s) were the same");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(listing, setup, NULL),
		fake_isolated(refusals, setup, NULL),
		fake_isolated(doubtful_table, setup, NULL),
		fake_isolated(work, setup, NULL),
		fake_isolated(hashes, setup, NULL),
		fake_isolated(from_memory, setup, NULL),
		fake_isolated(in_the_middle, setup, NULL),
		fake_isolated(shown, setup, NULL),
	};

	return cmocka_run_group_tests_name("cmd_blk", tests, NULL, NULL);
}
