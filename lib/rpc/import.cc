// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/import.h"

#include "lib/rpc/import_impl.h"

namespace sheen::rpc {

std::string_view to_string(ImportState state) {
  switch (state) {
    case ImportState::kDisconnected: return "disconnected";
    case ImportState::kConnecting: return "connecting";
    case ImportState::kRecovering: return "recovering";
    case ImportState::kFull: return "full";
    case ImportState::kEvicted: return "evicted";
    case ImportState::kClosed: return "closed";
  }
  return "?";
}

Import::Import(net::Transport& transport, const Clock& clock, Random& random, TargetInfo target,
               ImportOptions options, ImportObserver* observer)
    : impl_(std::make_unique<Impl>(*this, transport, clock, random, std::move(target),
                                   std::move(options), observer)) {}
Import::~Import() = default;

uint64_t Import::call(Request request, Completion completion) {
  return impl_->call(std::move(request), std::move(completion));
}
void Import::restate(Request request, Completion completion) {
  impl_->restate(std::move(request), std::move(completion));
}
bool Import::cancel_unsent(uint64_t xid) { return impl_->cancel_unsent(xid); }
void Import::update_target(const TargetInfo& target) { impl_->update_target(target); }
void Import::give_up_connection(Epoch epoch, const Error& why) {
  impl_->give_up_connection(epoch, why);
}
bool Import::step() { return impl_->step(); }
MonotonicNs Import::next_wakeup() const { return impl_->next_wakeup(); }
void Import::close(int64_t timeout_ns, UniqueFunction<void()> done) {
  impl_->close(timeout_ns, std::move(done));
}
ImportState Import::state() const { return impl_->state_; }
const TargetInfo& Import::target() const { return impl_->target_; }
Epoch Import::epoch() const { return impl_->epoch_; }
Transno Import::committed() const { return impl_->committed_; }
Transno Import::last_transno() const { return impl_->last_transno_; }
size_t Import::in_flight() const { return impl_->in_flight(); }
net::Address Import::connected_address() const {
  return impl_->has_session_link() ? impl_->address_ : net::Address{};
}
std::string Import::boot_id() const { return impl_->boot_id_; }
uint64_t Import::reconnects() const { return impl_->reconnects_; }
uint64_t Import::dropped_replies() const { return impl_->dropped_replies_; }

}  // namespace sheen::rpc
