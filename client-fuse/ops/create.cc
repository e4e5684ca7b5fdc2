// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include <cerrno>

#include <sys/stat.h>

#include "client-fuse/attr_out.h"
#include "client-fuse/caller.h"
#include "client-fuse/open_reply.h"
#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void create(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode,
            fuse_file_info* info) {
  Request request(req);
  request.client().create(caller_of(req), Fid{parent}, name, mode, info->flags,
                          [request = std::move(request)](Result<client::Opened> opened) mutable {
                            if (!opened) return request.error(opened.error());
                            client::Client& client = request.client();
                            if (!S_ISREG(opened->attr.mode)) {
                              // Somebody else put something there since the kernel looked. ESTALE
                              // makes it look again.
                              discard(client, opened->handle);
                              return request.error(ESTALE);
                            }
                            Session& session = request.session();
                            if (session.reply_create(request.take(), to_entry(opened->attr),
                                                     open_info(opened->handle)) != 0)
                              discard(client, opened->handle);
                          });
}

}  // namespace sheen::fuse::ops
