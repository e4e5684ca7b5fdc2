// SPDX-License-Identifier: Apache-2.0
#pragma once

// AdminServer: the answering side of the admin socket. Lives on the control thread's qb_loop. Only
// root may connect. Answers from what it has at hand; it never waits for the lane, so a monitor
// gets an answer even if the lane hangs (which the answer then says).

#include <functional>
#include <memory>
#include <string>

#include "lib/base/result.h"

struct qb_loop;

namespace sheen::target {

class AdminServer {
 public:
  // Gets the command's text, returns the response's.
  using Handler = std::function<Result<std::string>(const std::string& command)>;
  static Result<std::unique_ptr<AdminServer>> open(qb_loop* loop, const std::string& label,
                                                   Handler handler);
  ~AdminServer();

 private:
  struct Impl;
  explicit AdminServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sheen::target
