/* SPDX-License-Identifier: BSD-2-Clause */
#include "fat_judge_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lib/byteorder.h>

void fat_judge_wrong(struct fat_judge *j, const char *format, ...)
{
	va_list args;

	if (j->wrong[0])
		return;
	va_start(args, format);
	vsnprintf(j->wrong, sizeof(j->wrong), format, args);
	va_end(args);
}

static void lay_out(struct fat_judge *j)
{
	const uint8_t *b = j->img;
	uint32_t spc = b[13], root, total, fat, clusters, first;

	j->sector = get_le16(b + 11);
	j->nfats = b[16];
	root = get_le16(b + 17) * 32u;
	total = get_le16(b + 19) ? get_le16(b + 19) : get_le32(b + 32);
	fat = get_le16(b + 22) ? get_le16(b + 22) : get_le32(b + 36);
	first = get_le16(b + 14) + j->nfats * fat + root / j->sector;
	clusters = (total - first) / spc;
	j->bits = !get_le16(b + 22) ? 32 : clusters < 4085 ? 12 : 16;
	j->cluster_size = spc * j->sector;
	j->end = clusters + 2;
	j->fat_bytes = fat * j->sector;
	j->fat_at = (size_t)get_le16(b + 14) * j->sector;
	j->root_at = j->fat_at + (size_t)j->nfats * j->fat_bytes;
	j->root_bytes = root;
	j->data_at = (size_t)first * j->sector;
	j->root_first = j->bits == 32 ? get_le32(b + 44) : 0;
	j->fsinfo = j->bits == 32 ? get_le16(b + 48) * j->sector : 0;
	if (j->data_at + (size_t)clusters * j->cluster_size > j->size)
		fat_judge_wrong(j, "the volume is larger than its image");
}

uint32_t fat_judge_link(const struct fat_judge *j, uint32_t cluster)
{
	const uint8_t *p = j->img + j->fat_at + (size_t)cluster * j->bits / 8;
	uint32_t v, top = j->bits == 32 ? 0x0fffffff : (1u << j->bits) - 1;

	if (j->bits == 32)
		v = get_le32(p) & top;
	else if (j->bits == 16)
		v = get_le16(p);
	else
		v = cluster & 1 ? get_le16(p) >> 4 : get_le16(p) & 0xfff;
	if (v >= top - 7)
		return FAT_JUDGE_END;
	return v == top - 8 ? 0x0ffffff7 : v;
}

bool fat_judge_is_cluster(const struct fat_judge *j, uint32_t c)
{
	return c >= 2 && c < j->end;
}

const uint8_t *fat_judge_cluster(const struct fat_judge *j, uint32_t c)
{
	return j->img + j->data_at + (size_t)(c - 2) * j->cluster_size;
}

/* ---- chains ---- */

/* All of a chain to item number @n. Return: how many clusters it has */
uint32_t fat_judge_chain(struct fat_judge *j, uint32_t first, size_t n,
			 const char *path)
{
	uint32_t c = first, count = 0;

	while (c != FAT_JUDGE_END) {
		if (!fat_judge_is_cluster(j, c)) {
			fat_judge_wrong(j, "%s: its chain leads to %#x", path,
					c);
			return count;
		}
		if (j->owner[c]) {
			const struct judge_item *o;

			if (c != first || j->owner[c] > n) {
				fat_judge_wrong(j,
						"%s: cluster %u has two owners",
						path, c);
				return count;
			}
			o = &j->item[j->owner[c] - 1];
			if (o->first != first || o->size != j->item[n].size)
				fat_judge_wrong(j, "%s and %s share cluster %u",
						path, o->path, c);
			j->item[n].odd |= JUDGE_TWINS;
			return UINT32_MAX;
		}
		j->owner[c] = (uint16_t)(n + 1);
		count++;
		c = fat_judge_link(j, c);
	}
	return count;
}

