// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/request.h"

#include <cerrno>

#include "client-fuse/attr_out.h"

namespace sheen::fuse {

void Request::entry(const client::Attr& attr) {
  const fuse_entry_param entry = to_entry(attr);
  fuse_reply_entry(take(), &entry);
}

void Request::attr(const client::Attr& attr) {
  const struct stat out = to_stat(attr);
  fuse_reply_attr(take(), &out, kAttrTimeout);
}

void Request::bytes(std::string_view bytes) { fuse_reply_buf(take(), bytes.data(), bytes.size()); }

void Request::written(size_t count) { fuse_reply_write(take(), count); }

void Request::xattr(std::string_view value, size_t size) {
  if (size == 0) {
    fuse_reply_xattr(take(), value.size());
  } else if (value.size() > size) {
    error(ERANGE);
  } else {
    bytes(value);
  }
}

client::Done<void> answer_status(Request request) {
  return [request = std::move(request)](Result<void> result) mutable {
    if (!result) return request.error(result.error());
    request.done();
  };
}

client::Done<client::Attr> answer_entry(Request request) {
  return [request = std::move(request)](Result<client::Attr> result) mutable {
    if (!result) return request.error(result.error());
    request.entry(*result);
  };
}

client::Done<client::Attr> answer_attr(Request request) {
  return [request = std::move(request)](Result<client::Attr> result) mutable {
    if (!result) return request.error(result.error());
    request.attr(*result);
  };
}

}  // namespace sheen::fuse
