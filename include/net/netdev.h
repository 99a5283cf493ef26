/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network devices that drivers register, and raw Ethernet frames in and out.
 */
#ifndef VIREO_NET_NETDEV_H
#define VIREO_NET_NETDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <lib/compiler.h>

#define ETH_ALEN      6
#define ETH_HLEN      14
#define ETH_VLAN_HLEN 18u                           /* header with a VLAN tag */
#define NET_MTU_MAX   9000u                         /* of any device here */
#define ETH_FRAME_MAX (ETH_VLAN_HLEN + NET_MTU_MAX) /* no FCS */

struct netdev;

struct netdev_ops {
	/* Bring the device up so far that mac and mtu are known; again and again is
	 * fine. Return: 0; -EIO */
	int (*attach)(struct netdev *dev);
	/* Why attach fails, a static text; NULL: it does not */
	const char *(*fault)(const struct netdev *dev);
	/* Make ready to send and receive; again and again is fine, and after a
	 * fault it starts the device anew. Return: 0; -EIO; -ENOMEM */
	int (*open)(struct netdev *dev);
	/* Copies @frame; it is the caller's again on return. @len 14 … MTU + 18.
	 * Opens the device if nobody has. Return: 0; -EINVAL length; -EIO;
	 * -ETIMEDOUT the ring stayed full (the device was reset); -EINTR */
	int (*send)(struct netdev *dev, const void *frame, size_t len);
	/* Hands each frame that has arrived to @rx, which may send but not poll and
	 * may not keep it, then refills the ring and notifies once. At most a
	 * ring's worth of frames, and never waits. Opens the device if nobody has.
	 * Return: 0; -EIO the device was reset; as open */
	int (*poll)(struct netdev *dev,
		    void (*rx)(void *arg, const uint8_t *frame, size_t len),
		    void *arg);
	/* True also when the device cannot tell. */
	bool (*link_up)(struct netdev *dev);
};

struct net_counters {
	uint64_t rx_frames, rx_bytes, rx_dropped;
	uint64_t tx_frames, tx_bytes, tx_errors;
};

struct netdev {
	/* set by the driver before net_register */
	const struct netdev_ops *ops;
	void *ctx;
	char name[24]; /* "virtio-net#30" */

	/* set by the driver; known when net_attach has given 0 */
	uint8_t mac[ETH_ALEN];
	uint16_t mtu;              /* bytes after the Ethernet header */
	struct net_counters count; /* kept by the driver */

	/* set by net/ */
	unsigned int index; /* eth0, eth1, … */
	struct netdev *next;
};

/* eth_is_station - can this be somebody's address: not a group's, not zero? */
static inline bool eth_is_station(const uint8_t mac[ETH_ALEN])
{
	static const uint8_t zero[ETH_ALEN];

	return !(mac[0] & 1) && memcmp(mac, zero, ETH_ALEN);
}

/* net_register - @dev is the driver's and must stay. The device need not have
 * been touched: it is attached by its first user. */
void net_register(struct netdev *dev);

/* net_find - eth@index; NULL when there is none. */
struct netdev *net_find(unsigned int index);

/* net_attach - before mac, mtu or the link is looked at. Return: 0; -EIO */
must_check int net_attach(struct netdev *dev);

/* net_error - @err, which a call about @dev gave, in words. */
const char *net_error(const struct netdev *dev, int err);

/* parse_ipv4 - dotted decimal, exactly four numbers 0 … 255. Return: 0; -EINVAL */
must_check int parse_ipv4(const char *s, uint8_t ip[4]);

/*
 * arp_resolve - ask the wire who has @ip and wait for the answer, asking again
 * each 200 ms. The sender address is 0.0.0.0 when @self is NULL (an ARP probe).
 * Return: 0 and @mac; -ETIMEDOUT after 3 s; -EINTR; what the device returned
 */
must_check int arp_resolve(struct netdev *dev, const uint8_t self[4],
			   const uint8_t ip[4], uint8_t mac[ETH_ALEN]);

#endif
