// SPDX-License-Identifier: Apache-2.0
// sheen-oss: serves one OST. Options and threads are lib/target/daemon.h's.
#include "lib/target/daemon.h"
#include "oss/ost.h"

int main(int argc, char** argv) {
  return sheen::target::run_daemon(argc, argv,
                                   {"sheen-oss", sheen::TargetKind::kOst, sheen::oss::open_ost});
}
