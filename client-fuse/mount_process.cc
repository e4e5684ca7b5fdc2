// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/mount_process.h"

#include <array>
#include <optional>

#include <fmt/format.h>
#include <netdb.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client-fuse/ops/operations.h"
#include "lib/base/log.h"
#include "lib/rpc/cluster_map.h"

namespace sheen::fuse {
namespace {

constexpr uint16_t kRootMdt = 0;
constexpr int kInitTimeoutMs = 10'000;
// Beyond the client's own limit for targets that are away.
constexpr int64_t kStopLimitNs = 30 * kSecond;

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

client::ClientOptions client_options(const MountOptions& options, const client::MountSpec& spec,
                                     const std::string& mountpoint) {
  client::ClientOptions out;
  out.fsname = spec.fsname;
  out.mgs = rpc::mgs_addresses(spec.mgs_nodes());
  out.client_name = host_name() + ":" + mountpoint;
  out.mount_timeout_ns = int64_t{options.retry_seconds} * kSecond;
  out.bulk_crc = options.checksum;
  out.no_atime = (options.mount_flags & (MS_NOATIME | MS_RDONLY)) != 0;
  out.no_directory_atime = out.no_atime || (options.mount_flags & MS_NODIRATIME) != 0;
  return out;
}

// Complains if none of the MGS's nodes has an address.
Status check_host_names(const client::MountSpec& spec) {
  Status unresolved;
  for (const client::MgsNode& node : spec.nodes) {
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(node.host.c_str(), nullptr, nullptr, &found);
    if (error == 0) {
      ::freeaddrinfo(found);
      return ok();
    }
    unresolved = Error(Errc::kNotConnected, fmt::format("host name '{}' cannot be resolved ({})",
                                                        node.host, ::gai_strerror(error)));
  }
  return unresolved;
}

}  // namespace

MountProcess::MountProcess(const MountOptions& options, const client::MountSpec& spec,
                           std::string mountpoint, int signal_fd, int parent_fd)
    : options_(options),
      spec_(spec),
      mountpoint_(std::move(mountpoint)),
      parent_fd_(parent_fd),
      transport_(net::ZmqContext::process()),
      client_(std::make_unique<client::Client>(transport_, clock_, random_,
                                               client_options(options, spec, mountpoint_))),
      fs_(std::make_unique<Filesystem>(Filesystem{.client = *client_})),
      reactor_(std::make_unique<Reactor>(transport_, clock_, *client_, signal_fd)) {
  transport_.set_spin_ns(int64_t{options.spin_us} * kMicrosecond);
}

// Calls outstanding answer their requests as the client goes, which needs session and file system.
MountProcess::~MountProcess() {
  notify_.reset();
  client_.reset();
  // Closed before the mount is taken away: the kernel would want dirty pages written first.
  session_.reset();
}

Status MountProcess::find_root() {
  const MonotonicNs deadline = clock_.monotonic() + int64_t{options_.retry_seconds} * kSecond;
  // Shared, because a completion may come later than we wait for it.
  auto started = std::make_shared<std::optional<Status>>();
  client_->start([started](Result<void> result) { *started = std::move(result); });
  SHEEN_TRY(reactor_->drive([&] { return started->has_value(); }, deadline + kSecond, parent_fd_));
  if (Status s = std::move(**started); !s) {
    // Retried until now: the name server may be coming up, too.
    if (s.code() == Errc::kNotConnected) SHEEN_TRY(check_host_names(spec_));
    return s;
  }

  // A file system that is just coming up: the MGS tells us when the root's MDT registers.
  const auto registered = [&] {
    return client_->map().find(TargetKind::kMdt, kRootMdt) != nullptr;
  };
  if (Status s = reactor_->drive(registered, deadline, parent_fd_); !s) {
    if (s.code() != Errc::kTimedOut) return s;
    return Error(Errc::kNotConfigured, fmt::format("{}-MDT0000 did not register within {} s",
                                                   spec_.fsname, options_.retry_seconds));
  }

  auto root = std::make_shared<std::optional<Result<client::Attr>>>();
  client_->getattr(kRootFid, [root](Result<client::Attr> result) { *root = std::move(result); });
  if (Status s = reactor_->drive([&] { return root->has_value(); }, deadline, parent_fd_); !s) {
    if (s.code() != Errc::kTimedOut) return s;
    return Error(Errc::kTimedOut, fmt::format("no answer from {}-MDT0000 within {} s", spec_.fsname,
                                              options_.retry_seconds));
  }
  const Result<client::Attr>& found = **root;
  if (!found) return Error(found.error()).with("root directory");
  if (!S_ISDIR(found->mode)) return Error(Errc::kCorrupt, "the root is not a directory");
  return ok();
}

Status MountProcess::mount() {
  SHEEN_TRY(find_root());
  SHEEN_ASSIGN(session_, Session::create(operations(), fs_.get(), fs_->counters));
  SHEEN_ASSIGN(mount_, KernelMount::mount({.source = options_.spec,
                                           .mountpoint = mountpoint_,
                                           .flags = options_.mount_flags,
                                           .security_context = options_.security_context}));
  SHEEN_TRY(session_->attach(mount_->release_fd()));
  SHEEN_TRY(session_->negotiate(kInitTimeoutMs));
  if (Status s = mount_->set_read_ahead(options_.read_ahead_kb); !s)
    SHEEN_WARN("cannot set the kernel's readahead, reading of mapped files will be slow: {}",
               s.error().message());
  notify_ = std::make_unique<NotifyThread>(*session_, *mount_);
  fs_->notify = notify_.get();
  return ok();
}

void MountProcess::abandon() {
  notify_.reset();
  session_.reset();  // before the mount, as in the destructor
  mount_.reset();
  disconnect();
}

void MountProcess::serve() {
  SHEEN_NOTICE("{} is mounted on {}, client {}", options_.spec, mountpoint_,
               client_->uuid().to_string());
  reactor_->serve(*fs_, *session_, *mount_, *notify_);
  disconnect();
  SHEEN_NOTICE("{} is unmounted from {}", options_.spec, mountpoint_);
}

void MountProcess::disconnect() {
  auto stopped = std::make_shared<bool>(false);
  client_->stop([stopped](Result<void> result) {
    *stopped = true;
    if (!result) SHEEN_WARN("not everything was finished: {}", result.error().message());
  });
  if (Status s = reactor_->drive([&] { return *stopped; }, clock_.monotonic() + kStopLimitNs); !s)
    SHEEN_WARN("ending without the servers' last answers: {}", s.error().message());
}

}  // namespace sheen::fuse
