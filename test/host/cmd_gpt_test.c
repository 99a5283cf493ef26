/* SPDX-License-Identifier: BSD-2-Clause */
/* gpt write: descriptions taken and refused, and round trips by gpt read. */
#include "gpt_cmd_test.h"

/* ---- descriptions ---- */

static const struct refusal bad_descriptions[] = {
	{ "", "there are no partitions" },
	{ ";", "partition 1: no name=" },
	{ ";;", "partition 1: no name=" },
	{ "  ", "there are no partitions" },
	{ "uuid_disk=375a56f7-d6c9-4e81-b5f0-09d41ca89efe",
	  "there are no partitions" },
	{ "name=a", "partition 1: no size=" },
	{ "size=1M", "partition 1: no name=" },
	{ "name=a,size=1M;;name=b,size=1M", "partition 2: no name=" },
	{ "name=a,size=1M;size=1M", "partition 2: no name=" },
	{ "name=a,siez=1M", "partition 1: unknown 'siez'" },
	{ "name=a,size=2M,size=1M", "partition 1: size=: there twice" },
	{ "name=a,size=1M,name=b", "partition 1: name=: there twice" },
	{ "name=a,size=1M;name=b,size=1M,attrs=1,attrs=2",
	  "partition 2: attrs=: there twice" },
	{ "name=a,si ze=1M", "partition 1: unknown 'si ze'" },
	{ "name=a,size=1 M", "partition 1: size=: not a number of bytes" },
	{ "name=a,size=1M,bootable=1", "partition 1: unknown 'bootable'" },
	{ "name=a,size=1M,id=0x83", "partition 1: unknown 'id'" },
	{ "name=a,size=1M,x", "partition 1: unknown 'x'" },
	{ "uuid_disk=1;name=a,size=1M", "uuid_disk=: not a UUID" },
	{ "uuid_disk", "unknown 'uuid_disk'" },
	{ "name=a,size=", "partition 1: size=: not a number of bytes" },
	{ "name=a,size=x", "partition 1: size=: not a number of bytes" },
	{ "name=a,size=-1M", "partition 1: size=: not a number of bytes" },
	{ "name=a,size=1MiBx", "partition 1: size=: not a number of bytes" },
	{ "name=a,size=1iB", "partition 1: size=: not a number of bytes" },
	{ "name=a,size=09", "partition 1: size=: not a number of bytes" },
	{ "name=a,size=18446744073709551616",
	  "partition 1: size=: not a number of bytes" },
	{ "name=a,size=16777216T", "partition 1: size=: too large" },
	{ "name=a,size=0xffffffffffffffffG", "partition 1: size=: too large" },
	{ "name=a,size=1000",
	  "partition 1: size=: not a multiple of the disk's blocks" },
	{ "name=a,size=1M,start=100",
	  "partition 1: start=: not a multiple of the disk's blocks" },
	{ "name=a,size=1M,type=nope",
	  "partition 1: type=: neither a known type nor a UUID" },
	{ "name=a,size=1M,type=00000000-0000-0000-0000-000000000000",
	  "partition 1: type=: this one means an unused entry" },
	{ "name=a,size=1M,uuid=375a56f7-d6c9-4e81-b5f0-09d41ca89ef",
	  "partition 1: uuid=: not a UUID" },
	{ "name=a,size=1M,attrs=z", "partition 1: attrs=: not a number" },
	{ "name=a,size=1M,number=0",
	  "partition 1: number=: not from 1 to 256" },
	{ "name=a,size=1M,number=257",
	  "partition 1: number=: not from 1 to 256" },
	{ "name=a,size=1M,number=129", "partition 129: numbers are 1 to 128" },
	{ "name=a,size=1M,number=2;name=b,size=1M,number=2",
	  "partition 2 is there twice" },
	{ "name=1234567890123456789012345678901234567,size=1M",
	  "partition 1: name=: more than 36 characters" },
	{ "name=12345678901234567890123456789012345\xf0\x9f\x98\x80,size=1M",
	  "partition 1: name=: more than 36 characters" },
	{ "name=a\xc3,size=1M", "partition 1: name=: not UTF-8" },
	{ "name=${nope},size=1M",
	  "partition 1: name=: the variable is not set" },
	{ "name=a,size=${nope}",
	  "partition 1: size=: the variable is not set" },
	/* layout, on 4 MiB: blocks 34 to 8158 */
	{ "name=a,size=4M",
	  "partition 1 ends behind block 8158, the last it may have" },
	{ "name=a,start=1M,size=3M",
	  "partition 1 ends behind block 8158, the last it may have" },
	{ "name=a,size=3M",
	  "partition 1 ends behind block 8158, the last it may have" },
	{ "name=a,start=16896,size=1M",
	  "partition 1 begins before block 34, the first it may have" },
	{ "name=a,start=512,size=512",
	  "partition 1 begins before block 34, the first it may have" },
	{ "name=a,size=1M;name=b,start=1536K,size=1M",
	  "partitions 1 and 2 overlap" },
	{ "name=a,start=2M,size=1M;name=b,start=1M,size=1049088",
	  "partitions 1 and 2 overlap" },
	{ "name=a,size=1M;name=b,size=1M;name=c,size=1M",
	  "partition 3 ends behind block 8158, the last it may have" },
	{ "name=a,size=-;name=b,size=-", "there is no room for partition 1" },
	{ "name=a,start=1M,size=-;name=b,start=1M,size=1M",
	  "there is no room for partition 1" },
	{ "name=a,start=5M,size=-", "there is no room for partition 1" },
	{ "name=a,start=8E,size=1M",
	  "partition 1: start=: not a number of bytes" },
	{ "name=a,start=16777215T,size=1M",
	  "partition 1 ends behind block 8158, the last it may have" },
	{ "name=a,size=1M,uuid=375a56f7-d6c9-4e81-b5f0-09d41ca89efe;"
	  "name=b,size=1M,uuid=375A56F7-d6c9-4e81-b5f0-09d41ca89efe",
	  "partitions 1 and 2 have the same uuid" },
	{ NULL, NULL }
};

