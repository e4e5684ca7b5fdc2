// SPDX-License-Identifier: Apache-2.0
// sheen-mgs: serves one MGT. Options and threads are lib/target/daemon.h's.
#include "lib/target/daemon.h"
#include "mgs/mgs.h"

int main(int argc, char** argv) {
  return sheen::target::run_daemon(argc, argv,
                                   {"sheen-mgs", sheen::TargetKind::kMgt, sheen::mgs::open_mgs});
}
