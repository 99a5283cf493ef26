/* SPDX-License-Identifier: BSD-2-Clause */
/* mbr: descriptions taken and refused, and tables judged beside those of sfdisk. */
#include <unistd.h>

#include "gpt_cmd_test.h"

#include <block/part_write.h>

#define SIZE (64 * MIB)

/* ---- beside sfdisk ---- */

/* Sector 0, from the signature on, as sfdisk makes it of @script. */
static void by_sfdisk(const char *script, uint64_t size, uint8_t sector[512])
{
	char path[] = "/tmp/vireo-mbr-XXXXXX", cmd[1024];
	int fd = mkstemp(path);

	assert_true(fd >= 0 && !ftruncate(fd, (off_t)size));
	snprintf(cmd, sizeof(cmd),
		 "PATH=$PATH:/usr/sbin:/sbin; printf '%s' | sfdisk -q %s",
		 script, path);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(pread(fd, sector, 512, 0), 512);
	close(fd);
	unlink(path);
}

/* The same tables: types, flags, numbers of blocks and CHS, every byte. */
static void same_as_sfdisk(void **state)
{
	static const struct {
		uint64_t size;
		const char *desc, *script;
	} cases[] = {
		{ SIZE, "name=a,start=1M,size=-,id=0x83",
		  "label-id: 0x12345678\\nstart=2048, type=83\\n" },
		{ SIZE,
		  "start=1M,size=512,id=0xc;start=8257536,size=20000K,"
		  "id=131,bootable;start=40M,size=1M,id=07;size=-,id=0x82",
		  "label-id: 0x12345678\\n2048,1,c\\n16128,40000,83,*\\n"
		  "81920,2048,7\\n83968,,82\\n" },
		/* The last cylinder that CHS can tell, and the first it cannot */
		{ UINT64_C(20) << 30,
		  "start=8422686720,size=8225280,id=1;size=1M,id=2",
		  "label-id: 0x12345678\\n16450560,16065,1\\n"
		  "16467968,2048,2\\n" },
		{ UINT64_C(2) << 40, "start=512,size=2199023255040,id=0x83",
		  "label-id: 0x12345678\\n1,4294967295,83\\n" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct fake_disk *d = fake_disk_new(cases[i].size, 512);
		char line[512];
		uint8_t want[512];

		by_sfdisk(cases[i].script, cases[i].size, want);
		snprintf(line, sizeof(line),
			 "mbr write virtio %x 'uuid_disk=0x12345678;%s'",
			 d->dev.index, cases[i].desc);
		expect(line, 0, "MBR: write success!\n");
		assert_memory_equal(d->data + 440, want + 440, 72);
		snprintf(line, sizeof(line),
			 "mbr verify virtio %x 'uuid_disk=0x12345678;%s'",
			 d->dev.index, cases[i].desc);
		expect(line, 0, "MBR: verify success!\n");
	}
}

/* ---- descriptions ---- */

static const struct refusal bad[] = {
	{ "", "there are no partitions" },
	{ "size=1M", "partition 1: no id=" },
	{ "id=0x83", "partition 1: no size=" },
	{ "size=1M,id=0x83,type=linux", "partition 1: unknown 'type'" },
	{ "size=1M,id=0x83,uuid=1", "partition 1: unknown 'uuid'" },
	{ "size=1M,id=0x83,id=0xc", "partition 1: id=: there twice" },
	{ "size=1M,id=1,bootable,bootable",
	  "partition 1: bootable=: there twice" },
	{ "size=1M,id=0x183", "partition 1: id=: larger than 0xff" },
	{ "size=1M,id=x", "partition 1: id=: not a number" },
	{ "size=1M,id=0", "partition 1 cannot be of type 0x00" },
	{ "size=1M,id=0xee", "partition 1 cannot be of type 0xee" },
	{ "uuid_disk=0x123456789;size=1M,id=1", "uuid_disk=: too large" },
	{ "size=64M,id=1", "partition 1 ends behind block 131071, the "
			   "last it may have" },
	{ "size=1M,id=1;size=1M,id=2,start=1M", "partitions 1 and 2 overlap" },
	{ "size=1M,id=1;size=1M,id=1;size=1M,id=1;size=1M,id=1;"
	  "size=1M,id=1",
	  "more than 4 partitions need an extended one, id=0x05" },
	{ "size=9M,id=5;size=1M,id=0xf",
	  "partition 2 is a second extended one" },
	{ "size=1M,id=1;size=1M,id=1;size=1M,id=1;size=9M,id=5;"
	  "size=1M,id=5",
	  "partition 5 is a second extended one" },
	{ "size=1M,id=1;size=1M,id=1;size=1M,id=1;size=2M,id=5;"
	  "size=1M,id=1;size=1M,id=1",
	  "partition 6 ends behind block 12287, the last it may have" },
	{ "size=1M,id=1;size=1M,id=1;size=1M,id=1;size=9M,id=5;"
	  "size=1M,id=1,start=4M",
	  "partition 5 begins before block 8193, the first it may "
	  "have" },
	{ "size=1M,id=1;size=1M,id=1;size=1M,id=1;size=9M,id=5;"
	  "size=1M,id=1,start=6M;size=1M,id=1,start=5119K",
	  "partition 6 does not lie behind 5, with a block between" },
	{ "size=1M,id=1;size=1M,id=1;size=1M,id=1;size=9M,id=5;"
	  "size=1M,id=1,start=5M;size=1M,id=1,start=6M",
	  "partition 6 does not lie behind 5, with a block between" },
	{ "size=1M,id=1;size=1M,id=1;size=1M,id=1;size=9M,id=5;"
	  "size=-,id=1;size=-,id=1",
	  "there is no room for partition 5" },
	{ NULL, NULL }
};

static void refused(void **state)
{
	struct fake_disk *d = fake_disk_new(SIZE, 512);
	struct part_why why;

	(void)state;
	all_refused(d, "mbr write", "MBR: write ", bad);
	ok("mbr write virtio 0 'size=-,id=1'");
	all_refused(d, "mbr write", "MBR: write ", bad);
	expect("mbr write virtio 0", 1,
	       "MBR: write error!\nmbr write: virtio 0: mbr_parts is not "
	       "set\n");
	d->dev.read_only = true;
	expect("mbr write virtio 0 'nonsense'", 1,
	       "MBR: write error!\nmbr write: virtio 0: read-only\n");
	says("mbr write virtio 1 'size=-,id=1'", 1, "no such device");
	assert_int_equal(mbr_write(&d->dev, 0, NULL, 0, &why), -EROFS);
	fake_disk_new(UINT64_C(3) << 40, 512);
	says("mbr write virtio 1 'size=2T,id=1'", 1,
	     "partition 1 ends behind block 4294967295, the last it may "
	     "have\n");
	ok("mbr write virtio 1 'size=-,id=1'");
	says("part list virtio 1", 0, "  1\t2048      \t4294965248");
}

/* ---- what is kept ---- */

static void kept(void **state)
{
	struct fake_disk *d = fake_disk_new(SIZE, 512);

	(void)state;
	/* Bytes without a signature behind them are no boot code. */
	memset(d->data, 0x90, 440);
	ok("mbr write virtio 0 'size=-,id=0x83'");
	assert_int_equal(d->data[0], 0);
	/* A signature is made once. */
	assert_int_equal(get_le32(d->data + 440), 0x11111111);
	memset(d->data, 0x90, 440);
	ok("mbr write virtio 0 'size=-,id=0x82'");
	assert_int_equal(d->data[0], 0x90);
	assert_int_equal(d->data[439], 0x90);
	assert_int_equal(get_le32(d->data + 440), 0x11111111);
	says("part list virtio 0", 0, "11111111-01\t82\n");
	ok("mbr write virtio 0 'uuid_disk=0xcafe;size=-,id=0x82'");
	says("part list virtio 0", 0, "0000cafe-01\t82\n");
	/* A GPT keeps it, too, and an MBR comes back. */
	ok("gpt write virtio 0 'name=a,size=-'");
	assert_int_equal(d->data[439], 0x90);
	says("part list virtio 0", 0, "Partition Type: EFI");
	ok("mbr write virtio 0 'size=-,id=0x82'");
	says("part list virtio 0", 0, "Partition Type: DOS");
	/* A FAT over the whole disk: its boot sector goes. */
	memcpy(d->data + 54, "FAT16   ", 8);
	ok("mbr write virtio 0 'size=-,id=0x0c'");
	assert_int_equal(d->data[54], 0);
	says("part list virtio 0", 0, "\t0c\n");
}

/* What a file system over the whole disk had behind sector 0, in the same block. */
static void rest_of_block(void **state)
{
	static const char *const lines[] = {
		"gpt write virtio 0 'name=a,size=-'",
		"mbr write virtio 0 'size=-,id=0x83'",
	};
	struct fake_disk *d = fake_disk_new(SIZE, 4096);

	(void)state;
	for (size_t i = 0; i < array_size(lines); i++) {
		memset(d->data, 0x90, 8192);
		d->data[510] = 0x55;
		d->data[511] = 0xaa;
		ok(lines[i]);
		assert_int_equal(d->data[439], 0x90);
		for (size_t n = 512; n < 4096; n++)
			assert_int_equal(d->data[n], 0);
	}
}

/* ---- logical partitions ---- */

#define MORE \
	"uuid_disk=0x12345678;name=p1,start=8M,bootable,size=1M,id=0x0e;" \
	"name=p2,size=1M,id=0x0e;name=p3,size=1M,id=0x0e;" \
	"name=[ext],size=8M,id=0x05;name=p5,size=1M,id=0x0e;" \
	"name=p6,size=1M,id=0x0e;size=4K,start=17M,id=0x83"

static void logical(void **state)
{
	static const uint64_t mib[] = { 8, 9, 10, 11, 12, 14, 17 };
	static const uint32_t blocks[] = { 512, 4096 };

	(void)state;
	assert_int_equal(env_set("mbr_parts", MORE), 0);
	for (size_t i = 0; i < 2; i++) {
		struct fake_disk *d = fake_disk_new(SIZE, blocks[i]);
		const struct part_list *l;
		char line[64];

		snprintf(line, sizeof(line), "mbr write virtio %zx", i);
		expect(line, 0, "MBR: write success!\n");
		l = table(d, 0);
		assert_string_equal(l->note, "");
		assert_int_equal(l->count, 7);
		for (unsigned int k = 0; k < 7; k++) {
			assert_int_equal(l->parts[k].number, k + 1);
			assert_int_equal(l->parts[k].lba, mib[k] * 2048);
		}
		assert_int_equal(l->parts[6].nsectors, 8);
		snprintf(line, sizeof(line), "mbr verify virtio %zx", i);
		expect(line, 0, "MBR: verify success!\n");
	}
}

/* An extended partition without any: its chain is there and empty. */
static void no_logical(void **state)
{
	struct fake_disk *d = fake_disk_new(SIZE, 512);
	const struct part_list *l;

	(void)state;
	memset(d->data + 2 * MIB, 0xff, 512);
	ok("mbr write virtio 0 'size=1M,id=1;size=-,id=0xf'");
	l = table(d, 0);
	assert_int_equal(l->count, 2);
	assert_string_equal(l->note, "");
}

static void verify(void **state)
{
	static const struct refusal differ[] = {
		{ "size=2M,id=1", "the size of partition 1 differs" },
		{ "size=1M,id=1,start=2M", "the start of partition 1 differs" },
		{ "size=1M,id=2", "the type of partition 1 differs" },
		{ "size=1M,id=1;size=-,id=2,bootable",
		  "the bootable flag of partition 2 differs" },
		{ "size=1M,id=1;size=-,id=2;size=1M,id=1",
		  "there is no partition 3" },
		{ NULL, NULL }
	};
	struct fake_disk *d = fake_disk_new(SIZE, 512);

	(void)state;
	expect("mbr verify virtio 0 'size=1M,id=1'", 1,
	       "MBR: verify error!\n"
	       "mbr verify: virtio 0: there is no MBR partition table\n");
	ok("mbr write virtio 0 'size=1M,id=1,bootable;size=2M,id=2'");
	all_refused(d, "mbr verify", "MBR: verify ", differ);
	ok("mbr verify virtio 0 'size=1M,id=1;size=-,id=2'");
	ok("gpt write virtio 0 'name=a,size=1M'");
	says("mbr verify virtio 0 'size=1M,id=1'", 1,
	     "there is no MBR partition table\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(same_as_sfdisk, start_random, NULL),
		fake_isolated(refused, start_random, NULL),
		fake_isolated(kept, start_random, NULL),
		fake_isolated(rest_of_block, start_random, NULL),
		fake_isolated(logical, start_random, NULL),
		fake_isolated(no_logical, start_random, NULL),
		fake_isolated(verify, start_random, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
