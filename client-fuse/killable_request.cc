// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/killable_request.h"

#include <cerrno>

#include "client-fuse/caller.h"

namespace sheen::fuse {

std::shared_ptr<KillableRequest> KillableRequest::watch(Request request) {
  std::shared_ptr<KillableRequest> pending(new KillableRequest(std::move(request)));
  fuse_req_interrupt_func(pending->request_.get(), on_interrupt, pending.get());
  return pending;
}

std::optional<Request> KillableRequest::take() {
  if (request_.answered()) return std::nullopt;
  // Its answer may be given while this object goes.
  fuse_req_interrupt_func(request_.get(), nullptr, nullptr);
  return std::move(request_);
}

bool KillableRequest::look() {
  if (request_.answered()) return true;
  const auto thread = static_cast<uint32_t>(fuse_req_ctx(request_.get())->pid);
  if (!is_being_killed(thread)) return false;
  request_.error(EINTR);
  return true;
}

void KillableRequest::on_interrupt(fuse_req_t, void* self) {
  auto& pending = *static_cast<KillableRequest*>(self);
  if (!pending.look()) pending.request_.fs().interrupted.push_back(pending.weak_from_this());
}

void answer_killed(Filesystem& fs) {
  std::erase_if(fs.interrupted, [](const std::weak_ptr<KillableRequest>& known) {
    const auto pending = known.lock();
    return pending == nullptr || pending->look();
  });
}

}  // namespace sheen::fuse
