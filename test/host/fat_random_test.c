/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random sequences of changes on small volumes, which fill up: after each the volume is
 * what a plain list in memory says, to an independent reader and to the firmware, with
 * nothing lost and nothing wrong; fsck.fat and mtools see a sample. What cannot be done is
 * refused and changes nothing. VIREO_SEED=n begins with another seed, VIREO_ROUNDS=n
 * does more.
 */
#include <unistd.h>

#include "fat_random.h"

#define READ_MAX 1000000
#define CHANGES  25 /* of a sequence */
#define STRIDE   41 /* of the changes, fsck.fat sees every n-th */

static struct random_volume v;
static unsigned long done, refused, full;

/* What goes on, for who looks into a failure. */
static struct {
	char where[64], what[1024];
	bool finished;
} now;

static uint32_t env_number(const char *name, uint32_t otherwise)
{
	const char *s = getenv(name);

	return s ? (uint32_t)strtoul(s, NULL, 0) : otherwise;
}

/* ---- is there really no space? ---- */

static uint32_t units(const char *name)
{
	uint32_t n = 0;

	for (; *name; name++)
		n += (*name & 0xc0) != 0x80;
	return n + 2;
}

/* The longest run of unused entries in FAT12's and FAT16's root. */
static uint32_t root_run(void)
{
	uint32_t best = 0, run = 0;

	for (uint32_t i = 0; i < v.f.root_entries; i++) {
		uint8_t c = v.l->disk->data[v.f.root_at + i * 32];

		run = c == 0 || c == 0xe5 ? run + 1 : 0;
		best = run > best ? run : best;
	}
	return best;
}

static bool may_be_full(const struct model_change *c)
{
	const char *path = c->to ? c->to : c->path;
	const struct model_node *n = model_find(&v.m, c->path);
	uint64_t bytes = c->len, entries;

	fat_judge(&v.j, v.l->disk->data, v.out.size);
	if (n && c->pos)
		bytes += n->len;
	entries = units(strrchr(path, '/')) / 13 + 2;
	if (v.f.root_entries && root_run() < entries)
		return true;
	/* A new directory, one that grows, and what a file had until now. */
	return bytes / v.f.cluster_size + 3 + entries * 32 / v.f.cluster_size >
	       v.j.nfree;
}

/* ---- after each ---- */

static void check_stamp(const struct model_change *c)
{
	const struct judge_item *it = fat_judge_find(&v.j, c->path);

	if (!it || c->op == OP_RENAME || (c->op == OP_WRITE && !c->len))
		return;
	assert_int_equal(it->date, NOW_DATE);
	assert_int_equal(it->time, NOW_TIME);
}

static void check_volume(void)
{
	const char *why;

	fat_judge(&v.j, v.l->disk->data, v.out.size);
	if (v.j.wrong[0])
		fail_msg("%s", v.j.wrong);
	if (v.j.found)
		fail_msg("found %#x", v.j.found);
	if (!model_is(&v.m, &v.j, &why))
		fail_msg("%s", why);
}

static int count_entry(void *arg, const struct fs_dirent *e)
{
	if (strcmp(e->name, ".") != 0 && strcmp(e->name, "..") != 0)
		++*(size_t *)arg;
	return 0;
}

/* The firmware sees what the model has: a file, or all of a directory. */
static void check_firmware(const struct model_node *n)
{
	static uint8_t buf[READ_MAX];
	size_t seen = 0, want = 0, len = strlen(n->path);
	struct fs_file file;
	const char *why;
	struct fs fs;

	assert_int_equal(fs_mount(&v.l->disk->dev, &fs, &why), 0);
	assert_int_equal(fs_open(&fs, n->path, &file), 0);
	assert_int_equal(file.is_dir, n->is_dir);
	if (!n->is_dir) {
		assert_int_equal(file.size, n->len);
		if (n->len > READ_MAX)
			return;
		assert_int_equal(fs_read(&fs, &file, 0, n->len, buf), 0);
		assert_memory_equal(buf, n->data, n->len);
		return;
	}
	assert_int_equal(fs_readdir(&fs, &file, count_entry, &seen), 0);
	for (size_t i = 0; i < v.m.count; i++)
		want += !strncmp(v.m.node[i].path, n->path, len) &&
			v.m.node[i].path[len] == '/' &&
			!strchr(v.m.node[i].path + len + 1, '/');
	assert_int_equal(seen, want);
}

