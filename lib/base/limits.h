// SPDX-License-Identifier: Apache-2.0
#pragma once

// Every limit that more than one file must agree on. Sizes in bytes.

#include <cstddef>
#include <cstdint>

namespace sheen {

inline constexpr size_t kNameMax = 255;              // a file name, any bytes but '/' and NUL
inline constexpr size_t kSymlinkMax = 4095;          // PATH_MAX without its NUL
inline constexpr size_t kXattrNameMax = 255;         // XATTR_NAME_MAX
inline constexpr size_t kXattrValueMax = 65536;      // XATTR_SIZE_MAX
inline constexpr size_t kXattrListMax = 65536;       // XATTR_LIST_MAX
inline constexpr uint64_t kFileSizeMax = INT64_MAX;  // 8 EiB - 1
inline constexpr uint32_t kLinkMax = 65000;          // as ext4
inline constexpr size_t kGroupsMax = 65536;          // NGROUPS_MAX

inline constexpr uint32_t kBulkMax = 1U << 20;  // the payload of one read or write
inline constexpr uint32_t kBodyMax = 1U << 20;  // a FlatBuffers body
inline constexpr uint32_t kStripeSizeMin = 64U << 10;
inline constexpr uint32_t kStripeSizeMax = 1U << 30;
inline constexpr uint32_t kStripeSizeDefault = 1U << 20;
inline constexpr uint16_t kStripeCountMax = 2000;
inline constexpr uint16_t kComponentsMax = 32;
inline constexpr uint16_t kTargetIndexMax = 0xfffe;

inline constexpr uint32_t kSlotsPerSession = 32;  // changing requests a client may have in flight
inline constexpr uint32_t kLaneBatchMax = 128;    // requests in one transaction
inline constexpr size_t kDirtyQueueMax = 4096;    // elements of a queue between two threads

}  // namespace sheen
