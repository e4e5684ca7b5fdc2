// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whose a directory is. The marker in it says that it is a demo's: `up` writes it before it makes
// anything else, and without it nothing is taken down or removed. One thread.

#include "cli/demo/layout.h"

namespace sheen::cli::demo {

// Changes nothing. Complains if the directory holds something and is no demo's, or if the path
// cannot be a demo's.
Outcome<void> check_claim(const Layout& layout);
// Makes the directory and its marker; after check_claim().
Outcome<void> claim(const Layout& layout);

// False: there is nothing at all. Complains if there is something, but no demo.
Outcome<bool> is_claimed(const Layout& layout);

}  // namespace sheen::cli::demo
