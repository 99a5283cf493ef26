/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random changes of small volumes, by a generator with a seed, and what they share: a
 * volume beside a model of it, and a clock that stands still.
 */
#ifndef FAT_RANDOM_H
#define FAT_RANDOM_H

#include <core/clock.h>

#include "fake/fat_judge.h"
#include "fake/fat_model.h"
#include "fake/log_disk.h"
#include "fake/outside.h"
#include "fat_test.h"

#define NOW_SECONDS 1793058493u /* 2026-10-26 23:48:13 */
#define NOW_DATE    (46 << 9 | 10 << 5 | 26)
#define NOW_TIME    (23 << 11 | 48 << 5 | 6)

struct random_volume {
	struct outside out;
	struct fake_fat f;
	struct log_disk *l;
	uint8_t *blank; /* as mkfs.fat made it */
	struct fat_judge j;
	struct fat_model m;
	uint32_t seed;
	char text[16384];
};

static inline uint32_t random_next(struct random_volume *v)
{
	v->seed ^= v->seed << 13;
	v->seed ^= v->seed >> 17;
	v->seed ^= v->seed << 5;
	return v->seed;
}

static inline uint32_t random_below(struct random_volume *v, uint32_t n)
{
	return random_next(v) % n;
}

static inline int random_clock(uint64_t *seconds)
{
	*seconds = NOW_SECONDS;
	return 0;
}

static inline void random_volume_make(struct random_volume *v,
				      unsigned int bits, uint32_t spc,
				      uint32_t sectors)
{
	memset(v, 0, sizeof(*v));
	fake_heap();
	clock_register(random_clock);
	outside_open(&v->out, (size_t)sectors * 512);
	v->f.bits = bits;
	v->f.spc = spc;
	outside_mkfs(&v->out, &v->f);
	v->l = log_disk_new(v->out.size);
	v->blank = malloc(v->out.size);
	memcpy(v->blank, v->out.img, v->out.size);
}

/* ---- paths ---- */

#define NAME_50 "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

static const char *const random_names[] = {
	"a",
	"B",
	"FILE.TXT",
	"file.txt",
	"File.Txt",
	"Long name with spaces.text",
	"LONG name with SPACES.text",
	"Long name with a twin.text",
	"Long name with a third.tex",
	"\303\274n\303\257code \303\237.txt",
	"\303\234N\303\257code \303\237.txt",
	"\320\266\320\270.\320\261\320\270\320\275",
	"\320\226\320\230.\320\261\320\270\320\275",
	"\346\227\245\346\234\254\350\252\236.txt",
	"\360\237\230\200.bin",
	"x.tar.gz",
	".hidden",
	"a+b=[c],d;e.txt",
	"~",
	"two  blanks",
	"a.b",
	"UPPER.low",
	"low.UPP",
	"12345678.123",
	"123456789.123",
	"1234.1234",
	NAME_50 NAME_50 NAME_50 NAME_50 NAME_50 "12345",
	/* which none can have */
	NAME_50 NAME_50 NAME_50 NAME_50 NAME_50 "123456",
	"a*b",
	"q?",
	"c:d",
	"tab\there",
	"<x>",
};
#define RANDOM_ILLEGAL 6

static const char *const random_dirs[] = {
	"d0", "D0", "d1", "A directory of a long name", "\303\244\303\266",
	"d2", "."
};

/* A directory that is there, most often. */
static inline void random_parent(struct random_volume *v, char *path)
{
	uint32_t depth = random_below(v, 3);

	*path = '\0';
	for (uint32_t i = random_below(v, 20); v->m.count && i < 17; i++) {
		const struct model_node *n =
			&v->m.node[random_below(v, (uint32_t)v->m.count)];

		if (n->is_dir && strlen(n->path) < 3000) {
			strcpy(path, n->path);
			return;
		}
	}
	while (random_below(v, 4) == 0 && depth--) {
		strcat(path, "/");
		strcat(path,
		       random_dirs[random_below(v, array_size(random_dirs))]);
		if (random_below(v, 20) == 0)
			strcat(path, "/..");
	}
}

static inline void random_path(struct random_volume *v, char *path)
{
	uint32_t kind = random_below(v, 100),
		 legal = array_size(random_names) - RANDOM_ILLEGAL;

	if (v->m.count && kind < 35) {
		strcpy(path,
		       v->m.node[random_below(v, (uint32_t)v->m.count)].path);
		return;
	}
	random_parent(v, path);
	strcat(path, "/");
	if (kind < 50)
		strcat(path,
		       random_dirs[random_below(v, array_size(random_dirs))]);
	else if (kind < 95)
		strcat(path, random_names[random_below(v, legal)]);
	else
		strcat(path,
		       random_names[legal + random_below(v, RANDOM_ILLEGAL)]);
}

/* ---- changes ---- */

static inline void random_write(struct random_volume *v, struct model_change *c)
{
	uint32_t cs = v->f.cluster_size;
	const struct model_node *n = model_find(&v->m, c->path);
	static uint8_t data[1 << 20];
	uint32_t kind = random_below(v, 10),
		 most = kind < 9 ? 5 : v->f.clusters / 2;

	c->op = OP_WRITE;
	c->pos = kind < 5 ? 0 : FS_APPEND;
	if (kind == 8 && n && !n->is_dir)
		c->pos = random_below(v, n->len + 30);
	c->len = random_below(v, most * cs + 2);
	if (random_below(v, 4) == 0)
		c->len = random_below(v, most) * cs;
	c->len = c->len < sizeof(data) ? c->len : sizeof(data);
	memset(data, (int)random_below(v, 256), c->len);
	for (uint32_t i = 0; i < c->len; i += 61)
		data[i] = (uint8_t)random_next(v);
	c->data = data;
}

static inline void random_change(struct random_volume *v,
				 struct model_change *c)
{
	static char path[8192], to[8192];
	uint32_t kind = random_below(v, 100);

	random_path(v, path);
	*c = (struct model_change){ .path = path, .op = OP_TOUCH };
	if (kind < 55) {
		random_write(v, c);
	} else if (kind < 68) {
		c->op = OP_MKDIR;
	} else if (kind < 82) {
		c->op = OP_REMOVE;
	} else if (kind < 95) {
		random_path(v, to);
		c->op = OP_RENAME;
		c->to = to;
	}
}

static inline const char *random_describe(const struct model_change *c)
{
	static const char *const ops[] = { "write", "mkdir", "rm", "mv",
					   "touch" };
	static char text[1024];

	snprintf(text, sizeof(text), "%s %.300s %.300s pos %jd, %u bytes",
		 ops[c->op], c->path, c->to ? c->to : "", (intmax_t)c->pos,
		 c->len);
	return text;
}

#endif
