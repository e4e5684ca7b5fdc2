// SPDX-License-Identifier: Apache-2.0
#include "oss/ops/object_op.h"

namespace sheen::oss {

std::unique_ptr<wire::ObjectAttrT> to_attr(const ObjectState& state) {
  auto attr = std::make_unique<wire::ObjectAttrT>();
  if (!state) return attr;
  attr->exists = true;
  attr->size = state->size;
  attr->blocks = state->blocks;
  attr->mtime = state->mtime;
  attr->ctime = state->ctime;
  return attr;
}

namespace detail {

Result<ObjectId> object_of(const wire::ObjectKey* key) {
  if (key == nullptr || key->fid() == 0) return Error(Errc::kBadRequest, "no object is named");
  return wire::from_key(*key);
}

}  // namespace detail
}  // namespace sheen::oss
