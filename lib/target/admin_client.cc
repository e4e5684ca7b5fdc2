// SPDX-License-Identifier: Apache-2.0
#include "lib/target/admin_client.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>

#include <sys/uio.h>

#include "lib/target/admin_messages.h"

namespace sheen::target {

Result<std::string> ask_admin(const std::string& label, const std::string& command, int timeout_ms) {
  if (command.size() > kAdminTextMax) return Error(Errc::kTooBig, "admin command");
  const std::unique_ptr<qb_ipcc_connection_t, void (*)(qb_ipcc_connection_t*)> connection(
      qb_ipcc_connect(admin_socket_name(label).c_str(), kAdminBufferBytes), qb_ipcc_disconnect);
  if (connection == nullptr) {
    if (errno == EACCES) return Error(Errc::kAccess, "admin socket of " + label);
    return Error(Errc::kNotConnected, label + " does not run on this host");
  }
  auto request = std::make_unique<AdminRequest>();
  const size_t size = offsetof(AdminRequest, text) + command.size();
  request->header.id = kAdminMessageId;
  request->header.size = static_cast<int32_t>(size);
  request->version = kAdminVersion;
  request->text_bytes = static_cast<uint32_t>(command.size());
  std::memcpy(request->text, command.data(), command.size());
  iovec part{request.get(), size};
  auto response = std::make_unique<AdminResponse>();
  const ssize_t got = qb_ipcc_sendv_recv(connection.get(), &part, 1, response.get(),
                                         sizeof(AdminResponse), timeout_ms);
  if (got == -ETIMEDOUT || got == -EAGAIN)
    return Error(Errc::kTimedOut, label + " did not answer on its admin socket");
  if (got < static_cast<ssize_t>(offsetof(AdminResponse, text)))
    return Error(Errc::kNotConnected, label + " closed its admin socket");
  const size_t text_max = static_cast<size_t>(got) - offsetof(AdminResponse, text);
  if (response->text_bytes > text_max) return Error(Errc::kBadRequest, "answer of " + label);
  std::string text(response->text, response->text_bytes);
  if (response->header.error != 0)
    return Error(static_cast<Errc>(response->header.error), std::move(text));
  return text;
}

}  // namespace sheen::target
