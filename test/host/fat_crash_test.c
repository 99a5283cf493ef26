/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stop in the middle of every change of a FAT volume. Each change is done once, and
 * what it writes recorded; then the states that the disk can have been left in are made and
 * judged: all prefixes of the writes, sector by sector, and between two flushes
 * also each single sector lost or torn (some 32 bytes of it new, the rest old) with what
 * was written after it there or not, and some other choices of what is there. The
 * volume has what it had before or what it was to have (of a file that gets another name also
 * both, of a directory two ways to one chain or its short name), and nothing else is
 * wrong with it than what fsck.fat calls harmless.
 *
 * Every state is judged by fake/fat_judge.c and, but for those with two ways to one chain,
 * by fsck.fat; mtools lists a sample of FAT16's, and the firmware reads another and goes on.
 * VIREO_ONLY=text does only changes whose name has that in it.
 */
#include <unistd.h>

#include "fake/log_disk.h"
#include "fat_crash_changes.h"
#include "fat_crash.h"

#define STRIDE   13  /* of the states, mtools see every n-th */
#define SUBSETS  10  /* of what is written between two flushes */
#define FAILURES 3   /* that are told of one change */
#define SECONDS  200 /* for a width, on a busy machine */

static struct {
	struct crash_volume v;
	struct log_disk *l;
	struct fake_disk *state,
		*next; /* what a stop left, and a copy to go on with */
	uint8_t *base;
	struct fat_judge j;
	struct fat_model before, after, both, alias;
	const struct change *change;
	char op[400];
	unsigned long states, outside;
	unsigned int failures, told;
} t;

static void failed(const char *where, size_t i, const char *why)
{
	t.failures++;
	if (t.told++ < FAILURES)
		print_error("%s: %s at write %zu of %zu: %s\n", t.op, where, i,
			    t.l->count, why);
}

/* ---- judging ---- */

static bool is_named(const struct judge_item *it)
{
	const struct model_change *c = &t.change->c;

	return !strcasecmp(it->path, c->path) ||
	       (c->to && !strcasecmp(it->path, c->to));
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncasecmp(path, dir, len) && path[len] == '/';
}

/* Is @it, or what it is in, named by the change? */
static bool is_within(const struct judge_item *it)
{
	const struct model_change *c = &t.change->c;

	return is_named(it) || is_below(it->path, c->path) ||
	       (c->to && is_below(it->path, c->to));
}

static const char *check_odd(void)
{
	for (size_t i = 0; i < t.j.nitems; i++) {
		const struct judge_item *it = &t.j.item[i];

		if (it->odd & JUDGE_LONG && !is_named(it))
			return "another file has more clusters than it needs";
		if (it->odd & JUDGE_TWINS &&
		    !(t.change->twins && is_within(it)))
			return "two entries have one chain";
		if (it->odd & JUDGE_DOTDOT &&
		    !(t.change->twins && is_named(it)))
			return "\"..\" leads elsewhere";
	}
	return NULL;
}

/* When all that was written has come in order, what is not as it should be is marked. */
static const char *check_dirty(void)
{
	return t.j.found & ~JUDGE_FATS && !(t.j.found & JUDGE_DIRTY)
		       ? "it is not marked as dirty"
		       : NULL;
}

/* Half of the letters changed to the other case: as good as all or none. */
static void forgive_case(void)
{
	const struct model_change *c = &t.change->c;

	for (size_t i = 0; i < t.j.nitems; i++)
		if (c->to && !strcasecmp(c->to, c->path) &&
		    !strcasecmp(t.j.item[i].path, c->to))
			t.j.item[i].path = c->to;
}

static const char *check_contents(void)
{
	const char *why, *why_not;

	forgive_case();
	if (model_is(&t.after, &t.j, &why) ||
	    model_is(&t.before, &t.j, &why_not))
		return NULL;
	if (t.change->c.op == OP_RENAME && model_is(&t.both, &t.j, &why))
		return NULL;
	/* A directory that goes from a long name to another in its place. */
	if (t.change->twins && model_is(&t.alias, &t.j, &why))
		return NULL;
	return why_not;
}

