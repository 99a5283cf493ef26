/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GUID partition tables (UEFI 2.10, 5.3). A disk has one when its MBR says so
 * with a protective entry. The primary table is used if header and entries
 * are sound, else the backup, with a note; with neither the disk is refused.
 *
 * Everything in a header is checked before it is used, its CRC first of all:
 * sizes are bounded here and not by the disk's word. Only partitions themselves
 * may reach past the end of a disk that was cut; part_add deals with them.
 */
#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/compiler.h>
#include <lib/hash.h>
#include <lib/parse.h>
#include <lib/utf.h>

#include "part_gpt_priv.h"

#define TABLE_MAX (1024u * 1024) /* bytes of entries; 16 KiB is usual */

/* EFI system partition, C12A7328-F81F-11D2-BA4B-00A0C93EC93B */
static const uint8_t esp_guid[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8,
				      0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0,
				      0xc9, 0x3e, 0xc9, 0x3b };

/* A protective entry in any of the four slots of the MBR. */
bool gpt_is_protective(const uint8_t *mbr)
{
	bool found = false;

	for (unsigned int i = 0; i < 4; i++)
		found |= mbr[446 + 16 * i + 4] == 0xee;
	return found && mbr[510] == 0x55 && mbr[511] == 0xaa;
}

uint32_t gpt_header_crc(const uint8_t *raw, uint32_t size)
{
	static const uint8_t zero[4];
	uint32_t crc = crc32(0, raw, GPT_HEADER_CRC);

	crc = crc32(crc, zero, sizeof(zero));
	return crc32(crc, raw + GPT_HEADER_CRC + 4, size - GPT_HEADER_CRC - 4);
}

/* @raw: the block at @lba. Is it a header that can be believed? */
static bool header_ok(const struct part_reader *r, const uint8_t *raw,
		      uint64_t lba, struct gpt_header *h)
{
	uint32_t size = get_le32(raw + GPT_HEADER_SIZE);
	uint64_t bytes, nblocks;

	if (memcmp(raw + GPT_SIGNATURE, "EFI PART", 8) != 0)
		return false;
	if (size < GPT_HEADER_MIN || size > r->disk->block_size)
		return false;
	if (gpt_header_crc(raw, size) != get_le32(raw + GPT_HEADER_CRC) ||
	    get_le64(raw + GPT_MY_LBA) != lba)
		return false;
	h->entries_lba = get_le64(raw + GPT_ENTRIES_LBA);
	h->alternate = get_le64(raw + GPT_ALTERNATE);
	h->nentries = get_le32(raw + GPT_NENTRIES);
	h->entry_size = get_le32(raw + GPT_ENTRY_SIZE);
	h->entries_crc = get_le32(raw + GPT_ENTRIES_CRC);
	memcpy(h->disk_guid, raw + GPT_DISK_GUID, sizeof(h->disk_guid));
	if (h->entry_size < GPE_MIN || !is_pow2(h->entry_size))
		return false;
	if (!mul_ok(h->nentries, h->entry_size, &bytes) || !bytes ||
	    bytes > TABLE_MAX)
		return false;
	nblocks = align_up(bytes, r->disk->block_size) / r->disk->block_size;
	return inside(h->entries_lba, nblocks, r->nblocks);
}

/* What everybody sees: no control characters, whatever the disk says. */
static void make_printable(char *name)
{
	for (uint8_t *p = (uint8_t *)name; *p; p++) {
		if (*p < ' ' || *p == 0x7f)
			*p = '?';
		/* U+0080 to U+009F, two bytes in UTF-8 */
		if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?';
	}
}

