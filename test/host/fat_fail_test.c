/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of FAT volumes on disks that fail: every read, write and flush of a
 * change, once, from then on, or with half of it done. The volume has what it had, or what
 * it was to have: then nothing was said, or that it is done and has to be checked. After one
 * failure it is clean, and nothing is lost. A disk that
 * is read only is not written to. VIREO_SEED=n takes other changes.
 */
#include "fat_random.h"

#define VOLUMES 12 /* of each width */
#define BEFORE  14 /* changes that a volume has seen */
#define TRIED   5  /* changes of each volume that are made to fail */

static struct random_volume v;
static uint8_t *base;
static struct fat_model before, after, both, alias;
static struct model_change change;
static char what[1400];
static unsigned long tries, unclean;

static const char *const kinds[] = { "read", "write", "flush" };

static struct fs mounted(void)
{
	const char *why = "";
	struct fs fs;

	if (fs_mount(&v.l->disk->dev, &fs, &why))
		fail_msg("mount: %s", why);
	return fs;
}

/* From here on: mounting has not failed. */
static void fail_at(unsigned int kind, unsigned int n, unsigned int how)
{
	v.l->reads = 0;
	v.l->writes = 0;
	v.l->flushes = 0;
	if (kind == 0)
		v.l->fail_read = n;
	else if (kind == 1)
		v.l->fail_write = n;
	else
		v.l->fail_flush = n;
	v.l->fail_on = how == 1;
	v.l->lies = how == 2;
}

/* @gone: the disk is no longer there. Else nothing is left to do. */
static void judge(int ret, bool gone)
{
	const unsigned int left = JUDGE_DIRTY | JUDGE_LOST | JUDGE_FATS |
				  JUDGE_FREE | JUDGE_ORPHAN | JUDGE_DOTDOT;
	const char *why = "", *why_not = "";
	unsigned int allowed = 0;

	fat_judge(&v.j, v.l->disk->data, v.out.size);
	if (v.j.wrong[0])
		fail_msg("%s: %s", what, v.j.wrong);
	/* Both names, for one file or two; or a directory's short one. */
	if (gone && change.op == OP_RENAME &&
	    (v.j.found & JUDGE_TWINS || model_is(&both, &v.j, &why) ||
	     model_is(&alias, &v.j, &why)))
		return;
	if (!model_is(&after, &v.j, &why) &&
	    (!ret || ret == -EUCLEAN || !model_is(&before, &v.j, &why_not)))
		fail_msg("%s: %d, %s; %s", what, ret, why, why_not);
	if (ret && !gone && !model_is(&before, &v.j, &why_not))
		fail_msg("%s: %d, but it is done", what, ret);
	if (gone)
		allowed = left | JUDGE_BEHIND | JUDGE_LONG;
	if (v.j.found & ~allowed)
		fail_msg("%s: found %#x", what, v.j.found);
}

static void each_failure(unsigned int kind, unsigned int count)
{
	for (unsigned int n = 1; n <= count; n++) {
		for (unsigned int how = 0; how < 3; how++) {
			struct fs fs;
			int ret;

			snprintf(what, sizeof(what),
				 "FAT%u, %s %u of %u fails%s: %s", v.f.bits,
				 kinds[kind], n, count,
				 how == 1   ? " for good"
				 : how == 2 ? " half done"
					    : "",
				 random_describe(&change));
			log_disk_set(v.l, base);
			fs = mounted();
			fail_at(kind, n, how);
			ret = model_do(&fs, &change);
			if (!ret && kind != 0 && how == 1)
				fail_msg("%s: not a word", what);
			if (ret == -EUCLEAN)
				assert_string_equal(
					fs_error(&fs, ret),
					"done, but the volume was left to be "
					"checked: input/output error");
			unclean += ret == -EUCLEAN;
			v.l->fail_on = false;
			judge(ret, how == 1);
			tries++;
		}
	}
}

