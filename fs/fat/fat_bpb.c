/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot sector of a FAT volume. Nothing in it is believed: every field is
 * in its range or the volume is refused, and all sums are of numbers so bounded
 * that 64 bits hold them. What FAT says about itself in words (BS_FilSysType)
 * decides only whether a bad field is worth a message or just means "no FAT".
 *
 * FAT12 and FAT16 are told apart by the count of clusters and nothing else; FAT32
 * has BPB_FATSz16 zero, as every other driver has it: the specification's rule by
 * count would misread the small FAT32 volumes that mkfs.fat -F 32 makes.
 * Not refused: a volume larger than its device, whose first part is still
 * readable, and a FAT too short for its clusters, which then are fewer.
 */
#include <errno.h>
#include <string.h>

#include <lib/byteorder.h>

#include "fat_priv.h"

#define BPB_BytsPerSec 11
#define BPB_SecPerClus 13
#define BPB_RsvdSecCnt 14
#define BPB_NumFATs    16
#define BPB_RootEntCnt 17
#define BPB_TotSec16   19
#define BPB_Media      21
#define BPB_FATSz16    22
#define BPB_TotSec32   32
#define BPB_FATSz32    36 /* from here on FAT32 only */
#define BPB_ExtFlags   40
#define BPB_FSVer      42
#define BPB_RootClus   44
#define BPB_FSInfo     48
#define SIGNATURE      510

/* BS_Reserved1, then BS_BootSig; the serial number and the label follow them */
#define BS_Reserved1_16 37
#define BS_Reserved1_32 65
#define BS_BootSig_16   38
#define BS_BootSig_32   66
#define BOOTSIG         0x29

#define NOT_MIRRORED    0x80 /* BPB_ExtFlags: only one FAT is kept up to date */
#define ACTIVE_FAT      0x0f

#define FAT12_MAX       4084 /* clusters */
#define FAT16_MAX       65524
#define FAT32_MAX       0x0ffffff5

/* The fields as numbers. */
struct bpb {
	uint64_t bytes, per_cluster, reserved, nfats, root_entries, total,
		fat_size;
	bool is_fat32;
};

static bool claims_fat(const uint8_t *s)
{
	return !memcmp(s + 54, "FAT", 3) || !memcmp(s + 82, "FAT", 3);
}

static struct bpb get_fields(const uint8_t *s)
{
	struct bpb b = {
		.bytes = get_le16(s + BPB_BytsPerSec),
		.per_cluster = s[BPB_SecPerClus],
		.reserved = get_le16(s + BPB_RsvdSecCnt),
		.nfats = s[BPB_NumFATs],
		.root_entries = get_le16(s + BPB_RootEntCnt),
		.total = get_le16(s + BPB_TotSec16),
		.fat_size = get_le16(s + BPB_FATSz16),
	};

	if (!b.total)
		b.total = get_le32(s + BPB_TotSec32);
	if (!b.fat_size) {
		b.is_fat32 = true;
		b.fat_size = get_le32(s + BPB_FATSz32);
	}
	return b;
}

/* NULL: the fields are in their ranges. */
static const char *check_fields(const uint8_t *s, const struct bpb *b)
{
	if (!is_pow2(b->bytes) || b->bytes < 512 || b->bytes > 4096)
		return "bad FAT: bytes per sector";
	if (!is_pow2(b->per_cluster))
		return "bad FAT: sectors per cluster";
	if (!b->reserved)
		return "bad FAT: no reserved sectors";
	if (!b->nfats || !b->fat_size)
		return "bad FAT: it has no FAT";
	if (s[BPB_Media] != 0xf0 && s[BPB_Media] < 0xf8)
		return "bad FAT: media type";
	if (b->is_fat32 && get_le16(s + BPB_FSVer))
		return "bad FAT: version of FAT32";
	if (!b->is_fat32 && !b->root_entries)
		return "bad FAT: no root directory";
	/* "should" in the text; but a wrong count moves all the data. */
	if (!b->is_fat32 && b->root_entries * DIR_ENTRY_SIZE % b->bytes)
		return "bad FAT: number of root entries";
	return NULL;
}

