/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing partition tables, stopped everywhere: what was written is recorded and
 * played back in part, with every sector torn and, between two flushes, in every
 * order. A reader gets the old table or the new one; sgdisk is asked, too.
 */
#include "part_write_test.h"

struct stop {
	struct fake_disk *d;
	uint8_t *before;
	char old[TEXT_SIZE], new[TEXT_SIZE];
	unsigned int checked;
};

static void must_be_either(struct stop *s)
{
	char text[TEXT_SIZE];

	look(s->d, text);
	if (strcmp(text, s->old) != 0)
		assert_string_equal(text, s->new);
	s->checked++;
}

static void apply(struct stop *s, const struct write *w, uint64_t nsectors)
{
	memcpy(s->d->data + w->lba * 512, w->data, nsectors * 512);
}

/* @w stopped in every sector: whole ones before it, it torn or not readable as
 * anything. */
static void stop_in(struct stop *s, const struct write *w)
{
	static const unsigned int tears[] = { 1, 100, 256, 440 };
	uint8_t *at = s->d->data + w->lba * 512, was[512];

	for (uint64_t k = 0; k < w->nsectors; k++, at += 512) {
		memcpy(was, at, 512);
		for (size_t t = 0; t < array_size(tears); t++) {
			memcpy(at, w->data + k * 512, tears[t]);
			must_be_either(s);
		}
		memcpy(at, w->data + k * 512, 512);
		must_be_either(s);
		if (w->lba + k)
			memset(at, 0xa5, 512);
		must_be_either(s);
		memcpy(at, w->data + k * 512, 512);
	}
}

/* Of the writes of one flush, [from, to), any may have been done, and one half. */
static void stop_within(struct stop *s, unsigned int from, unsigned int to)
{
	uint8_t *base = malloc(s->d->size);

	memcpy(base, s->d->data, s->d->size);
	for (unsigned int set = 0; set < 1u << (to - from); set++) {
		for (unsigned int half = from; half < to; half++) {
			if (set & 1u << (half - from))
				continue;
			memcpy(s->d->data, base, s->d->size);
			for (unsigned int i = from; i < to; i++)
				if (set & 1u << (i - from))
					apply(s, &rec.writes[i],
					      rec.writes[i].nsectors);
			stop_in(s, &rec.writes[half]);
		}
	}
	memcpy(s->d->data, base, s->d->size);
	free(base);
}

/* What sgdisk makes of it: "start-end name" of every partition. */
static void ask_sgdisk(struct fake_disk *d, char text[TEXT_SIZE])
{
	char path[] = "/tmp/vireo-gpt-XXXXXX", cmd[200];
	int fd = mkstemp(path);
	size_t n;
	FILE *f;

	assert_int_equal(write(fd, d->data, d->size), d->size);
	close(fd);
	snprintf(cmd, sizeof(cmd),
		 "PATH=$PATH:/usr/sbin:/sbin; sgdisk -p %s 2>&1 </dev/null | "
		 "awk '/^ +[0-9]/ { print $1, $2, $3, $7 }'",
		 path);
	f = popen(cmd, "r");
	n = fread(text, 1, TEXT_SIZE - 1, f);
	text[n] = '\0';
	assert_int_equal(pclose(f), 0);
	unlink(path);
}

static void sgdisk_sees_either(struct stop *s, const char *old, const char *new)
{
	char text[TEXT_SIZE];

	ask_sgdisk(s->d, text);
	if (strcmp(text, old) != 0)
		assert_string_equal(text, new);
}

/* Play back what was recorded since s->before. */
static void play(struct stop *s, bool sgdisk)
{
	char old[TEXT_SIZE] = "", new[TEXT_SIZE] = "";
	unsigned int from = 0;

	look(s->d, s->new);
	assert_string_not_equal(s->new, s->old);
	if (sgdisk)
		ask_sgdisk(s->d, new);
	memcpy(s->d->data, s->before, s->d->size);
	if (sgdisk)
		ask_sgdisk(s->d, old);
	while (from < rec.count) {
		unsigned int to = from;

		while (to < rec.count &&
		       rec.writes[to].flushes == rec.writes[from].flushes)
			to++;
		stop_within(s, from, to);
		for (; from < to; from++) {
			apply(s, &rec.writes[from], rec.writes[from].nsectors);
			must_be_either(s);
			if (sgdisk)
				sgdisk_sees_either(s, old, new);
		}
	}
	assert_true(rec.count && rec.flushes >= rec.writes[from - 1].flushes);
	look(s->d, s->old);
	assert_string_equal(s->old, s->new);
}

