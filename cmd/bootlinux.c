/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bootlinux, the default bootcmd: looks on each disk in order, partition by
 * partition (or on the whole disk when it has no table), for a kernel in the
 * root directory or in /boot, loads it where it needs no move with the ramdisk behind it,
 * and boots. A kernel that does not gets a line that says why, and the next of
 * its volume is tried. When a disk has none it says why in one line. Names:
 * boot/find.h.
 */
#include "boot.h"

#include <errno.h>

#include <block/blkdev.h>
#include <block/part.h>
#include <boot/find.h>
#include <core/bootstage.h>
#include <core/console.h>
#include <core/deadline.h>
#include <env/env.h>
#include <lib/errstr.h>
#include <shell/shell.h>

#include "rate.h"

#define TRIES_MAX 8 /* kernels of one volume */

/* Where the search has got to. */
struct search {
	const struct cmd_call *call;
	const struct blkdev *disk;
	unsigned int volumes; /* file systems seen on this disk */
	bool spoke;           /* a line about this disk was printed */
};

static void print_where(const struct blkdev *dev)
{
	const struct blkdev *disk = dev->parent ? dev->parent : dev;

	con_printf("%s %x", disk->type, disk->index);
	if (dev->partition)
		con_printf(":%x", dev->partition);
}

static void say(struct search *s, const struct blkdev *dev, const char *what,
		const char *why)
{
	print_where(dev);
	con_printf(": %s%s%s\n", what, why ? ": " : "", why ? why : "");
	s->spoke = true;
}

static int load_file(const struct fs *fs, const char *dir, const char *name,
		     struct fs_file *file, uint64_t addr)
{
	uint64_t start;
	int ret;

	con_printf("Loading %s%s to 0x%llx\n", dir, name,
		   (unsigned long long)addr);
	start = time_us();
	ret = fs_read(fs, file, 0, file->size, (void *)(uintptr_t)addr);
	if (!ret)
		rate_print("read", file->size, time_us() - start);
	return ret;
}

static int load_files(const struct fs *fs, const struct boot_files *files,
		      struct boot_load *load, struct linux_boot *b)
{
	int ret = load_file(fs, files->dir, files->kernel, &load->kernel,
			    load->kernel_addr);

	if (ret)
		return ret;
	bootstage_mark("kernel loaded");
	b->kernel = load->kernel_addr;
	b->kernel_len = load->kernel.size;
	if (!files->initrd[0])
		return 0;
	b->chosen.initrd = load->initrd_addr;
	b->chosen.initrd_size = load->initrd.size;
	ret = load_file(fs, files->dir, files->initrd, &load->initrd,
			load->initrd_addr);
	if (!ret)
		bootstage_mark("ramdisk loaded");
	return ret;
}

/* Return: only when it could not be booted; -EINTR ends the search. */
static int boot_kernel(struct search *s, const struct blkdev *dev,
		       const struct fs *fs, const struct boot_files *files)
{
	struct linux_boot b = { .fdt = (uint64_t)(uintptr_t)boot_fdt() };
	struct boot_load load;
	struct boot_why why;
	int ret;

	print_where(dev);
	con_printf(": found %s%s", files->dir, files->kernel);
	if (files->initrd[0])
		con_printf(" and %s%s", files->dir, files->initrd);
	con_putc('\n');
	bootstage_mark("kernel found");
	ret = find_places(fs, files, &load, &why);
	if (ret) {
		say(s, dev, files->kernel,
		    why.text[0] ? why.text : fs_error(fs, ret));
		return ret;
	}
	ret = load_files(fs, files, &load, &b);
	if (ret) {
		say(s, dev, "cannot load", fs_error(fs, ret));
		return ret;
	}
	s->spoke = true;
	(void)boot_linux(s->call, &b);
	return 0;
}

/* Kernels of a directory, the best first. Return: as boot_kernel */
static int boot_from(struct search *s, const struct blkdev *dev,
		     const struct fs *fs, const char *dir)
{
	struct boot_files files = { .dir = dir };
	int ret;

	for (int i = 0; i < TRIES_MAX; i++) {
		ret = find_kernel(fs, &files);
		if (ret == -ENOENT || ret == -ENOTDIR)
			return 0;
		if (ret) {
			say(s, dev,
			    dir[1] ? "cannot read /boot"
				   : "cannot read the root directory",
			    fs_error(fs, ret));
			return ret;
		}
		ret = boot_kernel(s, dev, fs, &files);
		if (ret == -EINTR)
			return ret;
	}
	return 0;
}

