// SPDX-License-Identifier: Apache-2.0
#pragma once

// Request: a FUSE request that is owed an answer. It travels inside the completion of the call that
// will answer it, and answers EIO if that completion is thrown away (the mount ends with calls
// outstanding), so that no process waits for ever and nothing leaks. The reactor's thread.

#include <cstddef>
#include <string_view>
#include <utility>

#include "client-fuse/filesystem.h"
#include "client-fuse/fuse_api.h"
#include "client-fuse/session.h"
#include "lib/client/types.h"

namespace sheen::fuse {

class Request {
 public:
  explicit Request(fuse_req_t request) : request_(request) {}
  ~Request() {
    if (request_ != nullptr) error(EIO);
  }
  Request(Request&& other) noexcept : request_(std::exchange(other.request_, nullptr)) {}
  Request& operator=(Request&&) = delete;

  Filesystem& fs() const { return *static_cast<Filesystem*>(Session::context_of(request_)); }
  client::Client& client() const { return fs().client; }
  Session& session() const { return Session::of(request_); }
  fuse_req_t get() const { return request_; }
  bool answered() const { return request_ == nullptr; }

  // Each of these answers; the request is over then.
  void error(int errno_value) { fuse_reply_err(take(), errno_value); }
  void error(const Error& error) { this->error(error.errno_value()); }
  void done() { error(0); }
  void nothing() { fuse_reply_none(take()); }
  void entry(const client::Attr& attr);
  void attr(const client::Attr& attr);
  void bytes(std::string_view bytes);
  void written(size_t count);
  // getxattr's and listxattr's answer: the length if `size` is 0, the bytes if they fit.
  void xattr(std::string_view value, size_t size);
  // Takes the request away, for a reply function that is not among these.
  fuse_req_t take() { return std::exchange(request_, nullptr); }

 private:
  fuse_req_t request_;
};

// Completions that answer with nothing but what the call gave.
client::Done<void> answer_status(Request request);
client::Done<client::Attr> answer_entry(Request request);
client::Done<client::Attr> answer_attr(Request request);

}  // namespace sheen::fuse
