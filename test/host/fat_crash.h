/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The volume that fat_crash_test.c changes: mkfs.fat's, with files in scattered clusters,
 * directories that are full or nearly so, and gaps between entries.
 */
#ifndef FAT_CRASH_H
#define FAT_CRASH_H

#include "fake/fat_judge.h"
#include "fake/outside.h"
#include "fat_test.h"

struct crash_volume {
	struct outside out;
	struct fake_fat f;
	uint32_t at; /* the first cluster that is used */
};

/* A long name and its entry, in the directory at @dir. */
static inline void crash_long(struct crash_volume *v, uint32_t dir,
			      const char *name, const char *short_name,
			      uint32_t cluster, uint32_t size)
{
	uint8_t *data = fat_test_data(size, cluster);

	fake_fat_long(&v->f, dir, name, short_name);
	fake_fat_file(&v->f, dir, short_name, &cluster, data, size);
	free(data);
}

static inline void crash_file(struct crash_volume *v, uint32_t dir,
			      const char *name, const uint32_t *clusters,
			      uint32_t size)
{
	uint8_t *data = fat_test_data(size, clusters[0]);

	fake_fat_file(&v->f, dir, name, clusters, data, size);
	free(data);
}

/* A directory with @entries in it, two of which are dots. */
static inline void crash_dir(struct crash_volume *v, uint32_t parent,
			     const char *name, uint32_t cluster,
			     unsigned int entries)
{
	char filler[12] = "FILL..  X  ";

	fake_fat_link(&v->f, cluster, fake_fat_end(&v->f));
	memset(fake_fat_cluster(&v->f, cluster), 0, v->f.cluster_size);
	fake_fat_entry(&v->f, parent, name, 0x10, cluster, 0);
	fake_fat_entry(&v->f, cluster, ".          ", 0x10, cluster, 0);
	fake_fat_entry(&v->f, cluster, "..         ", 0x10, parent, 0);
	for (unsigned int i = 2; i < entries; i++) {
		filler[4] = (char)('0' + i / 10);
		filler[5] = (char)('0' + i % 10);
		fake_fat_entry(&v->f, cluster, filler, 0x20, 0, 0);
	}
}

/* Entries @from to @to of a directory are gone. */
static inline void crash_gap(struct crash_volume *v, uint32_t cluster,
			     unsigned int from, unsigned int to)
{
	for (; from <= to; from++)
		fake_fat_cluster(&v->f, cluster)[from * 32] = 0xe5;
}

/* FSInfo: how many clusters are free. */
static inline void crash_count(struct crash_volume *v)
{
	struct fat_judge *j = calloc(1, sizeof(*j));

	if (v->f.bits == 32) {
		fat_judge(j, v->f.img, v->f.size);
		put_le32(v->f.img + v->f.sector + 488, j->nfree);
		put_le32(v->f.img + v->f.sector + 492, 2);
		fat_judge_end(j);
	}
	free(j);
}

static inline void crash_files(struct crash_volume *v)
{
	uint32_t a = v->at, cs = v->f.cluster_size;
	uint32_t keep[] = { a, a + 2, a + 5 }, old[] = { a + 1, a + 4, a + 7 };
	uint32_t inner[] = { a + 8, a + 10 }, x = a + 12;
	uint32_t far[] = { a + 30, a + 31, a + 32, a + 33 };
	uint32_t full = cs / 32, two[] = { a + 19, a + 22 };

	crash_file(v, 0, "KEEP    BIN", keep, 3 * cs - 11);
	crash_file(v, 0, "OLD     BIN", old, 2 * cs + cs / 2);
	crash_long(v, 0, "Long name of a file.txt", "LONGNA~1TXT", a + 3, cs);
	fake_fat_entry(&v->f, 0, "EMPTY   TXT", 0x20, 0, 0);
	crash_dir(v, 0, "DIR        ", a + 6, 2);
	crash_file(v, a + 6, "INNER   BIN", inner, cs + 200);
	crash_dir(v, a + 6, "SUB        ", a + 9, 2);
	crash_file(v, a + 9, "X       BIN", &x, 100);
	crash_dir(v, 0, "OTHER      ", a + 13, 2);
	crash_dir(v, 0, "FULL       ", a + 14, full);
	crash_dir(v, 0, "E1         ", a + 15, full - 1);
	crash_dir(v, 0, "E2         ", a + 16, full - 2);
	crash_dir(v, 0, "E14        ", a + 17, 14);
	crash_dir(v, 0, "GAP        ", a + 18, 12);
	crash_gap(v, a + 18, 4, 4);
	crash_gap(v, a + 18, 6, 8);
	fake_fat_long(&v->f, 0, "Directory with a long name", "DIRECT~1   ");
	crash_dir(v, 0, "DIRECT~1   ", a + 20, 3);
	crash_dir(v, 0, "TWO        ", two[0], full);
	fake_fat_chain(&v->f, two, 2);
	memset(fake_fat_cluster(&v->f, two[1]), 0, cs);
	fake_fat_entry(&v->f, two[1], "LAST       ", 0x20, 0, 0);
	crash_file(v, 0, "FAR     BIN", far, 4 * cs);
}

/*
 * crash_volume_make - FAT of @bits, @spc sectors to a cluster. On FAT12 the link of
 * the cluster that is @straddle behind the first lies in two sectors: 7 is the last of
 * /OLD.BIN, 14 that of /FULL.
 */
static inline void crash_volume_make(struct crash_volume *v, unsigned int bits,
				     uint32_t spc, uint32_t straddle)
{
	size_t sectors = bits == 12   ? 400u * spc
			 : bits == 16 ? 4200u * spc
				      : 600u * spc;
	uint32_t fill[400];

	memset(v, 0, sizeof(*v));
	outside_open(&v->out, sectors * 512);
	v->f.bits = bits;
	v->f.spc = spc;
	outside_mkfs(&v->out, &v->f);
	v->at = bits == 12 ? 341 - straddle : 10;
	for (uint32_t c = 4; bits == 12 && c < v->at; c++)
		fill[c - 4] = c;
	if (bits == 12)
		crash_file(v, 0, "FILLER     ", fill,
			   (v->at - 4) * v->f.cluster_size);
	crash_files(v);
	crash_count(v);
}

#endif
