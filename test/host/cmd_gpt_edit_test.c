/* SPDX-License-Identifier: BSD-2-Clause */
/* gpt: all its texts, and what it makes of a table that is there. */
#include "gpt_cmd_test.h"

#define PART1 \
	"name=part1,start=1M,size=1M,type=linux,bootable," \
	"uuid=33194895-67f6-4561-8457-6fdeed4f50a3"
#define PART2 \
	"name=part2,start=2M,size=1536K,type=system,attrs=1," \
	"uuid=cc9c6e4a-6551-4cb5-87be-3210f96c86fb"
#define TABLE "uuid_disk=375a56f7-d6c9-4e81-b5f0-09d41ca89efe;" PART1 ";" PART2

#define SHOW(n, start, size, name, bootable, uuid, type) \
	"Partition " n ":\nStart " start "MiB, size " size \
	"MiB\nBlock size 512, name " name "\nType U-Boot, bootable " bootable \
	"\nUUID " uuid "\nType GUID " type "\n\n"
#define UUID1 "33194895-67f6-4561-8457-6fdeed4f50a3"
#define UUID2 "cc9c6e4a-6551-4cb5-87be-3210f96c86fb"
#define LINUX "0fc63daf-8483-4772-8e79-3d69d8477de4"
#define ESP   "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"

static void looking(void **state)
{
	struct fake_disk *d = fake_disk_new(DISK, 512);

	(void)state;
	ok("gpt write virtio 0 '" TABLE "'");
	expect("gpt read virtio 0", 0,
	       SHOW("1", "1", "1", "part1", "1", UUID1, LINUX) SHOW(
		       "2", "2", "1", "part2", "0", UUID2, ESP) "success!\n");
	expect("gpt read virtio 0 v", 0, "success!\n");
	assert_string_equal(
		env_get("v"),
		"uuid_disk=375a56f7-d6c9-4e81-b5f0-09d41ca89efe;"
		"name=part1,start=0x100000,size=0x100000,type=" LINUX
		",uuid=" UUID1 ",bootable;"
		"name=part2,start=0x200000,size=0x180000,type=" ESP
		",uuid=" UUID2 ",attrs=0x1;");
	expect("gpt guid virtio 0", 0,
	       "375a56f7-d6c9-4e81-b5f0-09d41ca89efe\nsuccess!\n");
	expect("gpt guid virtio 0 v", 0, "success!\n");
	assert_string_equal(env_get("v"),
			    "375a56f7-d6c9-4e81-b5f0-09d41ca89efe");
	says("gpt guid virtio 0 'a=b'", 1, "error!\ngpt guid: virtio 0: ");
	expect("gpt enumerate virtio 0", 0, "success!\n");
	assert_string_equal(env_get("gpt_partition_list"), "part1 part2");
	expect("gpt setenv virtio 0 part2", 0, "success!\n");
	expect("echo $gpt_partition_addr $gpt_partition_size "
	       "$gpt_partition_name $gpt_partition_entry "
	       "$gpt_partition_bootable",
	       0, "1000 c00 part2 2 0\n");
	ok("gpt setenv virtio 0 part1");
	assert_string_equal(env_get("gpt_partition_bootable"), "1");
	expect("gpt setenv virtio 0 part3", 1,
	       "error!\ngpt setenv: virtio 0: no partition has this name\n");
	/* No table, an MBR, and a GPT without a sign in the MBR. */
	d->data[510] = 0;
	expect("gpt guid virtio 0", 1,
	       "error!\ngpt guid: virtio 0: there is a GPT, but the MBR does "
	       "not say so: see gpt repair\n");
	mbr_entry(d, 0, 0, 0, 0x83, 10, 10);
	expect("gpt guid virtio 0", 1,
	       "error!\ngpt guid: virtio 0: there is no GPT\n");
	memset(d->data, 0, DISK);
	expect("gpt read virtio 0", 1,
	       "error!\ngpt read: virtio 0: there is no GPT\n");
	mbr_entry(d, 0, 0, 0, 0xee, 1, 100);
	expect("gpt read virtio 0", 1,
	       "error!\ngpt read: virtio 0: primary and backup GPT are both "
	       "bad\n");
}