/* How many requests a change needs; false: it is refused. */
static bool count_requests(unsigned int count[3])
{
	struct fs fs;

	log_disk_set(v.l, base);
	fs = mounted();
	v.l->reads = 0;
	if (model_do(&fs, &change))
		return false;
	count[0] = v.l->reads;
	count[1] = v.l->writes;
	count[2] = v.l->flushes;
	return true;
}

static void read_only(void)
{
	struct fs fs;

	log_disk_set(v.l, base);
	v.l->disk->dev.read_only = true;
	fs = mounted();
	assert_int_equal(model_do(&fs, &change), -EROFS);
	assert_int_equal(v.l->count, 0);
	assert_int_equal(v.l->writes, 0);
	v.l->disk->dev.read_only = false;
}

/* A volume that some changes have been done to. */
static void some_volume(uint32_t seed)
{
	v.seed = seed;
	log_disk_set(v.l, v.blank);
	model_end(&v.m);
	for (unsigned int i = 0; i < BEFORE; i++) {
		struct fs fs = mounted();

		random_change(&v, &change);
		model_copy(&before, &v.m);
		if (model_do(&fs, &change))
			continue;
		assert_int_equal(model_apply(&v.m, &change), 0);
	}
	memcpy(base, v.l->disk->data, v.out.size);
}

/* What is to be renamed, when it is a directory, by its short name. */
static void make_alias(void)
{
	const struct model_node *n = model_find(&before, change.path);
	const struct judge_item *it;
	char path[8192];
	size_t at, len = 8;

	model_copy(&alias, &before);
	if (change.op != OP_RENAME || !n || !n->is_dir)
		return;
	fat_judge(&v.j, base, v.out.size);
	it = fat_judge_find(&v.j, n->path);
	at = (size_t)(strrchr(n->path, '/') + 1 - n->path);
	while (it->short_name[len - 1] == ' ')
		len--;
	snprintf(path, sizeof(path), "%.*s%.*s%s%.3s", (int)at, n->path,
		 (int)len, (const char *)it->short_name,
		 it->short_name[8] == ' ' ? "" : ".",
		 (const char *)it->short_name + 8);
	path[at + strcspn(path + at, " ")] = '\0';
	model_rename(&alias, n->path, path);
}

static void one_change(void)
{
	unsigned int count[3];

	random_change(&v, &change);
	model_copy(&after, &v.m);
	model_copy(&before, &v.m);
	if (model_apply(&after, &change) || !count_requests(count))
		return;
	model_copy(&both, &after);
	model_unite(&both, &before);
	make_alias();
	for (unsigned int kind = 0; kind < 3; kind++)
		each_failure(kind, count[kind]);
	read_only();
}

static void each_volume(unsigned int bits, uint32_t spc, uint32_t sectors)
{
	const char *s = getenv("VIREO_SEED");
	uint32_t first = s ? (uint32_t)strtoul(s, NULL, 0) : 1;

	random_volume_make(&v, bits, spc, sectors);
	base = malloc(v.out.size);
	for (uint32_t i = first; i < first + VOLUMES; i++) {
		some_volume(i * 2654435761u + bits);
		for (unsigned int k = 0; k < TRIED; k++)
			one_change();
	}
	fprintf(stderr, "FAT%u: %lu failures, %lu to be checked\n", bits, tries,
		unclean);
	assert_true(tries > 100 && unclean > 10);
}

static void fat12(void **state)
{
	(void)state;
	each_volume(12, 1, 300);
}

static void fat16(void **state)
{
	(void)state;
	each_volume(16, 2, 8400);
}

static void fat32(void **state)
{
	(void)state;
	each_volume(32, 2, 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(fat12, NULL, NULL),
		fake_isolated(fat16, NULL, NULL),
		fake_isolated(fat32, NULL, NULL),
	};

	return fat_run_tests(tests);
}
