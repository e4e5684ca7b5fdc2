// SPDX-License-Identifier: Apache-2.0
// The simulated network, built into this program: tests/sim is not a library that units may link to,
// because it stands above them.
#include "tests/sim/sim_transport.cc"