static void verify(void **state)
{
	static const struct refusal differ[] = {
		{ "name=part1,size=1M;name=part3,size=1536K",
		  "the name of partition 2 differs" },
		{ "name=part1,size=512K", "the size of partition 1 differs" },
		{ "name=part1,start=2M,size=-",
		  "the start of partition 1 differs" },
		{ "name=part1,size=1M,type=swap",
		  "the type of partition 1 differs" },
		{ "name=part1,size=1M,uuid=" UUID2,
		  "the uuid of partition 1 differs" },
		{ "name=part1,size=1M,attrs=2",
		  "the attributes of partition 1 differs" },
		{ "name=part2,size=-,number=2,bootable",
		  "the attributes of partition 2 differs" },
		{ "uuid_disk=" UUID1 ";name=part1,size=1M",
		  "the uuid of the disk differs" },
		{ TABLE ";name=c,size=-", "there is no partition 3" },
		{ "name=part1", "partition 1: no size=" },
		{ NULL, NULL }
	};
	struct fake_disk *d = fake_disk_new(DISK, 512);

	(void)state;
	ok("gpt write virtio 0 '" TABLE "'");
	for (const struct refusal *r = differ; r->desc; r++) {
		char line[600], text[200];

		snprintf(line, sizeof(line), "gpt verify virtio 0 '%s'",
			 r->desc);
		snprintf(text, sizeof(text),
			 "%sVerify GPT: error!\ngpt verify: virtio 0: %s\n",
			 strstr(r->why, ": no ") ? "Partition list incomplete\n"
						 : "",
			 r->why);
		expect(line, 1, text);
	}
	expect("gpt verify virtio 0 'name=part1,size=1M;name=part2,size=-'", 0,
	       "Verify GPT: success!\n");
	expect("gpt verify virtio 0", 0,
	       "No partition list provided - only basic check\n"
	       "Verify GPT: success!\n");
	d->data[1024 + 60] ^= 1;
	says("gpt verify virtio 0", 1, "the primary GPT is bad\n");
	d->data[1024 + 60] ^= 1;
	d->data[DISK - 512] ^= 1;
	says("gpt verify virtio 0", 1, "the backup GPT is bad\n");
	expect("gpt repair virtio 0", 0,
	       "Repairing GPT: success!\n"
	       "gpt repair: virtio 0: the backup GPT was bad: made again\n");
	expect("gpt repair virtio 0", 0,
	       "Repairing GPT: success!\n"
	       "gpt repair: virtio 0: there was nothing to repair\n");
}

/* Copies that are both whole and differ, or whose table cannot be right. */
static void verify_copies(void **state)
{
	struct gpt g = gpt_make(512, 128, 128);

	(void)state;
	says("gpt verify virtio 0", 0, "success!");
	gpt_entry(&g, ENTRIES2, 3, 200, 210, "");
	gpt_seal_both(&g);
	says("gpt verify virtio 0", 1, "primary and backup GPT differ\n");
	gpt_entry(&g, 2, 3, 200, 210, "");
	gpt_seal_both(&g);
	says("gpt verify virtio 0", 0, "success!");
	gpt_both(&g, 7, 205, 205, "");
	gpt_seal_both(&g);
	says("gpt verify virtio 0", 1, "partitions 4 and 8 overlap\n");
	expect("gpt repair virtio 0", 1,
	       "Repairing GPT: error!\n"
	       "gpt repair: virtio 0: partitions 4 and 8 overlap\n");
	gpt_both(&g, 7, 801, 801, "");
	gpt_seal_both(&g);
	says("gpt verify virtio 0", 1,
	     "partition 8 is outside the usable blocks 40 to 800\n");
	gpt_both(&g, 7, 300, 299, "");
	gpt_seal_both(&g);
	says("gpt verify virtio 0", 1, "partition 8 ends before it begins\n");
	says("gpt rename virtio 0 1 x", 1,
	     "partition 8 ends before it begins\n");
}