/* No command about a table takes a partition, or writes when one is named. */
static void whole_disk_only(struct fake_disk *d)
{
	static const char *const lines[] = {
		"gpt write virtio %s name=b,size=-",
		"gpt rename virtio %s 1 b",
		"gpt repair virtio %s",
		"gpt verify virtio %s",
		"mbr write virtio %s size=-,id=0x83",
		"mbr verify virtio %s size=-,id=0x83",
		"part list virtio %s",
		"part start virtio %s 1",
		"part set virtio %s efi",
		"virtio part %s",
	};
	static const char *const devs[] = { "serial=S:1", "serial=S#b", "0:1",
					    "0:0", "0:" };
	uint32_t generation = d->dev.generation;
	char line[100];

	strcpy(d->serial, "S");
	for (size_t i = 0; i < array_size(lines); i++) {
		bool raw = !strncmp(lines[i], "virtio", 6);

		for (size_t k = 0; k < (raw ? 2 : array_size(devs)); k++) {
			snprintf(line, sizeof(line), lines[i], devs[k]);
			says(line, 1, "not the name of a whole disk\n");
		}
	}
	assert_int_equal(d->dev.generation, generation);
}

static void refused(void **state)
{
	struct fake_disk *d = fake_disk_new(DISK, 512);
	char line[200];

	(void)state;
	all_refused(d, "gpt write", "Writing GPT: ", bad_descriptions);
	/* Also over a table that is there. */
	ok("gpt write virtio 0 'name=a,size=-'");
	all_refused(d, "gpt write", "Writing GPT: ", bad_descriptions);
	says("gpt write virtio 0", 1, "Usage:");
	whole_disk_only(d);
	says("gpt write virtio 1 'name=a,size=-'", 1, "no such device");
	d->dev.read_only = true;
	expect("gpt write virtio 0 'name=b,size=-'", 1,
	       "Writing GPT: error!\n"
	       "gpt write: virtio 0: read-only\n");
	expect("gpt rename virtio 0 1 b", 1,
	       "error!\ngpt rename: virtio 0: read-only\n");
	d->dev.read_only = false;
	snprintf(line, sizeof(line), "gpt write virtio 0 'name=b,size=-'");
	d->dev.nsectors = 67;
	says(line, 1, "virtio 0: the disk is too small for a GPT");
	d->dev.nsectors = 68;
	says(line, 1, "virtio 0: there is no room for partition 1");
	ok("gpt write virtio 0 'name=b,start=0x4400,size=512'");
	says("gpt verify virtio 0", 0, "Verify GPT: success!\n");
}