/* What is in a directory that is moved is read by its old or its new path. */
static const char *read_moved(const struct fs *fs)
{
	const struct model_change *c = &t.change->c;
	const char *why = NULL;
	char path[4096];

	for (size_t i = 0; c->to && !why && i < t.before.count; i++) {
		const char *old = t.before.node[i].path;

		if (!is_below(old, c->path))
			continue;
		snprintf(path, sizeof(path), "%s%s", c->to,
			 old + strlen(c->path));
		if (model_read_by(fs, &t.before, old))
			why = model_read_by(fs, &t.after, path);
	}
	return why;
}

/* The firmware on what a stop left: the old or the new, and what is not concerned. */
static const char *check_firmware(void)
{
	static const char *const others[] = { "/far.bin", "/dir/inner.bin",
					      "/keep.bin" };
	const struct model_change *c = &t.change->c;
	const char *why = "";
	struct fs fs;

	t.state->dev.generation++;
	if (fs_mount(&t.state->dev, &fs, &why))
		return why;
	if (model_read_by(&fs, &t.before, c->path) &&
	    (why = model_read_by(&fs, &t.after, c->path)))
		return why;
	if (c->to && model_read_by(&fs, &t.before, c->to) &&
	    (why = model_read_by(&fs, &t.after, c->to)))
		return why;
	for (size_t i = 0; i < array_size(others); i++)
		if (strcasecmp(others[i], c->path) != 0 &&
		    !(c->to && !strcasecmp(others[i], c->to)) &&
		    !is_below(others[i], c->path) &&
		    (why = model_read_by(&fs, &t.before, others[i])))
			return why;
	return read_moved(&fs);
}

/* One more change of what was left; @m is what is there. */
static const char *then(struct fat_model *m, struct model_change *c)
{
	static struct fat_judge j;
	const char *why = "";
	struct fs fs;
	int ret;

	if (model_apply(m, c))
		return NULL;
	if (fs_mount(&t.next->dev, &fs, &why))
		return why;
	ret = model_do(&fs, c);
	if (ret)
		return fs_error(&fs, ret);
	fat_judge(&j, t.next->data, t.v.out.size);
	if (j.wrong[0])
		return j.wrong;
	return model_is(m, &j, &why) ? NULL : why;
}

/* The firmware goes on: a file beside the one that was changed, and that one goes. */
static const char *go_on(void)
{
	static struct fat_model m;
	static char path[4096];
	struct model_change c = {
		.op = OP_WRITE, .path = path, .len = 900, .data = t.base
	};
	const char *last = t.change->c.to ? t.change->c.to : t.change->c.path;
	const char *why;

	memcpy(t.next->data, t.v.out.img, t.v.out.size);
	t.next->dev.generation++;
	fat_judge(&t.j, t.v.out.img, t.v.out.size);
	model_read(&m, &t.j);
	snprintf(path, sizeof(path), "%.*s/After a stop.text",
		 (int)(strrchr(last, '/') - last), last);
	why = then(&m, &c);
	c = (struct model_change){ .op = OP_REMOVE, .path = last };
	if (!why)
		why = then(&m, &c);
	c.path = t.change->c.path;
	if (!why)
		why = then(&m, &c);
	return why;
}

static const char *check_outside(void)
{
	static char text[16384], line[300];
	const char *why = outside_fsck(&t.v.out, false, t.change->c.path, text,
				       sizeof(text));

	t.outside++;
	/* Of a FAT12 with half of a link written mtools read nothing. */
	if (!why)
		return t.outside % STRIDE || t.v.f.bits != 16
			       ? NULL
			       : outside_has(&t.v.out, t.j.nitems, NULL, NULL,
					     0);
	snprintf(line, sizeof(line), "fsck.fat: %.250s", why);
	print_error("%s\n", text);
	return line;
}

static void judge(const char *where, size_t i)
{
	const char *why = NULL;

	fat_judge(&t.j, t.v.out.img, t.v.out.size);
	t.states++;
	if (t.j.wrong[0])
		why = t.j.wrong;
	if (!why)
		why = check_odd();
	if (!why && !strcmp(where, "stopped"))
		why = check_dirty();
	if (!why)
		why = check_contents();
	if (!why && t.states % 3 == 0)
		why = check_firmware();
	if (!why && t.states % 9 == 0)
		why = go_on();
	if (!why && !(t.j.found & (JUDGE_TWINS | JUDGE_DOTDOT)))
		why = check_outside();
	if (why)
		failed(where, i, why);
}

