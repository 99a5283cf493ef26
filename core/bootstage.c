/* SPDX-License-Identifier: BSD-2-Clause */
/* The stamps of a boot. What prints them is cmd/bootstage.c. */
#include <core/bootstage.h>

#include <string.h>

#include <core/deadline.h>
#include <lib/compiler.h>

static struct {
	struct bootstage mark[32], sum[4];
	size_t nmarks, nsums;
} stage;

void bootstage_mark_at(const char *name, uint64_t us)
{
	if (stage.nmarks < array_size(stage.mark))
		stage.mark[stage.nmarks++] = (struct bootstage){ us, name };
}

void bootstage_mark(const char *name)
{
	bootstage_mark_at(name, time_us());
}

void bootstage_add(const char *name, uint64_t start_us)
{
	size_t i = 0;

	while (i < stage.nsums && strcmp(stage.sum[i].name, name) != 0)
		i++;
	if (i == array_size(stage.sum))
		return;
	if (i == stage.nsums)
		stage.sum[stage.nsums++].name = name;
	stage.sum[i].us += time_us() - start_us;
}

const struct bootstage *bootstage_get(size_t i)
{
	return i < stage.nmarks ? &stage.mark[i] : NULL;
}

const struct bootstage *bootstage_sum(size_t i)
{
	return i < stage.nsums ? &stage.sum[i] : NULL;
}
