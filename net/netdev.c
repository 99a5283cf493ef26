/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of network devices, eth0, eth1, … in order of registration, and
 * IPv4 addresses as people type them. Devices are never removed: the list
 * holds the drivers' own structures.
 */
#include <net/netdev.h>

#include <errno.h>

#include <lib/ctype.h>
#include <lib/errstr.h>

static struct {
	struct netdev *first;
	struct netdev **end; /* where the next one is linked; NULL: empty */
	unsigned int count;
} devs;

void net_register(struct netdev *dev)
{
	if (!devs.end)
		devs.end = &devs.first;
	dev->index = devs.count++;
	dev->next = NULL;
	*devs.end = dev;
	devs.end = &dev->next;
}

struct netdev *net_find(unsigned int index)
{
	struct netdev *dev = devs.first;

	while (dev && dev->index != index)
		dev = dev->next;
	return dev;
}

int net_attach(struct netdev *dev)
{
	return dev->ops->attach(dev);
}

const char *net_error(const struct netdev *dev, int err)
{
	const char *fault = err == -EIO ? dev->ops->fault(dev) : NULL;

	return fault ? fault : err_str(err);
}

/* One number of one to three digits. Return: where it ends; NULL: none */
static const char *parse_octet(const char *s, uint8_t *out)
{
	unsigned int v = 0, digits = 0;

	for (; is_digit(*s) && digits < 4; s++, digits++)
		v = v * 10 + (unsigned int)(*s - '0');
	if (!digits || digits > 3 || v > 255)
		return NULL;
	*out = (uint8_t)v;
	return s;
}

int parse_ipv4(const char *s, uint8_t ip[4])
{
	uint8_t v[4];

	for (unsigned int i = 0; i < 4; i++) {
		s = parse_octet(s, &v[i]);
		if (!s || *s != (i < 3 ? '.' : '\0'))
			return -EINVAL;
		s++;
	}
	for (unsigned int i = 0; i < 4; i++)
		ip[i] = v[i];
	return 0;
}
