/* SPDX-License-Identifier: BSD-2-Clause */
/* fat_judge.c has chains and what is about the whole volume, fat_judge_dir.c the tree. */
#ifndef FAKE_FAT_JUDGE_PRIV_H
#define FAKE_FAT_JUDGE_PRIV_H

#include "fat_judge.h"

#define FAT_JUDGE_END 0x0fffffffu

/* fat_judge_wrong - the first of them is kept. */
__attribute__((format(printf, 2, 3))) void
fat_judge_wrong(struct fat_judge *j, const char *format, ...);

bool fat_judge_is_cluster(const struct fat_judge *j, uint32_t c);
const uint8_t *fat_judge_cluster(const struct fat_judge *j, uint32_t c);

/* fat_judge_chain - all of a chain goes to item number @n.
 * Return: how many clusters it has; UINT32_MAX: it is another item's chain, too */
uint32_t fat_judge_chain(struct fat_judge *j, uint32_t first, size_t n,
			 const char *path);

/* fat_judge_file - the chain of item number @n, a file. */
void fat_judge_file(struct fat_judge *j, size_t n);

/* fat_judge_tree - everything, from the root on. */
void fat_judge_tree(struct fat_judge *j);

#endif
