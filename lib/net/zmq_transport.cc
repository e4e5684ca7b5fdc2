// SPDX-License-Identifier: Apache-2.0
#include "lib/net/zmq_transport.h"

#include <fstream>

#include <sys/stat.h>

#include <fmt/format.h>

#include "lib/net/zmq_link.h"
#include "lib/net/zmq_listener.h"
#include "lib/net/zmq_socket.h"

namespace sheen::net {
namespace {

// Abstract unix sockets belong to a network namespace, so the host alone does not tell.
std::string read_host_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot_id;
  std::getline(file, boot_id);
  struct stat network {};
  if (boot_id.empty() || stat("/proc/self/ns/net", &network) != 0) return {};
  return fmt::format("{}/{}", boot_id, network.st_ino);
}

}  // namespace

ZmqTransport::ZmqTransport(std::shared_ptr<ZmqContext> context, ZmqOptions options)
    : options_(options),
      wait_set_(std::make_shared<ZmqWaitSet>(std::move(context))),
      dropped_(std::make_shared<uint64_t>(0)) {}

ZmqTransport::~ZmqTransport() = default;

Result<std::unique_ptr<Link>> ZmqTransport::connect(const Address& address) {
  return ZmqLink::connect(wait_set_, options_, address, dropped_);
}

Result<std::unique_ptr<Listener>> ZmqTransport::listen(const std::vector<Address>& addresses) {
  return ZmqListener::listen(wait_set_, options_, addresses);
}

std::string ZmqTransport::host_id() const {
  static const std::string id = read_host_id();
  return id;
}

WaitResult ZmqTransport::wait(int64_t timeout_ns, std::span<const int> fds) {
  const ZmqWaitSet::Result result = wait_set_->wait(timeout_ns, fds);
  return {result.messages, result.fds};
}

void ZmqTransport::set_spin_ns(int64_t spin_ns) { wait_set_->set_spin_ns(spin_ns); }

}  // namespace sheen::net