/* ---- states ---- */

static uint8_t *sector(const struct log_entry *e)
{
	return t.v.out.img + e->lba * SECTOR_SIZE;
}

/* Every other content that the sector can have been left with. */
static void torn(const char *where, size_t i)
{
	const struct log_entry *e = &t.l->log[i];
	unsigned int differ = 0, seen = 0;

	for (size_t p = 0; p < SECTOR_SIZE; p += 32)
		differ += memcmp(e->old + p, e->new + p, 32) != 0;
	for (size_t p = 32; p < SECTOR_SIZE; p += 32) {
		if (!memcmp(e->old + p - 32, e->new + p - 32, 32))
			continue;
		/* All of data that is torn is alike. */
		if (++seen == differ || (differ > 10 && seen % 5 != 1))
			continue;
		memcpy(sector(e), e->new, p);
		memcpy(sector(e) + p, e->old + p, SECTOR_SIZE - p);
		judge(where, i);
	}
}

/* Is write @i the last of its sector before @end? */
static bool is_last(size_t i, size_t end)
{
	for (size_t k = i + 1; k < end; k++)
		if (t.l->log[k].lba == t.l->log[i].lba)
			return false;
	return true;
}

/* The writes from @start to a flush at @end, of which all before are there. */
static void epoch(size_t start, size_t end)
{
	for (size_t i = start; i < end; i++) {
		const struct log_entry *e = &t.l->log[i];

		torn("torn", i);
		memcpy(sector(e), e->new, SECTOR_SIZE);
		judge("stopped", i);
	}
	for (size_t i = start; i + 1 < end; i++) {
		const struct log_entry *e = &t.l->log[i];

		if (!is_last(i, end))
			continue;
		torn("torn, not what follows,", i);
		memcpy(sector(e), e->old, SECTOR_SIZE);
		judge("lost, not what follows,", i);
		memcpy(sector(e), e->new, SECTOR_SIZE);
	}
}

/* Any of the writes are there. */
static void subsets(size_t start, size_t end)
{
	static uint32_t seed = 1;

	for (unsigned int n = 0; end - start > 2 && n < SUBSETS; n++) {
		for (size_t i = end; i-- > start;)
			memcpy(sector(&t.l->log[i]), t.l->log[i].old,
			       SECTOR_SIZE);
		for (size_t i = start; i < end; i++) {
			seed = seed * 1664525 + 1013904223;
			if (seed >> 31)
				memcpy(sector(&t.l->log[i]), t.l->log[i].new,
				       SECTOR_SIZE);
		}
		judge("some, before the flush", end);
	}
	for (size_t i = start; i < end; i++)
		memcpy(sector(&t.l->log[i]), t.l->log[i].new, SECTOR_SIZE);
}

static void replay(void)
{
	size_t start = 0;

	memcpy(t.v.out.img, t.base, t.v.out.size);
	for (size_t i = 0; i <= t.l->count; i++) {
		if (i < t.l->count && !t.l->log[i].flush)
			continue;
		epoch(start, i);
		subsets(start, i);
		start = i + 1;
	}
}

/* ---- changes ---- */

/* To mtools a FAT32 of so few clusters is a FAT12: test/qemu has one of a usual size. */
static const char *by_mtools(const struct fat_model *m,
			     const struct model_node *n)
{
	if (t.v.f.bits == 32)
		return NULL;
	if (!n || n->is_dir)
		return outside_has(&t.v.out, m->count, NULL, NULL, 0);
	return outside_has(&t.v.out, m->count, n->path, n->data, n->len);
}