/* More partitions than one can have: none is lost silently. */
static void too_many(void **state)
{
	char *desc = malloc(300 * 40), line[64];
	size_t n = 0;

	(void)state;
	fake_disk_new(DISK, 512);
	for (int i = 0; i < 257; i++)
		n += (size_t)sprintf(desc + n, "name=%d,start=%d,size=512;", i,
				     (int)MIB + 512 * i);
	assert_int_equal(env_set("d", desc), 0);
	snprintf(line, sizeof(line), "gpt write virtio 0 \"$d\"");
	says(line, 1, "virtio 0: more than 256 partitions\n");
	*strstr(desc, "name=128,") = '\0';
	assert_int_equal(env_set("d", desc), 0);
	says(line, 0, "success!");
	says("part list virtio 0", 0, "128\t0x0000087f\t0x0000087f\t\"127\"");
	free(desc);
}

static void no_random(void **state)
{
	(void)state;
	fake_disk_new(DISK, 512);
	says("gpt write virtio 0 'name=a,size=-'", 1,
	     "no source of random numbers: give every uuid\n");
	says("gpt write virtio 0 "
	     "'uuid_disk=375a56f7-d6c9-4e81-b5f0-09d41ca89efe;"
	     "name=a,size=-'",
	     1, "no source of random numbers: give every uuid\n");
	ok("gpt write virtio 0 'uuid_disk=375a56f7-d6c9-4e81-b5f0-09d41ca89efe;"
	   "name=a,size=-,uuid=375a56f7-d6c9-4e81-b5f0-09d41ca89eff'");
}

/* What U-Boot's own documentation and tests write. */
static void accepted(void **state)
{
	static const char *const same[] = {
		"name=a,start=1M,size=1M;name=b,size=1M;",
		"name=a,start=0x100000,size=0x100000;\n name=b,size=1024k",
		"size=1048576,name=a;\tname=b,start=2MiB,size=1MB",
		"name=a,size=04000000;name=b,size=1mi",
		"name=${first},size=${one};name=b,size=${one}",
		"name=a,size=1M;name=b,size=-;name=c,start=3M,size=512",
		"name=a,size=-;name=b,size=1M;name=c,start=3M,size=512",
		"name=a,size=0;name=b,size=1M;name=c,start=3M,size=512",
		" name = a , size = 1M ; name=b\t, size=1M ;",
		"name=${first} ,size=1M , bootable ;name=b,size=1M",
	};
	char line[300];

	(void)state;
	fake_disk_new(DISK, 512);
	ok("gpt write virtio 0 'name=\\ a \\\\ \\ ,size=-'");
	says("part list virtio 0", 0, "\" a \\  \"");
	assert_int_equal(env_set("first", "a"), 0);
	assert_int_equal(env_set("one", "1M"), 0);
	for (size_t i = 0; i < array_size(same); i++) {
		snprintf(line, sizeof(line), "gpt write virtio 0 '%s'",
			 same[i]);
		expect(line, 0, "Writing GPT: success!\n");
		says("part list virtio 0", 0,
		     "  1\t0x00000800\t0x00000fff\t\"a\"");
		says("part list virtio 0", 0,
		     "  2\t0x00001000\t0x000017ff\t\"b\"");
	}
}

