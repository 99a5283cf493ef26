/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Choosing a kernel and its ramdisk by their names. One walk over their
 * directory for each; the rules are in the header. Names compare without case; in
 * versions a run of digits compares as a number, so 6.10 is above 6.9.
 */
#include <boot/find.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <boot/linux.h>
#include <core/ram.h>
#include <lib/checked.h>
#include <lib/ctype.h>

#include "boot_priv.h"

static bool same_n(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (to_lower(a[i]) != to_lower(b[i]))
			return false;
		if (!a[i])
			return true;
	}
	return true;
}

static bool same(const char *a, const char *b)
{
	return same_n(a, b, strlen(a) + 1);
}

static bool begins(const char *s, const char *with)
{
	return same_n(s, with, strlen(with));
}

static bool ends(const char *s, const char *with)
{
	size_t len = strlen(s), n = strlen(with);

	return len >= n && same(s + len - n, with);
}

static size_t digits(const char *s)
{
	size_t n = 0;

	while (is_digit(s[n]))
		n++;
	return n;
}

/* Two runs of digits of any length, without leading zeroes: the longer is more. */
static int compare_numbers(const char **a, const char **b)
{
	size_t na, nb;
	int diff;

	while (**a == '0' && is_digit((*a)[1]))
		(*a)++;
	while (**b == '0' && is_digit((*b)[1]))
		(*b)++;
	na = digits(*a);
	nb = digits(*b);
	diff = na == nb ? strncmp(*a, *b, na) : na > nb ? 1 : -1;
	*a += na;
	*b += nb;
	return diff;
}

static int compare_versions(const char *a, const char *b)
{
	while (*a && *b) {
		int diff;

		if (is_digit(*a) && is_digit(*b)) {
			diff = compare_numbers(&a, &b);
		} else {
			diff = to_lower(*a) - to_lower(*b);
			a++;
			b++;
		}
		if (diff)
			return diff;
	}
	return *a ? 1 : *b ? -1 : 0;
}

/* ---- kernels ---- */

/* What follows "vmlinuz" or "initrd": without a separator it is no version. */
static const char *after(const char *name, const char *prefix)
{
	name += strlen(prefix);
	return *name == '-' || *name == '_' ? name + 1 : name;
}

/* 0: no kernel; higher is better, before versions are compared. */
static int kernel_class(const char *name)
{
	if (same(name, "Image"))
		return 5;
	if (!begins(name, "vmlinuz"))
		return 0;
	if (ends(name, ".old"))
		return 1;
	if (same(name, "vmlinuz"))
		return 4;
	return name[strlen("vmlinuz")] == '-' ? 3 : 2;
}

/* Does kernel @a come before @b? Any does before "". */
static bool better(const char *a, const char *b)
{
	int mine = kernel_class(a), theirs = *b ? kernel_class(b) : 0;

	return mine > theirs ||
	       (mine == theirs && mine && compare_versions(a, b) > 0);
}

/* A walk for kernels: the best one of those behind @tried. */
struct kernel_walk {
	struct boot_files *best;
	char tried[FS_NAME_MAX]; /* "" none */
};

static int find_kernel_entry(void *arg, const struct fs_dirent *ent)
{
	struct kernel_walk *w = arg;
	struct boot_files *best = w->best;

	if (!ent->is_dir && better(ent->name, best->kernel) &&
	    (!w->tried[0] || better(w->tried, ent->name)))
		snprintf(best->kernel, sizeof(best->kernel), "%s", ent->name);
	return 0;
}

/* ---- ramdisks ---- */

static const char *kernel_version(const struct boot_files *f)
{
	return begins(f->kernel, "vmlinuz") ? after(f->kernel, "vmlinuz") : "";
}

/* "initrd.img-6.1", "initrd-6.1.img" and "initrd-6.1" all say 6.1. */
static void initrd_version(const char *name, char *version, size_t size)
{
	const char *from = name + strlen("initrd");

	if (begins(from, ".img"))
		from += strlen(".img");
	if (*from == '-' || *from == '_')
		from++;
	snprintf(version, size, "%s", from);
	if (ends(version, ".img"))
		version[strlen(version) - strlen(".img")] = '\0';
}

/* 0: not to be used with this kernel. */
static int initrd_class(const struct boot_files *f, const char *name)
{
	char version[FS_NAME_MAX];

	initrd_version(name, version, sizeof(version));
	if (*version && same(version, kernel_version(f)))
		return 4;
	if (!*version)
		return 3;
	if (*kernel_version(f))
		return 0;
	return ends(name, ".old") ? 1 : 2;
}

/* A walk for ramdisks: the best one, and the only one whatever its version. */
struct initrd_walk {
	struct boot_files *best;
	unsigned int count;
	char any[FS_NAME_MAX];
};