/* What is there when all went well: nothing is wrong at all. */
static void check_done(void)
{
	const char *path = t.change->c.to ? t.change->c.to : t.change->c.path;
	const struct model_node *n = model_find(&t.after, path);
	static char text[16384];
	const char *why;

	memcpy(t.v.out.img, t.l->disk->data, t.v.out.size);
	fat_judge(&t.j, t.v.out.img, t.v.out.size);
	if (t.j.wrong[0])
		failed("done", 0, t.j.wrong);
	if (t.j.found)
		print_error("%s: done: found %#x\n", t.op, t.j.found);
	t.failures += t.j.found != 0;
	if (!model_is(&t.after, &t.j, &why))
		failed("done", 0, why);
	why = outside_fsck(&t.v.out, true, NULL, text, sizeof(text));
	if (why)
		failed("done, fsck.fat", 0, why);
	why = by_mtools(&t.after, n);
	if (why)
		failed("done", 0, why);
	if (!t.l->count || !t.l->log[t.l->count - 1].flush)
		failed("done", 0, "it was not flushed");
}

static void run(const struct change *change)
{
	uint32_t cs = t.v.f.cluster_size;
	struct change c = *change;
	const char *why = "";
	uint8_t *data;
	struct fs fs;
	int ret;

	t.change = &c;
	t.told = 0;
	c.c.len = (uint32_t)((int)cs * c.clusters + c.bytes);
	c.c.pos = (uint64_t)((int)cs * c.at_clusters + c.at_bytes);
	if (c.append)
		c.c.pos = FS_APPEND;
	data = fat_test_data(c.c.len, 99);
	c.c.data = data;
	snprintf(t.op, sizeof(t.op), "FAT%u: %s (%s)", t.v.f.bits, c.what,
		 c.c.path);
	model_copy(&t.after, &t.before);
	assert_int_equal(model_apply(&t.after, &c.c), 0);
	model_copy(&t.both, &t.after);
	model_unite(&t.both, &t.before);
	model_copy(&t.alias, &t.before);
	model_rename(&t.alias, "/Directory with a long name", "/DIRECT~1");
	log_disk_set(t.l, t.base);
	assert_int_equal(fs_mount(&t.l->disk->dev, &fs, &why), 0);
	ret = model_do(&fs, &c.c);
	if (ret) {
		failed("done", 0, fs_error(&fs, ret));
	} else {
		check_done();
		replay();
	}
	free(data);
}

static void all_changes(unsigned int bits, uint32_t spc, uint32_t straddle)
{
	const char *only = getenv("VIREO_ONLY"), *why;
	static char text[16384];

	alarm(SECONDS);
	fake_heap();
	crash_volume_make(&t.v, bits, spc, straddle);
	t.l = log_disk_new(t.v.out.size);
	t.next = fake_disk_new(t.v.out.size, SECTOR_SIZE);
	t.state = fake_disk_new(t.v.out.size, SECTOR_SIZE);
	t.state->data = t.v.out.img;
	t.base = malloc(t.v.out.size);
	memcpy(t.base, t.v.out.img, t.v.out.size);
	fat_judge(&t.j, t.base, t.v.out.size);
	assert_string_equal(t.j.wrong, "");
	assert_int_equal(t.j.found, 0);
	model_read(&t.before, &t.j);
	why = outside_fsck(&t.v.out, true, NULL, text, sizeof(text));
	if (!why)
		why = by_mtools(&t.before, NULL);
	if (why)
		fail_msg("%s", why);
	for (size_t i = 0; i < array_size(changes); i++)
		if (!only || strstr(changes[i].what, only))
			run(&changes[i]);
	fprintf(stderr,
		"FAT%u, %u sectors a cluster: %lu states, %lu by fsck.fat\n",
		bits, spc, t.states, t.outside);
	assert_int_equal(t.failures, 0);
	assert_true(only || t.outside > t.states * 9 / 10);
}

static void fat12(void **state)
{
	(void)state;
	all_changes(12, 1, 7);
}

static void fat12_large(void **state)
{
	(void)state;
	all_changes(12, 4, 14);
}

static void fat16(void **state)
{
	(void)state;
	all_changes(16, 1, 0);
}

static void fat32(void **state)
{
	(void)state;
	all_changes(32, 2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(fat12, NULL, NULL),
		fake_isolated(fat12_large, NULL, NULL),
		fake_isolated(fat16, NULL, NULL),
		fake_isolated(fat32, NULL, NULL),
	};
	return fat_run_tests(tests);
}
