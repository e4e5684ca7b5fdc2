// SPDX-License-Identifier: Apache-2.0
// Destroy: from an MDT, objects of files that are gone. Absent ones are fine, because a request
// whose answer was lost comes again.
#include <vector>

#include "oss/ops/ops.h"

namespace sheen::oss::ops {

void destroy(void* role, target::Session&, target::CallPtr call) {
  const auto request = wire::decode<wire::DestroyRequest>(call->request().body);
  if (!request) return call->answer(request.error());
  std::vector<ObjectId> objects;
  if (const auto* keys = (*request)->objects()) {
    objects.reserve(keys->size());
    for (const wire::ObjectKey* key : *keys) {
      const auto object = detail::object_of(key);
      if (!object) return call->answer(object.error());
      objects.push_back(*object);
    }
  }
  static_cast<Ost*>(role)->destroyer().destroy(std::move(objects), std::move(call));
}

}  // namespace sheen::oss::ops
