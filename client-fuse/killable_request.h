// SPDX-License-Identifier: Apache-2.0
#pragma once

// KillableRequest: a request that changes nothing, so that a caller who is killed while a server is
// away need not wait for it. EINTR is answered then, and what the call brings later is dropped.
//
// The kernel says INTERRUPT at the first signal, whichever it is, and says nothing at the next. No
// application expects EINTR of stat(2) or read(2) on a local file system, so only a caller who is
// being killed gets it; one with another signal is looked at again by answer_killed().
//
// The completion of the call owns it. The reactor's thread.

#include <memory>
#include <optional>

#include "client-fuse/request.h"

namespace sheen::fuse {

class KillableRequest : public std::enable_shared_from_this<KillableRequest> {
 public:
  static std::shared_ptr<KillableRequest> watch(Request request);

  // For the call's answer; nothing if the caller was killed.
  std::optional<Request> take();
  // Answers if the caller is being killed. True: the request is over.
  bool look();

 private:
  explicit KillableRequest(Request request) : request_(std::move(request)) {}
  static void on_interrupt(fuse_req_t req, void* self);

  Request request_;
};

// Looks at the callers in `fs.interrupted`.
void answer_killed(Filesystem& fs);

// The completion of a call: `answer(Request, Result<T>)` is called unless the caller was killed.
template <class T, class Answer>
client::Done<T> unless_killed(Request request, Answer answer) {
  return [pending = KillableRequest::watch(std::move(request)),
          answer = std::move(answer)](Result<T> result) mutable {
    if (auto request = pending->take()) answer(std::move(*request), std::move(result));
  };
}

}  // namespace sheen::fuse
