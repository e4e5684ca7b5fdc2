// SPDX-License-Identifier: Apache-2.0
#include "lib/target/admin_server.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

#include "lib/base/log.h"
#include "lib/target/admin_messages.h"

namespace sheen::target {
namespace {

// libqb calls back with C functions without a context for the poll handlers, so the loop that they
// work on is process-wide, as libqb's default loop is.
qb_loop_t* g_loop = nullptr;

int32_t job_add(enum qb_loop_priority priority, void* data, qb_loop_job_dispatch_fn dispatch) {
  return qb_loop_job_add(g_loop, priority, data, dispatch);
}
int32_t dispatch_add(enum qb_loop_priority priority, int32_t fd, int32_t events, void* data,
                     qb_ipcs_dispatch_fn_t dispatch) {
  return qb_loop_poll_add(g_loop, priority, fd, events, data, dispatch);
}
int32_t dispatch_mod(enum qb_loop_priority priority, int32_t fd, int32_t events, void* data,
                     qb_ipcs_dispatch_fn_t dispatch) {
  return qb_loop_poll_mod(g_loop, priority, fd, events, data, dispatch);
}
int32_t dispatch_del(int32_t fd) { return qb_loop_poll_del(g_loop, fd); }

// The socket is abstract, where file permissions do not apply.
int32_t accept_root_only(qb_ipcs_connection_t*, uid_t uid, gid_t) { return uid == 0 ? 0 : -EACCES; }

void send_response(qb_ipcs_connection_t* connection, Errc code, const std::string& text) {
  std::vector<char> memory(offsetof(AdminResponse, text) + std::min(text.size(), kAdminTextMax));
  auto* response = reinterpret_cast<AdminResponse*>(memory.data());
  response->header.id = kAdminMessageId;
  response->header.size = static_cast<int32_t>(memory.size());
  response->header.error = static_cast<int32_t>(code);
  response->version = kAdminVersion;
  response->text_bytes = static_cast<uint32_t>(memory.size() - offsetof(AdminResponse, text));
  std::memcpy(memory.data() + offsetof(AdminResponse, text), text.data(), response->text_bytes);
  if (qb_ipcs_response_send(connection, memory.data(), memory.size()) < 0)
    SHEEN_WARN("an admin tool went away before it was answered");
}

}  // namespace

struct AdminServer::Impl {
  qb_ipcs_service_t* service = nullptr;
  Handler handler;

  static int32_t on_message(qb_ipcs_connection_t* connection, void* data, size_t size) {
    auto* self = static_cast<Impl*>(qb_ipcs_connection_service_context_get(connection));
    const auto* request = static_cast<const AdminRequest*>(data);
    const size_t fixed = offsetof(AdminRequest, text);
    if (size < fixed || request->text_bytes > size - fixed || request->version != kAdminVersion) {
      send_response(connection, Errc::kBadRequest,
                    "the admin tool and this daemon are of different versions");
      return 0;
    }
    Result<std::string> answer = self->handler(std::string(request->text, request->text_bytes));
    if (answer)
      send_response(connection, Errc::kOk, *answer);
    else
      send_response(connection, answer.code(), answer.error().message());
    return 0;
  }
};

AdminServer::AdminServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<AdminServer>> AdminServer::open(qb_loop* loop, const std::string& label,
                                                       Handler handler) {
  g_loop = loop;
  auto impl = std::make_unique<Impl>();
  impl->handler = std::move(handler);
  qb_ipcs_service_handlers handlers{};
  handlers.connection_accept = accept_root_only;
  handlers.msg_process = Impl::on_message;
  impl->service = qb_ipcs_create(admin_socket_name(label).c_str(), 0, QB_IPC_SOCKET, &handlers);
  if (impl->service == nullptr) return errno_error(errno, "admin socket of " + label);
  qb_ipcs_enforce_buffer_size(impl->service, kAdminBufferBytes);
  qb_ipcs_service_context_set(impl->service, impl.get());
  qb_ipcs_poll_handlers poll{job_add, dispatch_add, dispatch_mod, dispatch_del};
  qb_ipcs_poll_handlers_set(impl->service, &poll);
  const int32_t error = qb_ipcs_run(impl->service);
  if (error == -EADDRINUSE)
    return Error(Errc::kLocked, "a target called " + label + " is served on this host already");
  if (error != 0) return errno_error(-error, "admin socket of " + label);
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(impl)));
}

AdminServer::~AdminServer() { qb_ipcs_destroy(impl_->service); }

}  // namespace sheen::target
