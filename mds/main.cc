// SPDX-License-Identifier: Apache-2.0
// sheen-mds: serves one MDT. Options and threads are lib/target/daemon.h's.
#include "lib/target/daemon.h"
#include "mds/mdt.h"

int main(int argc, char** argv) {
  return sheen::target::run_daemon(argc, argv,
                                   {"sheen-mds", sheen::TargetKind::kMdt, sheen::mds::open_mdt});
}