static void changing(void **state)
{
	(void)state;
	fake_disk_new(DISK, 512);
	ok("gpt write virtio 0 '" TABLE "'");
	expect("gpt rename virtio 0 1 'erste \xc3\xa4'", 0,
	       "new partition table with 2 partitions is:\n" SHOW(
		       "1", "1", "1", "erste \xc3\xa4", "1", UUID1, LINUX)
		       SHOW("2", "2", "1", "part2", "0", UUID2,
			    ESP) "success!\n");
	expect("gpt rename virtio 0 3 x", 1,
	       "Illegal partition number 3\nerror!\n"
	       "gpt rename: virtio 0: no such partition\n");
	expect("gpt rename virtio 0 0 x", 1,
	       "Illegal partition number 0\nerror!\n"
	       "gpt rename: virtio 0: no such partition\n");
	expect("gpt rename virtio 0 99999999999999999999 x", 1,
	       "Illegal partition number 99999999999999999999\nerror!\n"
	       "gpt rename: virtio 0: no such partition\n");
	says("gpt rename virtio 0 1 1234567890123456789012345678901234567", 1,
	     "the new name: more than 36 characters\n");
	ok("gpt rename virtio 0 1 123456789012345678901234567890123456");
	says("gpt rename virtio 0 1 'a\xff'", 1, "the new name: not UTF-8\n");
	says("gpt rename virtio 0 1 '\xed\xa0\x80'", 1,
	     "the new name: not UTF-8\n");
	ok("gpt rename virtio 0 1 '\xef\xbf\xbd'"); /* U+FFFD itself */
	ok("gpt rename virtio 0 1 part1");
	says("gpt swap virtio 0 part1 part2", 0, "success!\n");
	says("part list virtio 0", 0, "0x00000800\t0x00000fff\t\"part2\"");
	says("part list virtio 0", 0, "0x00001000\t0x00001bff\t\"part1\"");
	expect("gpt swap virtio 0 part1 part3", 1,
	       "Cannot swap partition names except in pairs.\nerror!\n"
	       "gpt swap: virtio 0: 1 partitions have the first name, 0 the "
	       "second\n");
	says("gpt transpose virtio 0 1 2", 0, "success!\n");
	says("part list virtio 0", 0, "  1\t0x00001000\t0x00001bff\t\"part1\"");
	says("part list virtio 0", 0, "  2\t0x00000800\t0x00000fff\t\"part2\"");
	expect("gpt transpose virtio 0 1 1", 1,
	       "Cannot swap partition with itself\nerror!\n"
	       "gpt transpose: virtio 0: the two are the same\n");
	says("gpt transpose virtio 0 1 9", 1, "Illegal partition number 9\n");
	expect("gpt set-bootable virtio 0 part1", 0, "success!\n");
	says("part list virtio 0", 0, "attrs:\t0x0000000000000005");
	expect("gpt set-bootable virtio 0 part2,part1x,,part", 0,
	       "Warning: No partition matching 'part1x' found\n"
	       "Warning: No partition matching 'part' found\nsuccess!\n");
	ok("gpt setenv virtio 0 part2");
	assert_string_equal(env_get("gpt_partition_bootable"), "1");
	ok("gpt setenv virtio 0 part1");
	assert_string_equal(env_get("gpt_partition_bootable"), "0");
	says("part list virtio 0", 0, "attrs:\t0x0000000000000001");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(looking, start_random, NULL),
		fake_isolated(verify, start_random, NULL),
		fake_isolated(verify_copies, start_random, NULL),
		fake_isolated(changing, start_random, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