/* Offsets and the width; all from numbers of at most 32 bits. */
static const char *lay_out(const struct bpb *b, struct fat_geometry *g)
{
	uint64_t root_sectors, first, clusters, entries;

	root_sectors = align_up(b->root_entries * DIR_ENTRY_SIZE, b->bytes) /
		       b->bytes;
	first = b->reserved + b->nfats * b->fat_size + root_sectors;
	if (b->total <= first)
		return "bad FAT: no room for data";
	clusters = (b->total - first) / b->per_cluster;
	if (!clusters)
		return "bad FAT: no clusters";
	g->bits = b->is_fat32 ? 32 : clusters <= FAT12_MAX ? 12 : 16;
	if (!b->is_fat32 && clusters > FAT16_MAX)
		return "bad FAT: too many clusters for FAT16";
	if (clusters > FAT32_MAX)
		return "bad FAT: too many clusters";
	entries = b->fat_size * b->bytes * 8 / g->bits;
	if (entries <= FAT_FIRST_CLUSTER)
		return "bad FAT: its FAT is too small";
	clusters = min_u64(clusters, entries - FAT_FIRST_CLUSTER);
	g->sector_size = (uint32_t)b->bytes;
	g->cluster_size = (uint32_t)(b->bytes * b->per_cluster);
	g->end_cluster = (uint32_t)clusters + FAT_FIRST_CLUSTER;
	g->fat_offset = b->reserved * b->bytes;
	g->fat_len = align_up((g->end_cluster * (uint64_t)g->bits + 7) / 8,
			      b->bytes);
	g->mirror = b->nfats > 1 ? b->fat_size * b->bytes : 0;
	g->nfats = (unsigned int)b->nfats;
	g->state_offset = b->is_fat32 ? BS_Reserved1_32 : BS_Reserved1_16;
	g->root_offset = (first - root_sectors) * b->bytes;
	g->root_len = (uint32_t)b->root_entries * DIR_ENTRY_SIZE;
	g->data_offset = first * b->bytes;
	return NULL;
}

/* What only FAT32 has. */
static const char *read_fat32(const uint8_t *s, const struct bpb *b,
			      struct fat_geometry *g)
{
	uint16_t flags = get_le16(s + BPB_ExtFlags);

	uint32_t info = get_le16(s + BPB_FSInfo);

	if (info && info < b->reserved)
		g->fsinfo_offset = info * (uint32_t)b->bytes;
	g->root_cluster = get_le32(s + BPB_RootClus);
	if (g->root_cluster < FAT_FIRST_CLUSTER ||
	    g->root_cluster >= g->end_cluster)
		return "bad FAT: root cluster";
	if (!(flags & NOT_MIRRORED))
		return NULL;
	if ((flags & ACTIVE_FAT) >= b->nfats)
		return "bad FAT: number of the active FAT";
	g->fat_offset += (flags & ACTIVE_FAT) * b->fat_size * b->bytes;
	g->mirror = 0;
	g->nfats = 1;
	return NULL;
}

static void read_label(const uint8_t *s, const struct bpb *b,
		       struct fat_geometry *g)
{
	const uint8_t *sig = s + (b->is_fat32 ? BS_BootSig_32 : BS_BootSig_16);

	memcpy(g->label, "NO NAME    ", sizeof(g->label));
	if (*sig != BOOTSIG)
		return;
	g->serial = get_le32(sig + 1);
	memcpy(g->label, sig + 5, sizeof(g->label) - 1);
}

int fat_bpb_parse(const uint8_t *sector, struct fat_geometry *g,
		  const char **why)
{
	struct bpb b = get_fields(sector);
	const char *bad = NULL;

	*g = (struct fat_geometry){ 0 };
	if (sector[SIGNATURE] != 0x55 || sector[SIGNATURE + 1] != 0xaa)
		return -ENOENT;
	bad = check_fields(sector, &b);
	if (!bad)
		bad = lay_out(&b, g);
	if (!bad && b.is_fat32)
		bad = read_fat32(sector, &b, g);
	if (bad) {
		*why = bad;
		return claims_fat(sector) ? -EBADMSG : -ENOENT;
	}
	read_label(sector, &b, g);
	return 0;
}