static int boot_volume(struct search *s, const struct blkdev *dev,
		       const struct fs *fs)
{
	int ret = boot_from(s, dev, fs, "/");

	return ret ? ret : boot_from(s, dev, fs, "/boot/");
}

static int try_volume(struct search *s, struct blkdev *dev)
{
	const char *why = NULL;
	struct fs fs;
	int ret = fs_mount(dev, &fs, &why);

	if (ret == -ENOENT)
		return 0;
	if (ret) {
		say(s, dev, "cannot use the file system",
		    why ? why : err_str(ret));
		return ret;
	}
	s->volumes++;
	if (fs.vol->note) {
		print_where(dev);
		con_printf(": %s\n", fs.vol->note);
	}
	fs.vol->note = NULL;
	return boot_volume(s, dev, &fs);
}

/* The table is asked for again each time: a device that was reset meanwhile has
 * made the old one stale. */
static int try_partitions(struct search *s, struct blkdev *disk)
{
	const struct part_list *list;
	struct blkdev *dev;
	int ret;

	for (unsigned int i = 0;; i++) {
		ret = part_table(disk, &list);
		if (ret || i >= list->count)
			return ret;
		ret = part_open(disk, list->parts[i].number, &dev);
		if (!ret)
			ret = try_volume(s, dev);
		else
			say(s, disk, "cannot open a partition", err_str(ret));
		if (ret == -EINTR)
			return ret;
	}
}

static const char *nothing_here(const struct search *s, int table)
{
	if (s->volumes)
		return "no /Image or /vmlinuz that boots, nor in /boot";
	return table ? "no partition table and no known file system"
		     : "no partition with a known file system";
}

static int try_disk(struct search *s, struct blkdev *disk)
{
	const struct part_list *list;
	int table, ret = blk_open(disk);

	s->disk = disk;
	s->volumes = 0;
	s->spoke = false;
	if (ret) {
		say(s, disk, blk_error(disk, ret), NULL);
		return ret;
	}
	table = ret = part_table(disk, &list);
	if (!table)
		ret = try_partitions(s, disk);
	else if (table == -ENOENT)
		ret = try_volume(s, disk);
	else
		say(s, disk, "cannot read the partition table",
		    list && list->note[0] ? list->note : err_str(table));
	if (!s->spoke)
		say(s, disk, nothing_here(s, table), NULL);
	return ret;
}

static int try_named(struct search *s)
{
	const struct cmd_call *call = s->call;
	struct blkdev *disk, *dev;
	const char *why = NULL;
	int ret = part_resolve(call->argv[1], call->argv[2], &disk, &dev, &why);

	if (ret) {
		con_printf("bootlinux: %s %s: %s\n", call->argv[1],
			   call->argv[2], why ? why : err_str(ret));
		return CMD_FAIL;
	}
	(void)try_volume(s, dev); /* comes back only when it did not boot */
	if (!s->volumes && !s->spoke)
		say(s, dev, "no known file system", NULL);
	else if (!s->spoke)
		say(s, dev, "no /Image or /vmlinuz, nor in /boot", NULL);
	return CMD_FAIL;
}

static int do_bootlinux(const struct cmd_call *call)
{
	struct search s = { .call = call };
	struct blkdev *disk = NULL;

	if (call->argc == 2)
		return CMD_USAGE;
	if (call->argc == 3)
		return try_named(&s);
	while ((disk = blk_next(disk)))
		if (try_disk(&s, disk) == -EINTR)
			return CMD_FAIL;
	if (!s.disk)
		con_puts("bootlinux: no disks\n");
	return CMD_FAIL;
}

static int do_boot(const struct cmd_call *call)
{
	const char *command = env_get("bootcmd");

	if (!command) {
		con_printf("%s: variable bootcmd is not set\n", call->argv[0]);
		return CMD_FAIL;
	}
	return shell_run(command) ? CMD_FAIL : CMD_OK;
}

COMMAND(bootlinux, do_bootlinux, 0, 2, false,
	"find a Linux kernel on the disks and boot it",
	"\n    - look on every disk for Image or vmlinuz*, and initrd*, in / "
	"and\n"
	"      /boot\n"
	"bootlinux <interface> <dev[:part]>\n"
	"    - only there");
COMMAND(boot, do_boot, 0, 0, false, "boot default, i.e., run 'bootcmd'", "");
COMMAND(bootd, do_boot, 0, 0, false, "boot default, i.e., run 'bootcmd'", "");
