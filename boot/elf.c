/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF: 64-bit, little-endian, AArch64. Loaded by program headers (PT_LOAD, to the
 * physical address they name) or by section headers (those with SHF_ALLOC, to
 * sh_addr). One walk checks everything: tables and contents inside the file,
 * memsz at least filesz, destinations free RAM that neither meet the file nor each
 * other, the entry inside one of them. A second walk copies. Nothing is relocated.
 * Source: ELF-64 Object File Format 1.5; ELF for the Arm 64-bit Architecture.
 */
#include <boot/boot.h>

#include <errno.h>
#include <string.h>

#include <lib/byteorder.h>
#include <lib/checked.h>

#include "boot_priv.h"

/* File header */
#define EI_CLASS    4
#define EI_DATA     5
#define EI_VERSION  6
#define E_TYPE      16
#define E_MACHINE   18
#define E_ENTRY     24
#define E_PHOFF     32
#define E_SHOFF     40
#define E_PHENTSIZE 54
#define E_PHNUM     56
#define E_SHENTSIZE 58
#define E_SHNUM     60

#define ET_EXEC     2
#define ET_DYN      3
#define EM_AARCH64  183

/* Program header, 56 bytes */
#define P_TYPE    0
#define P_OFFSET  8
#define P_PADDR   24
#define P_FILESZ  32
#define P_MEMSZ   40
#define PHDR_SIZE 56
#define PT_LOAD   1

/* Section header, 64 bytes */
#define SH_TYPE        4
#define SH_FLAGS       8
#define SH_ADDR        16
#define SH_OFFSET      24
#define SH_SIZE        32
#define SHDR_SIZE      64
#define SHT_NOBITS     8
#define SHF_ALLOC      2

#define ELF_MAX_PIECES 64 /* pieces are compared in pairs */

/* What is loaded: a segment or a section. */
struct elf_piece {
	uint64_t offset, filesz; /* in the file */
	struct ram_range to;     /* size is memsz */
};

struct elf_table {
	const uint8_t *at;
	unsigned int count, entry_size;
	const char *name; /* of one entry */
	/* Return: false when this entry loads nothing */
	bool (*decode)(const uint8_t *h, struct elf_piece *p);
};

static bool decode_phdr(const uint8_t *h, struct elf_piece *p)
{
	p->offset = get_le64(h + P_OFFSET);
	p->filesz = get_le64(h + P_FILESZ);
	p->to.base = get_le64(h + P_PADDR);
	p->to.size = get_le64(h + P_MEMSZ);
	return get_le32(h + P_TYPE) == PT_LOAD && (p->to.size || p->filesz);
}

static bool decode_shdr(const uint8_t *h, struct elf_piece *p)
{
	p->offset = get_le64(h + SH_OFFSET);
	p->to.base = get_le64(h + SH_ADDR);
	p->to.size = get_le64(h + SH_SIZE);
	p->filesz = get_le32(h + SH_TYPE) == SHT_NOBITS ? 0 : p->to.size;
	return (get_le64(h + SH_FLAGS) & SHF_ALLOC) && p->to.size;
}

static struct elf_table get_table(const uint8_t *file, bool by_sections)
{
	if (by_sections)
		return (struct elf_table){
			.at = file + get_le64(file + E_SHOFF),
			.count = get_le16(file + E_SHNUM),
			.entry_size = SHDR_SIZE,
			.name = "section",
			.decode = decode_shdr,
		};
	return (struct elf_table){
		.at = file + get_le64(file + E_PHOFF),
		.count = get_le16(file + E_PHNUM),
		.entry_size = PHDR_SIZE,
		.name = "segment",
		.decode = decode_phdr,
	};
}

static bool elf_probe(const uint8_t *head)
{
	return !memcmp(head, "\177ELF", 4);
}

static int check_header(const uint8_t *file, struct boot_why *why)
{
	unsigned int type = get_le16(file + E_TYPE);
	unsigned int machine = get_le16(file + E_MACHINE);

	if (file[EI_CLASS] != 2)
		return refuse(why, -EBADMSG, "not a 64-bit ELF file");
	if (file[EI_DATA] != 1)
		return refuse(why, -EBADMSG, "not a little-endian ELF file");
	if (file[EI_VERSION] != 1)
		return refuse(why, -EBADMSG, "unknown ELF version %u",
			      file[EI_VERSION]);
	if (machine != EM_AARCH64)
		return refuse(why, -EBADMSG,
			      "ELF file for machine %u, not AArch64 (183)",
			      machine);
	if (type != ET_EXEC && type != ET_DYN)
		return refuse(why, -EBADMSG,
			      "ELF file of type %u is not a program", type);
	return 0;
}

static int check_table(const uint8_t *file, uint64_t len, bool by_sections,
		       struct boot_why *why)
{
	uint64_t offset = get_le64(file + (by_sections ? E_SHOFF : E_PHOFF));
	unsigned int count = get_le16(file + (by_sections ? E_SHNUM : E_PHNUM));
	unsigned int size = get_le16(file +
				     (by_sections ? E_SHENTSIZE : E_PHENTSIZE));
	unsigned int want = by_sections ? SHDR_SIZE : PHDR_SIZE;
	const char *what = by_sections ? "section" : "program";

