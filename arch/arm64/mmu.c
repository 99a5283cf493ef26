/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translation tables: 4 KiB granule, 40-bit identity map, one stage, for the EL
 * the firmware runs at. New tables are built beside the live ones and switched to
 * with the MMU off for a few instructions (mmu_switch, in switch.S), so no entry
 * of the live tables ever changes. Source: Arm ARM (DDI 0487) D8.
 */
#include <arch/mmu.h>

#include <errno.h>
#include <string.h>

#include <arch/barrier.h>
#include <arch/cpu.h>
#include <arch/sysreg.h>
#include <lib/checked.h>

#define VA_BITS       40
#define PAGE          UINT64_C(4096)
#define ENTRIES       512
#define MAX_REGIONS   64
#define POOL_PAGES    40 /* of both sets together */

#define DESC_VALID    (UINT64_C(1) << 0)
#define DESC_TABLE    (UINT64_C(1) << 1) /* levels 0-2; level 3: a page */
#define DESC_ATTR(n)  ((uint64_t)(n) << 2)
#define DESC_AP_EL2   (UINT64_C(1) << 6) /* AP[1], RES1 at EL2 */
#define DESC_RO       (UINT64_C(1) << 7)
#define DESC_SH_INNER (UINT64_C(3) << 8)
#define DESC_AF       (UINT64_C(1) << 10)
#define DESC_PXN      (UINT64_C(1) << 53)
#define DESC_XN       (UINT64_C(1) << 54)
#define DESC_ADDRESS  UINT64_C(0x0000fffffffff000)

/* MAIR indices */
#define ATTR_DEVICE 0 /* Device-nGnRE */
#define ATTR_NORMAL 1 /* Normal, write-back, read and write allocate */
#define MAIR        UINT64_C(0xff04)

#define TCR_T0SZ    (64 - VA_BITS)
#define TCR_WALK_WB \
	((1 << 8) | (1 << 10) | (3 << 12)) /* cached, inner-shareable */
#define TCR_PS_40     UINT64_C(2)
#define TCR_EL1_VALUE (TCR_T0SZ | TCR_WALK_WB | (1 << 23) | TCR_PS_40 << 32)
#define TCR_EL2_VALUE \
	(TCR_T0SZ | TCR_WALK_WB | (1u << 23) | (1u << 31) | TCR_PS_40 << 16)

struct page_table {
	uint64_t entry[ENTRIES];
};

static struct {
	struct mem_region regions[MAX_REGIONS];
	size_t count;
	struct mem_region top; /* what mmu_remap covered them with */
	unsigned int live;     /* which half of the pool is in use */
	size_t used;           /* tables taken from the half being built */
} state __attribute__((aligned(16))); /* copied to before the MMU is on */

static struct page_table pool[2][POOL_PAGES / 2]
	__attribute__((aligned(4096), section(".noinit")));

/* switch.S: MMU off, new base and attributes, TLB and caches in step, MMU on. */
void mmu_switch_el1(const void *table, uint64_t mair, uint64_t tcr,
		    uint64_t sctlr);
void mmu_switch_el2(const void *table, uint64_t mair, uint64_t tcr,
		    uint64_t sctlr);

static struct page_table *new_table(void)
{
	struct page_table *t;

	if (state.used == POOL_PAGES / 2)
		return NULL;
	t = &pool[!state.live][state.used++];
	memset(t, 0, sizeof(*t));
	return t;
}

static uint64_t attributes(enum mem_kind kind)
{
	uint64_t normal = DESC_ATTR(ATTR_NORMAL) | DESC_SH_INNER;
	uint64_t never = DESC_XN | (cpu_el() == 1 ? DESC_PXN : 0);
	uint64_t exec = cpu_el() == 1 ? DESC_XN : 0; /* not from EL0 */
	uint64_t base = DESC_VALID | DESC_AF |
			(cpu_el() == 2 ? DESC_AP_EL2 : 0);

	switch (kind) {
	case MEM_NONE:
		break;
	case MEM_DEVICE:
		return base | DESC_ATTR(ATTR_DEVICE) | never;
	case MEM_DEVICE_RO:
		return base | DESC_ATTR(ATTR_DEVICE) | DESC_RO | never;
	case MEM_RW:
		return base | normal | never;
	case MEM_RO:
		return base | normal | DESC_RO | never;
	case MEM_CODE:
		return base | normal | DESC_RO | exec;
	case MEM_RWX:
		return base | normal | exec;
	}
	return 0;
}