static void check_outside(void)
{
	const struct model_node *n = NULL;
	const char *why;

	memcpy(v.out.img, v.l->disk->data, v.out.size);
	why = outside_fsck(&v.out, true, NULL, v.text, sizeof(v.text));
	if (why)
		fail_msg("fsck.fat: %s\n%s", why, v.text);
	/* mtools takes a FAT32 of so few clusters for another. */
	if (v.f.bits == 32 && v.f.clusters < 65525)
		return;
	if (v.m.count)
		n = &v.m.node[random_below(&v, (uint32_t)v.m.count)];
	/* To mtools brackets are a pattern, and it has no surrogate pairs. */
	if (n && (n->is_dir || strpbrk(n->path, "[\360") || n->len > READ_MAX))
		n = NULL;
	why = outside_has(&v.out, v.m.count, n ? n->path : NULL,
			  n ? n->data : NULL, n ? n->len : 0);
	if (why)
		fail_msg("%s: %s", n ? n->path : "", why);
}

/* ---- sequences ---- */

static struct fat_model undo;

static void one_change(void)
{
	struct model_change c;
	const char *why = "";
	struct fs fs;
	int want, ret;

	random_change(&v, &c);
	strcpy(now.what, random_describe(&c));
	model_copy(&undo, &v.m);
	want = model_apply(&v.m, &c);
	assert_int_equal(fs_mount(&v.l->disk->dev, &fs, &why), 0);
	ret = model_do(&fs, &c);
	if (ret)
		refused++;
	if (ret == -ENOSPC && !want) {
		model_copy(&v.m, &undo);
		if (!may_be_full(&c))
			fail_msg("there is space");
		full++;
		want = ret;
	}
	if (ret != want)
		fail_msg("%d (%s), not %d", ret, fs_error(&fs, ret), want);
	check_volume();
	if (!ret)
		check_stamp(&c);
	if (v.m.count)
		check_firmware(
			&v.m.node[random_below(&v, (uint32_t)v.m.count)]);
	if (++done % STRIDE == 0)
		check_outside();
}

static void sequence(uint32_t seed)
{
	v.seed = (seed * 64 + v.f.bits + v.f.spc) * 2654435761u + 1;
	log_disk_set(v.l, v.blank);
	model_end(&v.m);
	for (unsigned int i = 0; i < CHANGES; i++) {
		v.l->count = 0;
		snprintf(now.where, sizeof(now.where), "seed %u, change %u",
			 seed, i);
		one_change();
	}
}

static void rounds(unsigned int bits, uint32_t spc, uint32_t sectors,
		   uint32_t count)
{
	static uint8_t small[8192];
	uint32_t first = env_number("VIREO_SEED", 1);
	struct fake_disk *blank;
	const char *why;
	struct fs fs;
	size_t used;

	random_volume_make(&v, bits, spc, sectors);
	blank = fake_disk_new(sizeof(small), 512);
	used = heap_used();
	count = env_number("VIREO_ROUNDS", count);
	if (getenv("VIREO_ROUNDS"))
		alarm(0);
	for (uint32_t i = first; i < first + count; i++) {
		sequence(i);
		/* Nothing is kept of a volume that is no longer mounted. */
		assert_int_equal(fs_mount(&blank->dev, &fs, &why), -ENOENT);
		assert_int_equal(heap_used(), used);
	}
	fprintf(stderr, "FAT%u: %lu changes, %lu refused, %lu of them full\n",
		bits, done, refused, full);
	assert_true(refused > done / 20 && refused < done);
	now.finished = true;
}

static int say(void **state)
{
	(void)state;
	if (!now.finished)
		print_error("FAT%u, %u sectors a cluster, %s: %s\n", v.f.bits,
			    v.f.spc, now.where, now.what);
	return 0;
}

static void fat12(void **state)
{
	(void)state;
	rounds(12, 1, 300, 350);
}

static void fat12_large_clusters(void **state)
{
	(void)state;
	rounds(12, 8, 1000, 250);
}

static void fat16(void **state)
{
	(void)state;
	rounds(16, 1, 4200, 150);
}

static void fat32(void **state)
{
	(void)state;
	rounds(32, 1, 400, 350);
}

static void fat32_large(void **state)
{
	(void)state;
	rounds(32, 1, 67000, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(fat12, NULL, say),
		fake_isolated(fat12_large_clusters, NULL, say),
		fake_isolated(fat16, NULL, say),
		fake_isolated(fat32, NULL, say),
		fake_isolated(fat32_large, NULL, say),
	};

	return fat_run_tests(tests);
}