static int find_initrd_entry(void *arg, const struct fs_dirent *ent)
{
	struct initrd_walk *w = arg;
	struct boot_files *best = w->best;
	int mine, theirs;

	if (ent->is_dir || !begins(ent->name, "initrd"))
		return 0;
	w->count++;
	snprintf(w->any, sizeof(w->any), "%s", ent->name);
	mine = initrd_class(best, ent->name);
	theirs = best->initrd[0] ? initrd_class(best, best->initrd) : 0;
	if (!mine || mine < theirs)
		return 0;
	if (mine > theirs || compare_versions(ent->name, best->initrd) > 0)
		snprintf(best->initrd, sizeof(best->initrd), "%s", ent->name);
	return 0;
}

static int find_initrd(const struct fs *fs, struct fs_file *dir,
		       struct boot_files *found)
{
	struct initrd_walk w = { .best = found };
	int ret = fs_readdir(fs, dir, find_initrd_entry, &w);

	if (!ret && !found->initrd[0] && w.count == 1)
		snprintf(found->initrd, sizeof(found->initrd), "%s", w.any);
	return ret;
}

int find_kernel(const struct fs *fs, struct boot_files *found)
{
	struct kernel_walk w = { .best = found };
	struct fs_file dir;
	int ret;

	memcpy(w.tried, found->kernel, sizeof(w.tried));
	found->kernel[0] = found->initrd[0] = '\0';
	ret = fs_open(fs, found->dir, &dir);
	if (!ret)
		ret = fs_readdir(fs, &dir, find_kernel_entry, &w);
	if (!ret && !found->kernel[0])
		ret = -ENOENT;
	if (!ret)
		ret = find_initrd(fs, &dir, found);
	return ret;
}

/* ---- places ---- */

static int open_named(const struct fs *fs, const char *in, const char *name,
		      struct fs_file *file, struct boot_why *why)
{
	char path[FS_NAME_MAX + 8];
	int ret;

	snprintf(path, sizeof(path), "%s%s", in, name);
	ret = fs_open(fs, path, file);
	if (!ret && !file->size)
		return refuse(why, -EBADMSG, "%s is empty", path);
	return ret;
}

static int read_header(const struct fs *fs, struct fs_file *file,
		       struct image_header *h, struct boot_why *why)
{
	const struct payload_type *type;
	uint8_t head[PAYLOAD_HEAD];
	int ret;

	if (file->size < sizeof(head))
		return refuse(why, -ENOEXEC, "too short to be a kernel");
	ret = fs_read(fs, file, 0, sizeof(head), head);
	if (ret)
		return ret;
	ret = image_parse(head, h, why);
	if (ret != -ENOEXEC)
		return ret;
	type = payload_find(head);
	return refuse(why, ret, "not an arm64 Linux Image%s%s",
		      type ? " but " : "", type ? type->name : "");
}

/* Above the first 2 MiB, where QEMU's tree is and loads go by default; there too
 * when nothing else is free. */
static int place_kernel(const struct image_header *h, uint64_t file_size,
			struct boot_load *load, uint64_t *end,
			struct boot_why *why)
{
	const struct ram_range *bank = ram_bank(0);
	uint64_t size = max_u64(h->image_size, file_size), need, base;
	uint64_t low = bank && h->anywhere ? bank->base + IMAGE_ALIGN : 0;

	if (!add_ok(size, h->text_offset, &need) ||
	    (ram_find(need, IMAGE_ALIGN, low, BOOT_RAM_MAX, &base) &&
	     ram_find(need, IMAGE_ALIGN, 0, BOOT_RAM_MAX, &base)))
		return refuse(why, -ENOMEM,
			      "no free 0x%llx bytes of RAM for the kernel",
			      (unsigned long long)size);
	load->kernel_addr = base + h->text_offset;
	*end = base + need;
	return 0;
}

int find_places(const struct fs *fs, const struct boot_files *files,
		struct boot_load *load, struct boot_why *why)
{
	struct image_header h = { 0 };
	uint64_t end = 0;
	int ret;

	why->text[0] = '\0';
	ret = open_named(fs, files->dir, files->kernel, &load->kernel, why);
	if (!ret)
		ret = read_header(fs, &load->kernel, &h, why);
	if (!ret)
		ret = place_kernel(&h, load->kernel.size, load, &end, why);
	if (ret || !files->initrd[0])
		return ret;
	ret = open_named(fs, files->dir, files->initrd, &load->initrd, why);
	if (ret)
		return ret;
	if (ram_find(load->initrd.size, 4096, end, BOOT_RAM_MAX,
		     &load->initrd_addr))
		return refuse(why, -ENOMEM,
			      "no free 0x%llx bytes of RAM for the ramdisk",
			      (unsigned long long)load->initrd.size);
	return 0;
}
