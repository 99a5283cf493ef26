/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Volumes seen from outside: made by mkfs.fat, judged by fsck.fat and mtools, without a
 * mount and without a file: they are memory that those programs open by way of /proc.
 */
#ifndef FAKE_OUTSIDE_H
#define FAKE_OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fat_image.h"

struct outside {
	uint8_t *img; /* what the programs see */
	size_t size;
	char path[64];
};

void outside_open(struct outside *o, size_t size);

/* outside_mkfs - a volume of @f->bits and @f->spc on all of it; fills in the rest of
 * @f, which then serves to put files on it. */
void outside_mkfs(struct outside *o, struct fake_fat *f);

/* outside_run - a program; a missing one ends the test.
 * @out: what it prints, ended by NUL. Return: its status */
int outside_run(const char *const argv[], char *out, size_t size);

/*
 * outside_fsck - what fsck.fat finds, less what is harmless after a stop.
 * @strict: nothing is; @named: NULL, or what may have more clusters than it needs
 * Return: NULL; the first other line, and all in @text
 */
const char *outside_fsck(const struct outside *o, bool strict,
			 const char *named, char *text, size_t size);

/* outside_has - do mtools list @count files and directories, and read @path, NULL: none,
 * as @data? Return: NULL; what is not so */
const char *outside_has(const struct outside *o, size_t count, const char *path,
			const uint8_t *data, size_t len);

#endif