/* A UUID that is not set is made, and kept. */
static void made_uuids(void **state)
{
	char first[37];

	(void)state;
	fake_disk_new(DISK, 512);
	ok("gpt write virtio 0 'uuid_disk=${u};name=a,size=-,uuid=${v}'");
	strcpy(first, env_get("v"));
	assert_int_equal(strlen(first), 36);
	assert_int_equal(first[14], '4');
	assert_true(strchr("89ab", first[19]) != NULL);
	says("part uuid virtio 0:1", 0, first);
	says("gpt guid virtio 0", 0, env_get("u"));
	ok("gpt write virtio 0 'uuid_disk=${u};name=a,size=-,uuid=${v}'");
	assert_string_equal(env_get("v"), first);
	says("part uuid virtio 0:1", 0, first);
	ok("gpt verify virtio 0 'name=a,size=-,uuid=${v}'");
	ok("gpt verify virtio 0 'name=a,size=-,uuid=${w}'");
	assert_null(env_get("w"));
}

/* ---- round trips ---- */

static uint32_t seed;

static uint32_t dice(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void dice_guid(uint8_t *guid)
{
	for (int i = 0; i < 16; i++)
		guid[i] = (uint8_t)dice(256);
}

/* Any text but lone surrogates, which have no UTF-8. */
static void dice_name(uint8_t *name)
{
	static const char odd[] = "\\,;$${}= \t\n\"'\x01";
	unsigned int len = dice(37);

	for (unsigned int i = 0; i < len; i++) {
		uint32_t c = 0x20 + dice(0xd7e0);

		switch (dice(4)) {
		case 0:
			c = (uint8_t)odd[dice(sizeof(odd) - 1)];
			break;
		case 1:
			c = 'a' + dice(26);
			break;
		default:
			break;
		}
		if (i + 1 < len && !dice(8)) {
			put_le16(name + 2 * i++,
				 (uint16_t)(0xd800 + dice(1024)));
			c = 0xdc00 + dice(1024);
		}
		put_le16(name + 2 * i, (uint16_t)c);
	}
}

static struct gpt dice_table(uint32_t block)
{
	struct gpt g = gpt_make(block, 128, 128);
	uint64_t at = 40, narray = 128 * 128 / block;

	memset(gpt_block(&g, 2), 0, 128 * 128);
	put_le64(gpt_block(&g, 1) + 40, 2 + narray);
	put_le64(gpt_block(&g, 1) + 48, NBLOCKS - 2 - narray);
	dice_guid(gpt_block(&g, 1) + 56);
	for (uint32_t i = dice(3); i < 128 && at < 900; i += 1 + dice(9)) {
		uint64_t len = 1 + dice(20);
		uint8_t *e = gpt_block(&g, 2) + i * 128;

		gpt_entry(&g, 2, i, at, at + len - 1, "");
		dice_guid(e);
		dice_guid(e + 16);
		put_le64(e + 48, dice(2) ? dice(8)
					 : (uint64_t)dice(1 << 24) << dice(41));
		dice_name(e + 56);
		at += len + dice(10);
	}
	gpt_seal(&g, 1);
	return g;
}

static void round_trip(void **state)
{
	(void)state;
	for (seed = 1; seed < 400000; seed += 4000) {
		uint32_t block = seed % 3 ? 512 : 4096;
		struct gpt g;
		struct fake_disk *copy;
		char line[100];

		g = dice_table(block);
		copy = fake_disk_new(g.d->size, block);
		snprintf(line, sizeof(line),
			 "gpt read virtio %x v; gpt write virtio %x \"$v\"",
			 g.d->dev.index, copy->dev.index);
		expect(line, 0, "success!\nWriting GPT: success!\n");
		assert_memory_equal(copy->data + block, g.d->data + block,
				    block + 128 * 128);
		snprintf(line, sizeof(line), "gpt verify virtio %x \"$v\"",
			 copy->dev.index);
		expect(line, 0, "Verify GPT: success!\n");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(refused, start_random, NULL),
		fake_isolated(too_many, start_random, NULL),
		fake_isolated(no_random, start, NULL),
		fake_isolated(accepted, start_random, NULL),
		fake_isolated(made_uuids, start_random, NULL),
		fake_isolated(round_trip, start_random, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
