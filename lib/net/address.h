// SPDX-License-Identifier: Apache-2.0
#pragma once

// Addresses as ZeroMQ writes them (zmq_tcp(7), zmq_ipc(7)), and their parts. Pure functions; any
// thread. An address may come from the network: one that is no address has empty parts.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sheen::net {

// "tcp://10.0.0.1:7990", "tcp://[::1]:7990" or "ipc://@sheen/…" (abstract unix socket).
using Address = std::string;

bool is_ipc(std::string_view address);
// Of a tcp address, brackets of IPv6 included; else empty.
std::string_view host_of(std::string_view address);
// Of a tcp address, 1 to 65535.
std::optional<uint16_t> port_of(std::string_view address);

// An IPv6 address gets its brackets, everything else stays as it is.
std::string in_brackets(std::string_view host);
// A node as people name it: "host", "host:port", "1.2.3.4:port", "::1", "[::1]", "[::1]:port".
// `usual_port` where none is given. An address with a scheme stays as it is.
Address tcp_address(std::string_view node, uint16_t usual_port);

}  // namespace sheen::net
