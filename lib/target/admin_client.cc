// SPDX-License-Identifier: Apache-2.0
#include "lib/target/admin_client.h"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/target/admin_messages.h"

namespace sheen::target {

namespace {

using Connection = std::unique_ptr<qb_ipcc_connection_t, void (*)(qb_ipcc_connection_t*)>;

// The plain qb_ipcc_connect() waits without limit for the handshake, which a process that hangs
// never answers: its kernel accepts the connection all the same.
Result<Connection> connect(const std::string& label, int timeout_ms) {
  int fd = -1;
  Connection connection(
      qb_ipcc_connect_async(admin_socket_name(label).c_str(), kAdminBufferBytes, &fd),
      qb_ipcc_disconnect);
  int error = connection == nullptr ? errno : 0;
  if (connection != nullptr) {
    pollfd readable{fd, POLLIN, 0};
    if (poll(&readable, 1, timeout_ms) <= 0) {
      connection.reset();
      close(fd);  // which an unfinished connection does not
      return Error(Errc::kTimedOut, label + " did not answer on its admin socket");
    }
    error = std::abs(qb_ipcc_connect_continue(connection.get()));
    if (error != 0) (void)connection.release();  // which it has freed
  }
  if (error == EACCES) return Error(Errc::kAccess, "admin socket of " + label);
  if (error != 0) return Error(Errc::kNotConnected, label + " does not run on this host");
  return connection;
}

}  // namespace

Result<std::string> ask_admin(const std::string& label, const std::string& command,
                              int timeout_ms) {
  if (command.size() > kAdminTextMax) return Error(Errc::kTooBig, "admin command");
  SHEEN_ASSIGN(const Connection connection, connect(label, timeout_ms));
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
