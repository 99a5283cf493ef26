/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arm64 Linux Image: a 64-byte header, then the kernel, entered at its
 * first byte. It may run text_offset above any 2 MiB boundary (flags bit 3) or
 * wants to be as near to the start of RAM as possible; image_size bytes from its
 * start must be free. It stays where it was loaded whenever that is allowed.
 * Source: Linux Documentation/arch/arm64/booting.rst, 4.
 */
#include <boot/linux.h>

#include <errno.h>
#include <string.h>

#include <arch/cpu.h>
#include <lib/byteorder.h>
#include <lib/checked.h>

#include "boot_priv.h"

#define IMAGE_TEXT_OFFSET 8
#define IMAGE_SIZE        16
#define IMAGE_FLAGS       24
#define IMAGE_MAGIC       56 /* "ARM\x64" */

#define FLAG_BIG_ENDIAN   1
#define FLAG_ANYWHERE     8
#define FLAG_PAGE(flags)  ((flags) >> 1 & 3) /* 0: not said; 4, 16, 64 KiB */

/* Before Linux 3.17 image_size is 0 and text_offset has no fixed byte order. */
#define OLD_TEXT_OFFSET 0x80000
#define OLD_IMAGE_SIZE  UINT64_C(0x1000000)

#define IMAGE_PAGE      4096

static bool image_probe(const uint8_t *head)
{
	return !memcmp(head + IMAGE_MAGIC, "ARM\x64", 4);
}

int image_parse(const uint8_t *head, struct image_header *h,
		struct boot_why *why)
{
	uint64_t flags = get_le64(head + IMAGE_FLAGS);

	if (!image_probe(head))
		return -ENOEXEC;
	h->text_offset = get_le64(head + IMAGE_TEXT_OFFSET);
	h->image_size = get_le64(head + IMAGE_SIZE);
	h->anywhere = flags & FLAG_ANYWHERE;
	h->page_kib = FLAG_PAGE(flags) ? 1u << 2 * FLAG_PAGE(flags) : 0;
	if (!h->image_size) {
		*h = (struct image_header){ OLD_TEXT_OFFSET, OLD_IMAGE_SIZE,
					    false, 0 };
		return 0;
	}
	if (flags & FLAG_BIG_ENDIAN)
		return refuse(why, -EBADMSG,
			      "Image flags say big-endian: not supported");
	if (h->text_offset >= IMAGE_ALIGN || h->text_offset % IMAGE_PAGE)
		return refuse(why, -EBADMSG,
			      "Image text_offset 0x%llx is not a page below "
			      "2 MiB",
			      (unsigned long long)h->text_offset);
	if (h->image_size < PAYLOAD_HEAD)
		return refuse(why, -EBADMSG,
			      "Image image_size 0x%llx is less than its header",
			      (unsigned long long)h->image_size);
	return 0;
}

/* The lowest place there is: right for a kernel that cannot see RAM below it. */
static int lowest(const struct image_header *h, struct ram_range *to,
		  struct boot_why *why)
{
	uint64_t base, need;

	if (!add_ok(h->text_offset, h->image_size, &need) ||
	    ram_find(need, IMAGE_ALIGN, 0, UINT64_MAX, &base))
		return refuse(why, -ENOMEM,
			      "no free 0x%llx bytes of RAM for the Image",
			      (unsigned long long)h->image_size);
	to->base = base + h->text_offset;
	return 0;
}

static int choose(uint64_t addr, const struct image_header *h,
		  struct ram_range *to, struct boot_why *why)
{
	uint64_t base;

	*to = (struct ram_range){ addr, h->image_size, "Image" };
	if (!h->anywhere)
		return lowest(h, to, why);
	if (addr >= h->text_offset &&
	    !((addr - h->text_offset) % IMAGE_ALIGN) &&
	    !ram_check(addr, h->image_size, NULL))
		return 0;
	/* The next place upwards, where U-Boot moves it to; else any. */
	if (align_up_ok(addr, IMAGE_ALIGN, &base)) {
		to->base = base + h->text_offset;
		if (!ram_check(base, h->text_offset + h->image_size, NULL))
			return 0;
	}
	return lowest(h, to, why);
}

static int image_plan(uint64_t addr, uint64_t len, struct payload_plan *plan,
		      struct boot_why *why)
{
	struct image_header h;
	struct ram_range to;
	uint64_t end;
	int ret;

	ret = image_parse((const uint8_t *)(uintptr_t)addr, &h, why);
	if (ret)
		return ret;
	if (!add_ok(h.text_offset + addr, h.image_size, &end) ||
	    h.image_size > BOOT_RAM_MAX)
		return refuse(why, -EOVERFLOW,
			      "Image image_size 0x%llx is more than any RAM",
			      (unsigned long long)h.image_size);
	if (h.page_kib && !cpu_has_page_size(h.page_kib))
		return refuse(why, -ENOSYS,
			      "Image needs %u KiB pages: this CPU has none",
			      h.page_kib);
	ret = choose(addr, &h, &to, why);
	if (ret)
		return ret;
	plan->src = addr;
	plan->src_len = min_u64(len, h.image_size);
	plan->base = to.base;
	plan->size = to.size;
	plan->entry = to.base;
	return 0;
}

static void image_place(const struct payload_plan *plan)
{
	if (plan->base != plan->src)
		memmove((void *)(uintptr_t)plan->base,
			(const void *)(uintptr_t)plan->src, plan->src_len);
}

const struct payload_type arm64_image = {
	.name = "an arm64 Linux Image",
	.command = "booti",
	.probe = image_probe,
	.plan = image_plan,
	.place = image_place,
};
TABLE_ENTRY(payload, &arm64_image);