static struct stop begin(struct fake_disk *d)
{
	struct stop s = { .d = d, .before = malloc(d->size) };

	memcpy(s.before, d->data, d->size);
	look(d, s.old);
	forget();
	return s;
}

static void stop_gpt(void **state)
{
	static const uint32_t blocks[] = { 512, 4096 };

	(void)state;
	for (size_t i = 0; i < array_size(blocks); i++) {
		struct fake_disk *d = recorded(DISK, blocks[i]);
		struct stop s = begin(d);

		/* Nothing there; then another; then fewer, and MBRs between. */
		make_gpt(d, "first", 3);
		play(&s, blocks[i] == 512);
		s = begin(d);
		make_gpt(d, "second", 20);
		assert_int_equal(rec.count, 4); /* the MBR was right */
		play(&s, blocks[i] == 512);
		assert_true(s.checked > 500 || blocks[i] != 512);
		s = begin(d);
		make_mbr(d, 0x83, 3);
		play(&s, false);
		s = begin(d);
		make_gpt(d, "third", 2);
		play(&s, false);
		forget();
	}
}

/* One copy is bad at the start: that one is written first. */
static void stop_one_bad(void **state)
{
	static const struct {
		bool backup;
		unsigned int entries; /* bad there, and not in the header */
	} cases[] = { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } };

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct fake_disk *d = recorded(DISK, 512);
		uint64_t last = DISK / 512 - 1, lba;
		struct stop s;

		make_gpt(d, "whole", 5);
		lba = !cases[i].backup   ? 1 + cases[i].entries
		      : cases[i].entries ? last - 32
					 : last;
		d->data[lba * 512 + 20] ^= 1;
		s = begin(d);
		make_gpt(d, "again", 4);
		play(&s, true);
		forget();
	}
}

/* A disk that grew, so that the good backup is in the middle of it. */
static void stop_grown(void **state)
{
	struct fake_disk *d = recorded(DISK, 512);
	struct part_why why = { "" };
	struct part_new p;
	struct stop s;
	struct gpt_table g;

	(void)state;
	d->dev.nsectors = DISK / 512 / 2;
	make_gpt(d, "small", 5);
	d->dev.nsectors = DISK / 512;
	s = begin(d);
	assert_int_equal(gpt_load(&d->dev, &g, &why), 0);
	assert_int_equal(g.faults, GPT_BACKUP_MOVED);
	assert_true(gpt_get(&g, 3, &p));
	name_it(&p, "SMALL");
	gpt_put(&g, &p);
	assert_int_equal(gpt_store(&g, &why), 0);
	gpt_free(&g);
	play(&s, true);
	assert_int_equal(gpt_load(&d->dev, &g, &why), 0);
	assert_int_equal(g.faults, 0);
	assert_int_equal(get_le64(g.header + 48), DISK / 512 - 34);
	assert_int_equal(get_le32(d->data + 446 + 12), DISK / 512 - 1);
	gpt_free(&g);
}

/* The chain of the new table is nowhere that of the old one is. */
static void stop_mbr(void **state)
{
	struct fake_disk *d = recorded(1 << 20, 512);
	struct stop s = begin(d);

	(void)state;
	make_mbr(d, 0x0c, 3);
	play(&s, false);
	s = begin(d);
	make_mbr(d, 0x83, 8);
	play(&s, false);
	assert_int_equal(rec.count, 5);
	s = begin(d);
	make_mbr(d, 0x07, 2);
	play(&s, false);
}