static int take_entry(struct part_reader *r, struct part_list *list,
		      unsigned int number, const uint8_t *raw)
{
	uint64_t first = get_le64(raw + GPE_FIRST);
	uint64_t last = get_le64(raw + GPE_LAST);
	uint64_t nblocks;
	struct part *p;
	int ret;

	if (last < first || !add_ok(last - first, 1, &nblocks)) {
		part_note(list, "partition %u ends before it begins", number);
		return 0;
	}
	ret = part_add(r, list, number, first, nblocks, &p);
	if (ret || !p)
		return ret;
	p->attrs = get_le64(raw + GPE_ATTRS);
	memcpy(p->type_guid, raw + GPE_TYPE, sizeof(p->type_guid));
	memcpy(p->guid, raw + GPE_GUID, sizeof(p->guid));
	format_uuid(p->guid, p->uuid);
	p->bootable = p->attrs & GPT_ATTR_BOOTABLE ||
		      !memcmp(p->type_guid, esp_guid, sizeof(esp_guid));
	utf16le_to_utf8(raw + GPE_NAME, GPE_NAME_LEN, p->name, sizeof(p->name));
	make_printable(p->name);
	return 0;
}

static int take_entries(struct part_reader *r, struct part_list *list,
			const struct gpt_header *h, const uint8_t *table)
{
	static const uint8_t unused[16];
	int ret = 0;

	memcpy(list->disk_guid, h->disk_guid, sizeof(list->disk_guid));
	for (uint32_t i = 0; !ret && i < h->nentries; i++) {
		const uint8_t *raw = table + (size_t)i * h->entry_size;

		if (!memcmp(raw + GPE_TYPE, unused, sizeof(unused)))
			continue;
		if (i >= PART_MAX) {
			part_note(list, "partitions above %u are not shown",
				  PART_MAX);
			break;
		}
		ret = take_entry(r, list, i + 1, raw);
	}
	return ret;
}

int gpt_read_copy(struct part_reader *r, uint64_t lba, struct gpt_copy *c)
{
	uint64_t block = r->disk->block_size, bytes;
	int ret;

	*c = (struct gpt_copy){ .header = heap_alloc(block) };
	if (!c->header)
		return -ENOMEM;
	ret = part_read(r, lba, 1, c->header);
	if (ret)
		return ret == -ERANGE ? -EBADMSG : ret;
	c->header_ok = header_ok(r, c->header, lba, &c->h);
	if (!c->header_ok)
		return -EBADMSG;
	bytes = (uint64_t)c->h.nentries * c->h.entry_size;
	c->nblocks = align_up(bytes, block) / block;
	c->entries = heap_alloc(c->nblocks * block);
	if (!c->entries)
		return -ENOMEM;
	ret = part_read(r, c->h.entries_lba, c->nblocks, c->entries);
	if (!ret && crc32(0, c->entries, bytes) != c->h.entries_crc)
		ret = -EBADMSG;
	return ret;
}

void gpt_copy_free(struct gpt_copy *c)
{
	heap_free(c->header);
	heap_free(c->entries);
}

/*
 * The table whose header is at block @lba.
 * @alternate: where the other one is, if this header is sound; may be NULL
 */
static int read_one(struct part_reader *r, struct part_list *list, uint64_t lba,
		    uint64_t *alternate)
{
	struct gpt_copy c;
	int ret = gpt_read_copy(r, lba, &c);

	if (c.header_ok && alternate)
		*alternate = c.h.alternate;
	if (!ret)
		ret = take_entries(r, list, &c.h, c.entries);
	gpt_copy_free(&c);
	return ret;
}

/* A bad table or a block of it that cannot be read: the backup may be whole. */
static int gpt_read(struct part_reader *r, struct part_list *list)
{
	uint64_t backup = r->nblocks - 1;
	int ret;

	if (!gpt_is_protective(r->head))
		return -ENOENT;
	ret = read_one(r, list, 1, &backup);
	if (ret != -EBADMSG && ret != -EIO)
		return ret;
	ret = read_one(r, list, backup, NULL);
	if (ret == -EBADMSG && backup != r->nblocks - 1)
		ret = read_one(r, list, r->nblocks - 1, NULL);
	if (!ret) {
		list->from_backup = true;
		part_note(list, "the primary GPT is bad; using the backup");
	} else if (ret == -EBADMSG) {
		part_note(list, "primary and backup GPT are both bad");
	}
	return ret;
}

static const struct part_scheme gpt_scheme = {
	.name = "EFI",
	.read = gpt_read,
};
TABLE_ENTRY(part, &gpt_scheme);
