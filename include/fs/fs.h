/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File systems: "open a file on a block device". A file system is one
 * static const struct fs_type and a last line TABLE_ENTRY(fs, &fat_fs).
 * The last mount is kept and reused while the device's generation stands, so a
 * second command on the same volume reads no metadata again. Mounting another
 * device ends it: files opened before must not be used after.
 */
#ifndef VIREO_FS_FS_H
#define VIREO_FS_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <block/blkdev.h>
#include <lib/compiler.h>
#include <lib/table.h>

#define FS_NAME_MAX 768 /* 255 UTF-16 units in UTF-8, and a NUL */
#define FS_PATH_MAX 4096

/* A mounted file system; the type's own structure begins with one. */
struct fs_volume {
	const struct fs_type *type; /* set by fs/ */
	struct blkdev *dev;         /* set by fs/ */
	uint32_t generation;        /* set by fs/: of dev when it was mounted */
	const char *fault; /* set by the type: what was corrupt, in words */
};

struct fs_file {
	struct fs_volume *vol;
	uint64_t size; /* bytes */
	bool is_dir;
	uint64_t priv[4]; /* the type's own */
};

struct fs_dirent {
	char name[FS_NAME_MAX]; /* UTF-8 without control characters */
	uint64_t size;
	bool is_dir;
};

struct fs_type {
	const char *name; /* "fat": what fstype prints */

	/* Return: 0 and *vol; -ENOENT not this type (quietly); -EBADMSG it is, but
	 * corrupt (why set); -EIO, … from the device; -ENOMEM */
	int (*mount)(struct blkdev *dev, struct fs_volume **vol,
		     const char **why);
	void (*unmount)(struct fs_volume *vol);

	/* @path: absolute or relative to the root, '/' between names, "." and
	 * ".." understood. Return: 0; -ENOENT; -ENOTDIR; -ENAMETOOLONG;
	 * -EBADMSG, -ELOOP; device's */
	int (*open)(struct fs_volume *vol, const char *path,
		    struct fs_file *file);
	/* Reads exactly @len bytes, at least 1, at @pos, both inside a file, into
	 * @buf, any alignment. Return: 0; -EBADMSG, -ELOOP; device's */
	int (*read)(struct fs_file *file, uint64_t pos, uint64_t len,
		    void *buf);
	/* Calls @fn for each entry (including "." and ".." in a subdirectory); a
	 * non-zero return of @fn ends the walk and is returned. */
	int (*readdir)(struct fs_file *dir,
		       int (*fn)(void *arg, const struct fs_dirent *ent),
		       void *arg);
	/* One line for fatinfo and the like: 'FAT32 "BOOTDISK   "' */
	void (*describe)(struct fs_volume *vol, char *buf, size_t size);
	/* The volume's id as fsuuid prints it: "1A2B-3C4D" */
	void (*uuid)(struct fs_volume *vol, char *buf, size_t size);
};

TABLE_DECLARE(fs, const struct fs_type);

struct fs {
	const struct fs_type *type;
	struct fs_volume *vol;
};

/*
 * fs_mount - find the file system on @dev. The mount is fs/'s; there is nothing
 * to give back.
 * @why: a static text for the user on failure
 * Return: 0; -ENOENT no known file system; -EBADMSG corrupt; device's
 */
must_check int fs_mount(struct blkdev *dev, struct fs *fs, const char **why);

/* What "IF DEV[:PART]" stands for in commands about files. */
struct fs_where {
	struct blkdev *disk; /* NULL: not even that */
	struct blkdev *dev;  /* NULL: no such partition */
	struct fs fs;
	const char *why; /* when it failed: a text for the user */
};

/*
 * fs_resolve - as part_resolve, and the file system there. Without PART it is
 * the first partition that has one.
 * Return: 0; as part_resolve; as fs_mount, with @where->dev set
 */
must_check int fs_resolve(const char *type, const char *spec,
			  struct fs_where *where);

/* fs_open - Return: as the type's open. */
must_check int fs_open(const struct fs *fs, const char *path,
		       struct fs_file *file);

/* fs_read - @len bytes at @pos of @file to @buf. Return: 0; -ERANGE not inside
 * the file; -EISDIR; -EBADMSG, -ELOOP (fs_fault says why); device's */
must_check int fs_read(const struct fs *fs, struct fs_file *file, uint64_t pos,
		       uint64_t len, void *buf);

/* fs_readdir - Return: 0; -ENOTDIR; as fs_read; what @fn returned */
must_check int fs_readdir(const struct fs *fs, struct fs_file *dir,
			  int (*fn)(void *arg, const struct fs_dirent *ent),
			  void *arg);

/* fs_error - @err in words; a corruption as the file system described it. */
const char *fs_error(const struct fs *fs, int err);

#endif