static unsigned int level_shift(unsigned int level)
{
	return 39 - 9 * level;
}

/* The table below @entry; made, with the same mapping in smaller pieces, if
 * there is none. */
static struct page_table *descend(uint64_t *entry, unsigned int level)
{
	unsigned int shift = level_shift(level + 1);
	struct page_table *t;
	uint64_t old = *entry;

	if (old & DESC_TABLE)
		return (struct page_table *)(uintptr_t)(old & DESC_ADDRESS);
	t = new_table();
	if (!t)
		return NULL;
	for (size_t i = 0; (old & DESC_VALID) && i < ENTRIES; i++)
		t->entry[i] = (old + ((uint64_t)i << shift)) |
			      (level == 2 ? DESC_TABLE : 0);
	*entry = (uint64_t)(uintptr_t)t | DESC_VALID | DESC_TABLE;
	return t;
}

/* Blocks or pages from @va on with @attr (0: unmapped), as large as fit and as
 * many as one table takes. Sets *@size to what they cover. */
static int map_some(struct page_table *t, uint64_t va, uint64_t left,
		    uint64_t attr, uint64_t *size)
{
	unsigned int level = 0;
	uint64_t bytes = UINT64_C(1) << level_shift(0), n, first;

	/* There are no blocks on level 0. */
	while (level < 3 && (!level || va & (bytes - 1) || left < bytes)) {
		t = descend(&t->entry[va >> level_shift(level) & 511], level);
		if (!t)
			return -ENOMEM;
		bytes = UINT64_C(1) << level_shift(++level);
	}
	if (level == 3 && attr)
		attr |= DESC_TABLE;
	first = va >> level_shift(level) & 511;
	n = min_u64(left >> level_shift(level), ENTRIES - first);
	for (uint64_t i = 0; i < n; i++, va += bytes)
		t->entry[first + i] = attr ? va | attr : 0;
	*size = n * bytes;
	return 0;
}

static int map_region(struct page_table *root, const struct mem_region *r)
{
	uint64_t va = r->base, left = r->size, size;
	uint64_t attr = attributes(r->kind);

	if ((va | left) & (PAGE - 1) ||
	    !inside(va, left, UINT64_C(1) << VA_BITS))
		return -EINVAL;
	for (; left; va += size, left -= size) {
		int ret = map_some(root, va, left, attr, &size);

		if (ret)
			return ret;
	}
	return 0;
}

static void switch_to(const struct page_table *root)
{
	uint32_t on = SCTLR_M | SCTLR_C | SCTLR_I;

	if (cpu_el() == 2)
		mmu_switch_el2(root, MAIR, TCR_EL2_VALUE, SCTLR_EL2_RES1 | on);
	else
		mmu_switch_el1(root, MAIR, TCR_EL1_VALUE, SCTLR_EL1_RES1 | on);
}

static int rebuild(void)
{
	struct page_table *root;
	int ret;

	state.used = 0;
	root = new_table();
	for (size_t i = 0; i < state.count; i++) {
		ret = map_region(root, &state.regions[i]);
		if (ret)
			return ret;
	}
	ret = map_region(root, &state.top);
	if (ret)
		return ret;
	/* The walker reads memory; with the MMU off it was written uncached. */
	cache_clean((uintptr_t)pool[!state.live],
		    state.used * sizeof(struct page_table));
	switch_to(root);
	state.live = !state.live;
	return 0;
}

int mmu_build(const struct mem_region *regions, size_t count)
{
	if (count > MAX_REGIONS)
		return -ENOMEM;
	memcpy(state.regions, regions, count * sizeof(*regions));
	state.count = count;
	state.top.size = 0;
	return rebuild();
}

int mmu_remap(uint64_t base, uint64_t size, enum mem_kind kind)
{
	struct mem_region before = state.top;
	int ret;

	state.top = (struct mem_region){ base, size, kind };
	ret = rebuild();
	if (ret)
		state.top = before;
	return ret;
}