/* A write that fails is told, with what is there now; and the old table is. */
static void write_errors(void **state)
{
	static const char *const now_there[] = {
		"the backup GPT is as it was",
		"the backup GPT is as it was",
		"the primary GPT is new, the other may not be: see gpt repair",
		"the primary GPT is new, the other may not be: see gpt repair",
		"the GPTs are new, the MBR may not be",
	};
	(void)state;
	for (unsigned int n = 1; n <= 5; n++) {
		struct fake_disk *d = recorded(DISK, 512);
		struct part_new p = { .number = 1, .lba = 500, .nblocks = 1 };
		struct part_why why = { "" };
		char old[TEXT_SIZE], now[TEXT_SIZE], want[96];

		make_mbr(d, 0x0c, 2);
		look(d, old);
		forget();
		rec.fail_write = n;
		assert_int_equal(write_gpt(d, &p, 1, &why), -EIO);
		snprintf(want, sizeof(want), "input/output error; %s",
			 now_there[n - 1]);
		assert_string_equal(why.text, want);
		look(d, now);
		assert_string_equal(now, old);
		rec.count = 0; /* of which the last has no data */
		forget();
	}
}

/* Over a table: the backup comes first, and what a reader sees is what was said. */
static void write_errors_over(void **state)
{
	(void)state;
	for (unsigned int n = 1; n <= 4; n++) {
		struct fake_disk *d = recorded(DISK, 512);
		struct part_new p = { .number = 1, .lba = 500, .nblocks = 1 };
		struct part_why why = { "" };
		char text[TEXT_SIZE];

		make_gpt(d, "old", 3);
		forget();
		rec.fail_write = n;
		assert_int_equal(write_gpt(d, &p, 1, &why), -EIO);
		assert_string_equal(why.text,
				    n <= 2 ? "input/output error; the primary "
					     "GPT is as it was"
					   : "input/output error; the backup "
					     "GPT is new, the other may not "
					     "be: see gpt repair");
		look(d, text);
		/* Entries first: then the old header does not fit. */
		if (n <= 3)
			assert_non_null(strstr(text, " old "));
		else
			assert_non_null(strstr(text, "1:500+1"));
		rec.count = 0;
		forget();
	}
}

/* Both headers of the GPT that an MBR replaces go, after sector 0; another's stay. */
static void gpt_replaced(void **state)
{
	static const uint32_t blocks[] = { 512, 4096 };

	(void)state;
	for (size_t i = 0; i < array_size(blocks); i++) {
		struct fake_disk *d = recorded(DISK, blocks[i]);
		uint32_t bs = blocks[i];
		uint8_t *backup = d->data + DISK - bs;
		uint8_t image[92];
		unsigned int n;

		make_gpt(d, "old", 3);
		memcpy(image, backup, sizeof(image));
		forget();
		make_mbr(d, 0x83, 2);
		assert_int_equal(rec.count, 3);
		assert_int_equal(rec.writes[0].lba, 0);
		assert_true(rec.writes[1].flushes > rec.writes[0].flushes);
		assert_true(rec.flushes > rec.writes[2].flushes);
		for (n = 0; n < bs; n++)
			assert_false(d->data[bs + n] || backup[n]);
		/* That of a disk whose image is in the last partition. */
		put_le64(image + 24, 99);
		memcpy(backup, image, sizeof(image));
		make_mbr(d, 0x83, 3);
		assert_memory_equal(backup, image, sizeof(image));
		forget();
	}
}

/* The table counts, although what it replaced could not be taken away. */
static void gpt_not_replaced(void **state)
{
	struct fake_disk *d = recorded(DISK, 512);
	struct part_new p = {
		.number = 1, .lba = 500, .nblocks = 1, .sys_ind = 0x83
	};
	struct part_why why = { "" };
	char text[TEXT_SIZE];

	(void)state;
	make_gpt(d, "old", 3);
	forget();
	rec.fail_write = 2;
	assert_int_equal(mbr_write(&d->dev, 1, &p, 1, &why), -EIO);
	assert_string_equal(why.text, "input/output error; the new table is "
				      "there, but also the old GPT");
	look(d, text);
	assert_non_null(strstr(text, "DOS 1:500+1 83"));
	rec.count = 0;
	forget();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(stop_gpt, setup_random, NULL),
		fake_isolated(stop_one_bad, setup_random, NULL),
		fake_isolated(stop_grown, setup_random, NULL),
		fake_isolated(stop_mbr, setup_random, NULL),
		fake_isolated(write_errors, setup_random, NULL),
		fake_isolated(write_errors_over, setup_random, NULL),
		fake_isolated(gpt_replaced, setup_random, NULL),
		fake_isolated(gpt_not_replaced, setup_random, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