void fat_judge_file(struct fat_judge *j, size_t n)
{
	struct judge_item *it = &j->item[n];
	uint32_t need = (uint32_t)(((uint64_t)it->size + j->cluster_size - 1) /
				   j->cluster_size);
	uint32_t count;

	if (!it->first) {
		if (it->size)
			fat_judge_wrong(j, "%s: %u bytes and no cluster",
					it->path, it->size);
		return;
	}
	count = fat_judge_chain(j, it->first, n, it->path);
	if (count < need)
		fat_judge_wrong(j, "%s: %u bytes in %u clusters", it->path,
				it->size, count);
	if (count > need && count != UINT32_MAX)
		it->odd |= JUDGE_LONG;
}

/* ---- the rest ---- */

static void check_fats(struct fat_judge *j)
{
	const uint8_t *fat = j->img + j->fat_at;
	uint32_t link;

	for (uint32_t i = 1; i < j->nfats; i++)
		if (memcmp(fat, fat + (size_t)i * j->fat_bytes, j->fat_bytes) !=
		    0)
			j->found |= JUDGE_FATS;
	j->nfree = 0;
	for (uint32_t c = 2; c < j->end; c++) {
		link = fat_judge_link(j, c);
		if (!link)
			j->nfree++;
		else if (!j->owner[c] && link != 0x0ffffff7)
			j->found |= JUDGE_LOST;
	}
}

/* FAT entry 1 and the boot sector's byte, either of which says "in use". */
static void check_dirty(struct fat_judge *j)
{
	const uint8_t *fat = j->img + j->fat_at;

	if (j->img[j->bits == 32 ? 65 : 37] & 1)
		j->found |= JUDGE_DIRTY;
	if (j->bits == 16 && !(get_le16(fat + 2) & 0x8000))
		j->found |= JUDGE_DIRTY;
	if (j->bits == 32 && !(get_le32(fat + 4) & 0x08000000))
		j->found |= JUDGE_DIRTY;
	if (fat[0] != j->img[21])
		fat_judge_wrong(j, "the FAT's first byte is not the medium's");
}

static void check_fsinfo(struct fat_judge *j)
{
	const uint8_t *s = j->img + j->fsinfo;
	uint32_t count, next;

	if (!j->fsinfo)
		return;
	if (get_le32(s) != 0x41615252 || get_le32(s + 484) != 0x61417272 ||
	    get_le32(s + 508) != 0xaa550000) {
		fat_judge_wrong(j, "FSInfo has no signature");
		return;
	}
	count = get_le32(s + 488);
	next = get_le32(s + 492);
	if (count != j->nfree && count != UINT32_MAX)
		j->found |= JUDGE_FREE;
	if (next != UINT32_MAX && next > j->end)
		fat_judge_wrong(j, "FSInfo: the next free cluster is %u", next);
}

void fat_judge(struct fat_judge *j, const uint8_t *img, size_t size)
{
	j->img = img;
	j->size = size;
	j->found = 0;
	j->wrong[0] = '\0';
	j->nitems = 0;
	j->text_used = 0;
	lay_out(j);
	if (j->wrong[0])
		return;
	j->owner = realloc(j->owner, j->end * sizeof(*j->owner));
	memset(j->owner, 0, j->end * sizeof(*j->owner));
	fat_judge_tree(j);
	for (size_t i = 0; i < j->nitems; i++)
		j->found |= j->item[i].odd;
	check_fats(j);
	check_dirty(j);
	check_fsinfo(j);
}

void fat_judge_end(struct fat_judge *j)
{
	free(j->owner);
	j->owner = NULL;
}

const struct judge_item *fat_judge_find(const struct fat_judge *j,
					const char *path)
{
	for (size_t i = 0; i < j->nitems; i++)
		if (!strcmp(j->item[i].path, path))
			return &j->item[i];
	return NULL;
}

bool fat_judge_is(const struct fat_judge *j, const struct judge_item *it,
		  const uint8_t *data)
{
	uint32_t c = it->first, n;

	for (uint32_t at = 0; at < it->size; at += n) {
		n = it->size - at;
		if (n > j->cluster_size)
			n = j->cluster_size;
		if (memcmp(fat_judge_cluster(j, c), data + at, n) != 0)
			return false;
		c = fat_judge_link(j, c);
	}
	return true;
}
