/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of device types and feature bits, as the standard spells them (virtio
 * 1.4, 5 and 6, and each device's "Feature bits"). Data only: whether a bit is ever
 * accepted is decided by the drivers.
 */
#include <drivers/virtio.h>

#include <lib/compiler.h>

static const char *const types[] = {
	[0] = "empty",        [1] = "net",          [2] = "blk",
	[3] = "console",      [4] = "rng",          [5] = "balloon",
	[6] = "iomem",        [7] = "rpmsg",        [8] = "scsi",
	[9] = "9p",           [10] = "wlan",        [11] = "rproc-serial",
	[12] = "caif",        [13] = "mem-balloon", [16] = "gpu",
	[17] = "clock",       [18] = "input",       [19] = "vsock",
	[20] = "crypto",      [21] = "signal",      [22] = "pstore",
	[23] = "iommu",       [24] = "mem",         [25] = "sound",
	[26] = "fs",          [27] = "pmem",        [28] = "rpmb",
	[29] = "hwsim",       [30] = "video-enc",   [31] = "video-dec",
	[32] = "scmi",        [33] = "nitro",       [34] = "i2c",
	[35] = "watchdog",    [36] = "can",         [37] = "dmabuf",
	[38] = "param",       [39] = "audio",       [40] = "bluetooth",
	[41] = "gpio",        [42] = "rdma",        [43] = "camera",
	[44] = "ism",         [45] = "spi",         [46] = "tee",
	[47] = "cpu-balloon", [48] = "media",       [49] = "usb",
};

const char *virtio_type_name(uint32_t device_id)
{
	if (device_id >= array_size(types) || !types[device_id])
		return "reserved";
	return types[device_id];
}

#define ANY_TYPE UINT32_MAX

static const struct feature {
	uint32_t device_id;
	unsigned int bit;
	const char *name;
} features[] = {
	/* 6 */
	{ ANY_TYPE, 24, "NOTIFY_ON_EMPTY" },
	{ ANY_TYPE, 27, "ANY_LAYOUT" },
	{ ANY_TYPE, 28, "INDIRECT_DESC" },
	{ ANY_TYPE, 29, "EVENT_IDX" },
	{ ANY_TYPE, 30, "BAD_FEATURE" },
	{ ANY_TYPE, 32, "VERSION_1" },
	{ ANY_TYPE, 33, "ACCESS_PLATFORM" },
	{ ANY_TYPE, 34, "RING_PACKED" },
	{ ANY_TYPE, 35, "IN_ORDER" },
	{ ANY_TYPE, 36, "ORDER_PLATFORM" },
	{ ANY_TYPE, 37, "SR_IOV" },
	{ ANY_TYPE, 38, "NOTIFICATION_DATA" },
	{ ANY_TYPE, 39, "NOTIF_CONFIG_DATA" },
	{ ANY_TYPE, 40, "RING_RESET" },
	{ ANY_TYPE, 41, "ADMIN_VQ" },
	{ ANY_TYPE, 43, "SUSPEND" },
	/* 5.1.3 */
	{ 1, 0, "NET_F_CSUM" },
	{ 1, 1, "NET_F_GUEST_CSUM" },
	{ 1, 2, "NET_F_CTRL_GUEST_OFFLOADS" },
	{ 1, 3, "NET_F_MTU" },
	{ 1, 5, "NET_F_MAC" },
	{ 1, 6, "NET_F_GSO" },
	{ 1, 7, "NET_F_GUEST_TSO4" },
	{ 1, 8, "NET_F_GUEST_TSO6" },
	{ 1, 9, "NET_F_GUEST_ECN" },
	{ 1, 10, "NET_F_GUEST_UFO" },
	{ 1, 11, "NET_F_HOST_TSO4" },
	{ 1, 12, "NET_F_HOST_TSO6" },
	{ 1, 13, "NET_F_HOST_ECN" },
	{ 1, 14, "NET_F_HOST_UFO" },
	{ 1, 15, "NET_F_MRG_RXBUF" },
	{ 1, 16, "NET_F_STATUS" },
	{ 1, 17, "NET_F_CTRL_VQ" },
	{ 1, 18, "NET_F_CTRL_RX" },
	{ 1, 19, "NET_F_CTRL_VLAN" },
	{ 1, 20, "NET_F_CTRL_RX_EXTRA" },
	{ 1, 21, "NET_F_GUEST_ANNOUNCE" },
	{ 1, 22, "NET_F_MQ" },
	{ 1, 23, "NET_F_CTRL_MAC_ADDR" },
	{ 1, 51, "NET_F_DEVICE_STATS" },
	{ 1, 52, "NET_F_VQ_NOTF_COAL" },
	{ 1, 53, "NET_F_NOTF_COAL" },
	{ 1, 54, "NET_F_GUEST_USO4" },
	{ 1, 55, "NET_F_GUEST_USO6" },
	{ 1, 56, "NET_F_HOST_USO" },
	{ 1, 57, "NET_F_HASH_REPORT" },
	{ 1, 59, "NET_F_GUEST_HDRLEN" },
	{ 1, 60, "NET_F_RSS" },
	{ 1, 61, "NET_F_RSC_EXT" },
	{ 1, 62, "NET_F_STANDBY" },
	{ 1, 63, "NET_F_SPEED_DUPLEX" },
	/* 5.2.3 */
	{ 2, 0, "BLK_F_BARRIER" },
	{ 2, 1, "BLK_F_SIZE_MAX" },
	{ 2, 2, "BLK_F_SEG_MAX" },
	{ 2, 4, "BLK_F_GEOMETRY" },
	{ 2, 5, "BLK_F_RO" },
	{ 2, 6, "BLK_F_BLK_SIZE" },
	{ 2, 7, "BLK_F_SCSI" },
	{ 2, 9, "BLK_F_FLUSH" },
	{ 2, 10, "BLK_F_TOPOLOGY" },
	{ 2, 11, "BLK_F_CONFIG_WCE" },
	{ 2, 12, "BLK_F_MQ" },
	{ 2, 13, "BLK_F_DISCARD" },
	{ 2, 14, "BLK_F_WRITE_ZEROES" },
	{ 2, 15, "BLK_F_LIFETIME" },
	{ 2, 16, "BLK_F_SECURE_ERASE" },
	{ 2, 17, "BLK_F_ZONED" },
	/* 5.3.3 */
	{ 3, 0, "CONSOLE_F_SIZE" },
	{ 3, 1, "CONSOLE_F_MULTIPORT" },
	{ 3, 2, "CONSOLE_F_EMERG_WRITE" },
	/* 5.5.3 */
	{ 5, 0, "BALLOON_F_MUST_TELL_HOST" },
	{ 5, 1, "BALLOON_F_STATS_VQ" },
	{ 5, 2, "BALLOON_F_DEFLATE_ON_OOM" },
	{ 5, 3, "BALLOON_F_FREE_PAGE_HINT" },
	{ 5, 4, "BALLOON_F_PAGE_POISON" },
	{ 5, 5, "BALLOON_F_PAGE_REPORTING" },
	/* 5.6.3 */
	{ 8, 0, "SCSI_F_INOUT" },
	{ 8, 1, "SCSI_F_HOTPLUG" },
	{ 8, 2, "SCSI_F_CHANGE" },
	{ 8, 3, "SCSI_F_T10_PI" },
	{ 9, 0, "9P_F_MOUNT_TAG" },
	/* 5.7.3 */
	{ 16, 0, "GPU_F_VIRGL" },
	{ 16, 1, "GPU_F_EDID" },
	{ 16, 2, "GPU_F_RESOURCE_UUID" },
	{ 16, 3, "GPU_F_RESOURCE_BLOB" },
	{ 16, 4, "GPU_F_CONTEXT_INIT" },
	/* 5.10.3 */
	{ 19, 0, "VSOCK_F_STREAM" },
	{ 19, 1, "VSOCK_F_SEQPACKET" },
	{ 19, 2, "VSOCK_F_NO_IMPLIED_STREAM" },
	/* 5.9.3 */
	{ 20, 0, "CRYPTO_F_REVISION_1" },
	{ 20, 1, "CRYPTO_F_CIPHER_STATELESS_MODE" },
	{ 20, 2, "CRYPTO_F_HASH_STATELESS_MODE" },
	{ 20, 3, "CRYPTO_F_MAC_STATELESS_MODE" },
	{ 20, 4, "CRYPTO_F_AEAD_STATELESS_MODE" },
	{ 20, 5, "CRYPTO_F_AKCIPHER_STATELESS_MODE" },
	/* 5.13.3 */
	{ 23, 0, "IOMMU_F_INPUT_RANGE" },
	{ 23, 1, "IOMMU_F_DOMAIN_RANGE" },
	{ 23, 2, "IOMMU_F_MAP_UNMAP" },
	{ 23, 3, "IOMMU_F_BYPASS" },
	{ 23, 4, "IOMMU_F_PROBE" },
	{ 23, 5, "IOMMU_F_MMIO" },
	{ 23, 6, "IOMMU_F_BYPASS_CONFIG" },
	/* 5.15.3, 5.11.3, 5.17, 5.18 */
	{ 24, 0, "MEM_F_ACPI_PXM" },
	{ 24, 1, "MEM_F_UNPLUGGED_INACCESSIBLE" },
	{ 26, 0, "FS_F_NOTIFICATION" },
	{ 32, 0, "SCMI_F_P2A_CHANNELS" },
	{ 32, 1, "SCMI_F_SHARED_MEMORY" },
	{ 34, 0, "I2C_F_ZERO_LENGTH_REQUEST" },
	{ 41, 0, "GPIO_F_IRQ" },
};

const char *virtio_feature_name(uint32_t device_id, unsigned int bit)
{
	const struct feature *f;

	for (size_t i = 0; i < array_size(features); i++) {
		f = &features[i];
		if (f->bit != bit)
			continue;
		if (f->device_id == device_id || f->device_id == ANY_TYPE)
			return f->name;
	}
	return NULL;
}
