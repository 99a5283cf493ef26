/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PL031: a counter of seconds, taken as seconds since 1970 as everybody does.
 * 32 bits wide: it ends in 2106. A value loaded is what it counts on from.
 * Source: ARM DDI 0224.
 */
#include <drivers/pl031.h>

#include <errno.h>

#include <arch/io.h>
#include <core/clock.h>

#define RTCDR        0x000 /* R   data: the seconds */
#define RTCLR        0x008 /* RW  load */
#define RTCCR        0x00c /* RW  control */
#define RTCPERIPHID0 0xfe0 /* R   part number, low byte */
#define RTCPERIPHID1 0xfe4 /* R   low half: its high bits */

#define RTCCR_START  (1 << 0)

static struct {
	uint64_t base;
} rtc;

static int now(uint64_t *seconds)
{
	*seconds = mmio_read32(rtc.base + RTCDR);
	return 0;
}

static int set(uint64_t seconds)
{
	if (seconds > UINT32_MAX)
		return -EFBIG;
	mmio_write32(rtc.base + RTCLR, (uint32_t)seconds);
	return 0;
}

int pl031_init(uint64_t base)
{
	if ((mmio_read32(base + RTCPERIPHID0) & 0xff) != 0x31 ||
	    mmio_read32(base + RTCPERIPHID1) & 0xf)
		return -ENODEV;
	rtc.base = base;
	mmio_write32(base + RTCCR, RTCCR_START);
	clock_register(now);
	clock_register_set(set);
	return 0;
}
