// SPDX-License-Identifier: Apache-2.0
#pragma once

// The wire structs of admin_protocol.h, in terms of libqb. Included by the two ends only.

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <qb/qbdefs.h>
#include <qb/qbipcc.h>
#include <qb/qbipcs.h>
#include <qb/qbloop.h>
#pragma GCC diagnostic pop

#include "lib/target/admin_protocol.h"

namespace sheen::target {

struct AdminRequest {
  qb_ipc_request_header header;
  uint32_t version;
  uint32_t text_bytes;
  char text[kAdminTextMax];
};

struct AdminResponse {
  qb_ipc_response_header header;  // header.error: 0 or an Errc
  uint32_t version;
  uint32_t text_bytes;
  char text[kAdminTextMax];
};

}  // namespace sheen::target