	if (!count)
		return refuse(why, -EBADMSG, "no %s headers", what);
	if (size != want)
		return refuse(why, -EBADMSG, "%s headers of %u bytes, not %u",
			      what, size, want);
	if (!inside(offset, (uint64_t)count * size, len))
		return refuse(why, -EBADMSG,
			      "%u %s headers at offset 0x%llx are past the end "
			      "of the file",
			      count, what, (unsigned long long)offset);
	return 0;
}

/* Everything about piece @n but what it shares with others. */
static int check_piece(const struct elf_table *t, unsigned int n, uint64_t len,
		       const struct elf_piece *p, struct boot_why *why)
{
	if (p->filesz > p->to.size)
		return refuse(why, -EBADMSG,
			      "%s %u: filesz 0x%llx above memsz 0x%llx",
			      t->name, n, (unsigned long long)p->filesz,
			      (unsigned long long)p->to.size);
	if (p->filesz && !inside(p->offset, p->filesz, len))
		return refuse(why, -EBADMSG,
			      "%s %u: 0x%llx bytes at offset 0x%llx are past "
			      "the end of the file",
			      t->name, n, (unsigned long long)p->filesz,
			      (unsigned long long)p->offset);
	return check_free(&p->to, why);
}

struct elf_check {
	struct elf_piece piece[ELF_MAX_PIECES];
	unsigned int count;
	uint64_t file_end; /* offset after the last byte that is used */
	uint64_t low, high;
};

static int collect(const struct elf_table *t, uint64_t len, struct elf_check *c,
		   struct boot_why *why)
{
	struct elf_piece p;
	int ret;

	for (unsigned int n = 0; n < t->count; n++) {
		if (!t->decode(t->at + (size_t)n * t->entry_size, &p))
			continue;
		p.to.name = t->name;
		ret = check_piece(t, n, len, &p, why);
		if (ret)
			return ret;
		if (c->count == ELF_MAX_PIECES)
			return refuse(why, -EBADMSG, "more than %u %ss to load",
				      ELF_MAX_PIECES, t->name);
		c->piece[c->count++] = p;
		if (p.filesz)
			c->file_end = max_u64(c->file_end, p.offset + p.filesz);
		c->low = min_u64(c->low, p.to.base);
		c->high = max_u64(c->high, p.to.base + p.to.size);
	}
	return c->count ? 0 : refuse(why, -EBADMSG, "nothing to load");
}

static int check_pairs(uint64_t addr, const struct elf_check *c,
		       struct boot_why *why)
{
	struct ram_range file = { addr, c->file_end, "the ELF file" };
	int ret = 0;

	for (unsigned int i = 0; !ret && i < c->count; i++) {
		ret = check_apart(&c->piece[i].to, &file, why);
		for (unsigned int j = 0; !ret && j < i; j++)
			ret = check_apart(&c->piece[i].to, &c->piece[j].to,
					  why);
	}
	return ret;
}

static int check_entry(uint64_t entry, const struct elf_check *c,
		       struct boot_why *why)
{
	for (unsigned int i = 0; i < c->count; i++)
		if (entry - c->piece[i].to.base < c->piece[i].to.size &&
		    !(entry % 4))
			return 0;
	return refuse(why, -EBADMSG, "entry 0x%llx is not in what is loaded",
		      (unsigned long long)entry);
}

static int elf_plan(uint64_t addr, uint64_t len, struct payload_plan *plan,
		    struct boot_why *why)
{
	const uint8_t *file = (const uint8_t *)(uintptr_t)addr;
	struct elf_check c = { .low = UINT64_MAX };
	struct elf_table t;
	int ret;

	ret = check_header(file, why);
	if (!ret)
		ret = check_table(file, len, plan->by_sections, why);
	if (ret)
		return ret;
	t = get_table(file, plan->by_sections);
	c.file_end = (uint64_t)(t.at - file) + (uint64_t)t.count * t.entry_size;
	ret = collect(&t, len, &c, why);
	if (!ret)
		ret = check_pairs(addr, &c, why);
	if (!ret)
		ret = check_entry(get_le64(file + E_ENTRY), &c, why);
	if (ret)
		return ret;
	plan->src = addr;
	plan->src_len = c.file_end;
	plan->base = c.low;
	plan->size = c.high - c.low;
	plan->entry = get_le64(file + E_ENTRY);
	return 0;
}

static void elf_place(const struct payload_plan *plan)
{
	const uint8_t *file = (const uint8_t *)(uintptr_t)plan->src;
	struct elf_table t = get_table(file, plan->by_sections);
	struct elf_piece p;

	for (unsigned int n = 0; n < t.count; n++) {
		uint8_t *to;

		if (!t.decode(t.at + (size_t)n * t.entry_size, &p))
			continue;
		to = (uint8_t *)(uintptr_t)p.to.base;
		if (p.filesz)
			memcpy(to, file + p.offset, p.filesz);
		memset(to + p.filesz, 0, p.to.size - p.filesz);
	}
}

const struct payload_type elf_payload = {
	.name = "an ELF file",
	.command = "bootelf",
	.probe = elf_probe,
	.plan = elf_plan,
	.place = elf_place,
};
TABLE_ENTRY(payload, &elf_payload);
