// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include <cerrno>
#include <cstring>

#include <sys/stat.h>

#include "client-fuse/caller.h"
#include "client-fuse/killable_request.h"
#include "client-fuse/virtual_xattr.h"

namespace sheen::fuse::ops {
namespace {

void get_virtual(Request request, Fid fid, VirtualXattr which, size_t size) {
  if (which == VirtualXattr::kFid) return request.xattr(fid.to_string(), size);
  const client::Caller caller = caller_of(request.get());
  request.client().getstripe(
      caller, fid,
      [request = std::move(request), which, size](Result<client::StripeInfo> info) mutable {
        if (!info) return request.error(info.error());
        const bool wants_directory = which == VirtualXattr::kDefaultLayout;
        if (wants_directory ? !S_ISDIR(info->attr.mode) : !S_ISREG(info->attr.mode))
          return request.error(ENODATA);
        request.xattr(wants_directory ? default_layout_json(*info)
                                      : layout_json(*info, request.client().map()),
                      size);
      });
}

// The kinds are told apart first: a hint means another thing on a directory than on a file.
void set_virtual(Request request, Fid fid, VirtualXattr which,
                 std::optional<client::LayoutHint> hint) {
  client::Client& client = request.client();
  client::Caller caller = caller_of(request.get());
  client.getattr(fid, [request = std::move(request), fid, which, hint,
                       caller = std::move(caller)](Result<client::Attr> attr) mutable {
    if (!attr) return request.error(attr.error());
    const bool directory = S_ISDIR(attr->mode);
    if (which == VirtualXattr::kDefaultLayout && !directory) return request.error(ENOTDIR);
    if (which == VirtualXattr::kLayout && !S_ISREG(attr->mode))
      return request.error(directory ? EISDIR : EINVAL);
    client::Client& client = request.client();
    client.setstripe(caller, fid, hint,
                     [request = std::move(request)](Result<client::StripeInfo> info) mutable {
                       if (!info) return request.error(info.error());
                       request.done();
                     });
  });
}

struct SetxattrArguments {
  std::string_view name;
  std::string_view value;
  uint32_t flags = 0;
  bool clear_sgid = false;
};

// From the raw request: libfuse 3.14 does not know the longer form that SETXATTR_EXT brings, and
// takes the name to be where it is not.
std::optional<SetxattrArguments> decode_setxattr(const Session& session) {
  std::span<const uint8_t> rest = session.raw_request().subspan(sizeof(uapi::InHeader));
  const bool extended = (session.raised() & uapi::kSetxattrExt) != 0;
  const size_t fixed = extended ? sizeof(uapi::SetxattrIn) : uapi::kSetxattrInCompatBytes;
  if (rest.size() < fixed) return std::nullopt;
  uapi::SetxattrIn in{};
  std::memcpy(&in, rest.data(), fixed);
  rest = rest.subspan(fixed);
  const auto* name = reinterpret_cast<const char*>(rest.data());
  const size_t name_size = strnlen(name, rest.size());
  if (name_size == rest.size() || in.size > rest.size() - name_size - 1) return std::nullopt;
  return SetxattrArguments{
      .name = {name, name_size},
      .value = {name + name_size + 1, in.size},
      .flags = in.flags,
      .clear_sgid = (in.setxattr_flags & uapi::kSetxattrAclKillSgid) != 0,
  };
}

}  // namespace

void setxattr(fuse_req_t req, fuse_ino_t ino, const char*, const char*, size_t, int) {
  Request request(req);
  const auto arguments = decode_setxattr(request.session());
  if (!arguments) return request.error(EIO);
  if (const auto which = virtual_xattr(arguments->name)) {
    if (*which == VirtualXattr::kFid) return request.error(EPERM);
    auto hint = parse_layout_hint(arguments->value);
    if (!hint) return request.error(hint.error());
    return set_virtual(std::move(request), Fid{ino}, *which, *hint);
  }
  request.client().setxattr(caller_of(req), Fid{ino}, arguments->name, arguments->value,
                            arguments->flags, arguments->clear_sgid,
                            answer_status(std::move(request)));
}

void getxattr(fuse_req_t req, fuse_ino_t ino, const char* name, size_t size) {
  Request request(req);
  if (const auto which = virtual_xattr(name))
    return get_virtual(std::move(request), Fid{ino}, *which, size);
  request.client().getxattr(
      caller_of(req), Fid{ino}, name,
      unless_killed<std::string>(std::move(request), [size](Request request, auto value) {
        if (!value) return request.error(value.error());
        request.xattr(*value, size);
      }));
}

void listxattr(fuse_req_t req, fuse_ino_t ino, size_t size) {
  Request request(req);
  request.client().listxattr(
      caller_of(req), Fid{ino},
      unless_killed<std::string>(std::move(request), [size](Request request, auto names) {
        if (!names) return request.error(names.error());
        request.xattr(*names, size);
      }));
}

void removexattr(fuse_req_t req, fuse_ino_t ino, const char* name) {
  Request request(req);
  if (const auto which = virtual_xattr(name)) {
    if (*which != VirtualXattr::kDefaultLayout) return request.error(EPERM);
    return set_virtual(std::move(request), Fid{ino}, *which, std::nullopt);
  }
  request.client().removexattr(caller_of(req), Fid{ino}, name, answer_status(std::move(request)));
}

}  // namespace sheen::fuse::ops
