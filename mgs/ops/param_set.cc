// SPDX-License-Identifier: Apache-2.0
// ParamSet: sets or unsets a parameter of one file system. Values are checked here, against the
// same table that servers and clients take their defaults from. Setting what is set already changes
// nothing, not even the version.
#include <fmt/format.h>

#include "lib/rpc/params.h"
#include "mgs/ops/ops.h"

namespace sheen::mgs::ops {

Result<wire::ParamSetReplyT> param_set(Mgs& mgs, const OpContext&,
                                       const wire::ParamSetRequest& request) {
  const std::string fsname(wire::text(request.fsname()));
  const std::string_view name = wire::text(request.name());
  ConfigStore& store = mgs.store();
  wire::ParamSetReplyT reply;
  SHEEN_ASSIGN(const FilesystemRow row, store.require(fsname));
  reply.version = row.version;
  SHEEN_ASSIGN(const auto current, store.params().find(fsname, name));

  if (request.unset()) {
    // Also one that this release does not know: how else could it be got rid of?
    if (!current && rpc::find_param(name) == nullptr)
      return Error(Errc::kUnknownParam, fmt::format("'{}'", name));
    if (!current) return reply;
    SHEEN_TRY(store.params().remove(fsname, name));
  } else {
    const rpc::ParamInfo* info = rpc::find_param(name);
    if (info == nullptr) return Error(Errc::kUnknownParam, fmt::format("'{}'", name));
    SHEEN_ASSIGN(const int64_t value, rpc::parse_param(*info, wire::text(request.value())));
    const std::string text = rpc::format_param(*info, value);
    if (current == text) return reply;
    SHEEN_TRY(store.params().put(fsname, name, text));
  }
  SHEEN_ASSIGN(reply.version, store.touch(fsname));
  mgs.mark_changed(fsname);
  return reply;
}

}  // namespace sheen::mgs::ops
