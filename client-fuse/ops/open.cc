// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/caller.h"
#include "client-fuse/open_reply.h"
#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void open(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info) {
  Request request(req);
  request.client().open(caller_of(req), Fid{ino}, info->flags,
                        [request = std::move(request)](Result<client::Opened> opened) mutable {
                          if (!opened) return request.error(opened.error());
                          client::Client& client = request.client();
                          Session& session = request.session();
                          if (session.reply_open(request.take(), open_info(opened->handle)) != 0)
                            discard(client, opened->handle);
                        });
}

}  // namespace sheen::fuse::ops
