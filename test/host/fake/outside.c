/* SPDX-License-Identifier: BSD-2-Clause */
#include "outside.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lib/byteorder.h>
#include <lib/compiler.h>

void outside_open(struct outside *o, size_t size)
{
	int fd = memfd_create("fat", 0);

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		abort();
	o->img = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (o->img == MAP_FAILED)
		abort();
	o->size = size;
	snprintf(o->path, sizeof(o->path), "/proc/%d/fd/%d", (int)getpid(), fd);
}

int outside_run(const char *const argv[], char *out, size_t size)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin:/usr/sbin:/sbin",
					   "LC_ALL=C.UTF-8",
					   "MTOOLSRC=/dev/null", NULL };
	posix_spawn_file_actions_t fa;
	int pipes[2], status, err;
	size_t at = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(pipes))
		abort();
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, pipes[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&fa, pipes[1], STDERR_FILENO);
	posix_spawn_file_actions_addclose(&fa, pipes[0]);
	posix_spawn_file_actions_addclose(&fa, pipes[1]);
	setenv("PATH", env[0] + 5, 1);
	err = posix_spawnp(&pid, argv[0], &fa, NULL,
			   (char *const *)(uintptr_t)argv,
			   (char *const *)(uintptr_t)env);
	posix_spawn_file_actions_destroy(&fa);
	close(pipes[1]);
	if (err) {
		fprintf(stderr, "%s: %s\n", argv[0], strerror(err));
		abort();
	}
	while ((n = read(pipes[0], out + at, size - 1 - at)) > 0)
		at += (size_t)n;
	out[at] = '\0';
	close(pipes[0]);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

void outside_mkfs(struct outside *o, struct fake_fat *f)
{
	char bits[8], spc[8], out[1024];
	const char *const argv[] = { "mkfs.fat", "-F",          bits,    "-s",
				     spc,        "-r",          "64",    "-i",
				     "1234abcd", "--invariant", o->path, NULL };
	const uint8_t *b = o->img;
	uint32_t root, total;

	snprintf(bits, sizeof(bits), "%u", f->bits);
	snprintf(spc, sizeof(spc), "%u", f->spc);
	if (outside_run(argv, out, sizeof(out)) != 0) {
		fprintf(stderr, "mkfs.fat: %s\n", out);
		abort();
	}
	f->img = o->img;
	f->size = o->size;
	f->sector = get_le16(b + 11);
	f->reserved = get_le16(b + 14);
	f->nfats = b[16];
	f->root_entries = get_le16(b + 17);
	total = get_le16(b + 19) ? get_le16(b + 19) : get_le32(b + 32);
	f->fat_sectors = get_le16(b + 22) ? get_le16(b + 22) : get_le32(b + 36);
	f->cluster_size = f->spc * f->sector;
	f->fat_at = (size_t)f->reserved * f->sector;
	f->root_at = f->fat_at + (size_t)f->nfats * f->fat_sectors * f->sector;
	root = f->root_entries * 32;
	f->data_at = f->root_at + root;
	f->clusters = (uint32_t)(total - f->data_at / f->sector) / f->spc;
}

/* ---- fsck.fat ---- */

static bool begins(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

/* What it says of every volume, or of a small FAT32. */
static bool is_talk(const struct outside *o, const char *line)
{
	static const char *const talk[] = {
		"fsck.fat ",
		"Warning: Filesystem is FAT32 according to fat_length",
		"  but has only ",
		"  This may lead to problems on some systems.",
	};

	for (size_t i = 0; i < array_size(talk); i++)
		if (begins(line, talk[i]))
			return true;
	return !*line || begins(line, o->path);
}

static bool is_harmless(const char *line)
{
	static const char *const harmless[] = {
		/* the dirty bit, which the boot sector's copy has not got */
		"Dirty bit is set. Fs was not properly unmounted",
		" Automatically removing dirty bit.",
		"There are differences between boot sector and its backup.",
		"This is mostly harmless. ",
		"  65:01/00",
		"  Not automatically fixing this.",
		/* the second FAT is older */
		"FATs differ but appear to be intact.",
		"  Using first FAT.",
		/* space that is lost, or counted wrong */
		"Reclaimed ",
		"Reclaiming unconnected clusters.",
		"Free cluster summary wrong ",
		"  Auto-correcting.",
		/* long names without their file */
		"Unfinished long file name ",
		"Wrong checksum for long file name ",
		"  (Short name ",
		"  (Start may have been overwritten by ",
		"Orphaned long file name part ",
		"A new long file name starts within an old one.",
		"Long filename fragment ",
		"Unexpected long filename sequence number",
		"Checksum in long filename part wrong",
		"  Auto-deleting.",
		"  Not auto-correcting this.",
		"  It could be that ",
		"  if \"",
		"  (Maybe the start bit is missing",
		"  Leaving it.",
		"  Delet",
		"Leaving filesystem unchanged.",
	};

	for (size_t i = 0; i < array_size(harmless); i++)
		if (begins(line, harmless[i]))
			return true;
	/* Half of a link, in a chain that nobody has: fat_judge follows the others. */
	return begins(line, "Cluster ") && strstr(line, " out of range ");
}

/* Clusters that @named does not need yet, or no longer. */
static bool is_of(const char *line, const char *before, const char *named)
{
	if (!named)
		return false;
	if (!strcasecmp(line, named))
		return true;
	return strcasecmp(before, named) == 0 &&
	       begins(line, "  File size is ") &&
	       strstr(line, "cluster chain length is > ");
}

const char *outside_fsck(const struct outside *o, bool strict,
			 const char *named, char *text, size_t size)
{
	const char *const argv[] = { "fsck.fat", "-n", o->path, NULL };
	static char copy[16384], before[600];
	int status = outside_run(argv, text, size);
	char *line, *rest = copy;

	snprintf(copy, sizeof(copy), "%s", text);
	before[0] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		bool of = !strict && is_of(line, before, named);

		of = of || (!strict && begins(line, "  Truncating file to ") &&
			    begins(before, "  File size is "));
		if (!is_talk(o, line) && !of && (strict || !is_harmless(line)))
			return line;
		snprintf(before, sizeof(before), "%s", line);
	}
	return status == 0 || (status == 1 && !strict) ? NULL : "its status";
}

/* ---- mtools ---- */

const char *outside_has(const struct outside *o, size_t count, const char *path,
			const uint8_t *data, size_t len)
{
	static char out[1 << 20], name[4200];
	const char *const list[] = { "mdir", "-i", o->path, "-b",
				     "-a",   "-/", "::/",   NULL };
	const char *const type[] = { "mtype", "-i", o->path, name, NULL };
	size_t lines = 0;

	/* Of nothing it says "not found". */
	if (outside_run(list, out, sizeof(out)) != 0 && count)
		return "mdir fails";
	if (!count)
		return strstr(out, "not found") ? NULL : "mdir lists something";
	for (const char *p = out; (p = strchr(p, '\n')); p++)
		lines++;
	if (lines != count)
		return "mdir lists more or less";
	snprintf(name, sizeof(name), "::%s", path ? path : "");
	if (!path)
		return NULL;
	if (outside_run(type, out, sizeof(out)) != 0)
		return "mtype fails";
	return memcmp(out, data, len) || out[len] ? "mtype reads otherwise"
						  : NULL;
}
