// SPDX-License-Identifier: Apache-2.0
#pragma once

// Client: the file system without FUSE. It keeps one import per target of the file system, the open
// files and the locks of this mount, and turns POSIX calls into requests to MDTs and OSTs.
// Used by client-fuse, the command line, tests and benchmarks.
//
// One thread owns a client and steps it; nothing blocks. Every call is asynchronous: its Done is
// called when it is finished, however long that takes. A server that is away is waited for and
// never turns into an error; what reaches a Done is the file system's answer.
// Calls copy what they need of their arguments before they return.
//
// Nothing is cached between calls that another mount could change (docs/architecture.md,
// Coherence).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/random.h"
#include "lib/client/types.h"
#include "lib/net/transport.h"
#include "lib/rpc/cluster_map.h"

namespace sheen::client {

class Core;

struct ClientOptions {
  std::string fsname;
  std::vector<net::Address> mgs;  // rpc::mgs_addresses() makes them from node names
  std::string client_name;        // "host:/mnt", for people
  Uuid uuid;                      // born at mount; nil: one is made
  wire::PeerRole role = wire::PeerRole::kClient;
  // start() fails if the MGS was not reached by then; 0: it goes on trying.
  int64_t mount_timeout_ns = 0;
  // stop() gives up on targets that are away after this long.
  int64_t stop_timeout_ns = 5 * kSecond;
  // statfs leaves out targets that do not answer in this time.
  int64_t statfs_timeout_ns = 1 * kSecond;
  // Bytes of writes that are on the way to one OST; more wait here. 0: the parameter
  // client.write_window of the file system says.
  uint64_t write_window_bytes = 0;
  bool bulk_crc = false;
  bool no_atime = false;  // reading files and links leaves their atime alone
  bool no_directory_atime = false;
};

class Client {
 public:
  Client(net::Transport& transport, const Clock& clock, Random& random, ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Finished when the configuration is known. kNotConfigured: the MGS knows no such file system.
  void start(Done<void> done);
  // Waits for everything to be durable, ends the sessions. No calls are made after this one.
  void stop(Done<void> done);
  // True if anything happened. To be called when the transport is readable and at next_wakeup().
  bool step();
  MonotonicNs next_wakeup() const;

  // --- names
  void lookup(const Caller& caller, Fid parent, std::string_view name, Done<Attr> done);
  void mknod(const Caller& caller, Fid parent, std::string_view name, uint32_t mode, uint32_t rdev,
             Done<Attr> done);
  void mkdir(const Caller& caller, Fid parent, std::string_view name, uint32_t mode,
             Done<Attr> done);
  void symlink(const Caller& caller, Fid parent, std::string_view name, std::string_view target,
               Done<Attr> done);
  void readlink(Fid fid, Done<std::string> done);
  void link(const Caller& caller, Fid fid, Fid parent, std::string_view name, Done<Attr> done);
  void unlink(const Caller& caller, Fid parent, std::string_view name, Done<void> done);
  void rmdir(const Caller& caller, Fid parent, std::string_view name, Done<void> done);
  // flags: RENAME_NOREPLACE, RENAME_EXCHANGE.
  void rename(const Caller& caller, Fid old_parent, std::string_view old_name, Fid new_parent,
              std::string_view new_name, uint32_t flags, Done<void> done);
  // Entries behind `cookie` (0: from the start), about as many as fit into bytes_max.
  void readdir(const Caller& caller, Fid directory, uint64_t cookie, uint32_t bytes_max,
               bool with_attr, Done<DirPage> done);

  // --- attributes
  void getattr(Fid fid, Done<Attr> done);
  // handle: an open file through which it is done (ftruncate), or 0.
  void setattr(const Caller& caller, Fid fid, const SetAttr& change, Handle handle,
               Done<Attr> done);
  void getxattr(const Caller& caller, Fid fid, std::string_view name, Done<std::string> done);
  // flags: XATTR_CREATE, XATTR_REPLACE.
  void setxattr(const Caller& caller, Fid fid, std::string_view name, std::string_view value,
                uint32_t flags, bool clear_sgid, Done<void> done);
  void listxattr(const Caller& caller, Fid fid, Done<std::string> done);
  void removexattr(const Caller& caller, Fid fid, std::string_view name, Done<void> done);

  // --- open files. flags as open(2); O_TRUNC is honoured by open and create. The Attr that open
  // hands out is the MDT's and not resolved (it costs a request that open(2) has no use for).
  void create(const Caller& caller, Fid parent, std::string_view name, uint32_t mode, int flags,
              Done<Opened> done);
  void open(const Caller& caller, Fid fid, int flags, Done<Opened> done);
  void read(Handle handle, uint64_t offset, uint64_t length, Done<ReadResult> done);
  // Bytes written: fewer than given only if some could not be.
  void write(Handle handle, uint64_t offset, Buffer data, const WriteOptions& options,
             Done<size_t> done);
  // close(2) on one of a file's descriptors: drops the fcntl locks of `owner`.
  void flush(Handle handle, uint64_t owner, Done<void> done);
  void fsync(Handle handle, bool data_only, Done<void> done);
  void fsync_directory(Fid directory, Done<void> done);
  // The last close: the handle is gone at once, or when the changes that its caller has abandoned
  // are answered. flock_owner: whose flock goes with it.
  void release(Handle handle, std::optional<uint64_t> flock_owner, Done<void> done);
  // mode as fallocate(2).
  void fallocate(Handle handle, int mode, uint64_t offset, uint64_t length, bool kill_setid,
                 Done<void> done);
  // SEEK_DATA or SEEK_HOLE.
  void seek(Handle handle, uint64_t offset, bool data, Done<uint64_t> done);
  void copy_file_range(Handle in, uint64_t offset_in, Handle out, uint64_t offset_out,
                       uint64_t length, bool kill_setid, Done<uint64_t> done);

  // --- locks
  // type F_UNLCK in the answer: nothing is in the way.
  void getlk(Fid fid, const FileLock& lock, Done<FileLock> done);
  // kAgain: taken by somebody else (without wait). With wait, kInterrupted after cancel_lock().
  LockWait setlk(Handle handle, const FileLock& lock, bool wait, Done<void> done);
  void cancel_lock(LockWait wait);
  void release_locks(Fid fid, uint64_t owner, bool flock, Done<void> done);

  // --- the whole file system
  void statfs(Done<FsStat> done);
  void sync_all(Done<void> done);
  void getstripe(const Caller& caller, Fid fid, Done<StripeInfo> done);
  // No hint: a directory's default is deleted.
  void setstripe(const Caller& caller, Fid fid, std::optional<LayoutHint> hint,
                 Done<StripeInfo> done);

  // --- what is known here
  const Uuid& uuid() const;
  const rpc::ClusterMap& map() const;
  std::vector<ImportStatus> imports() const;
  size_t open_files() const;
  // False: the file is gone for this handle (its session was lost); calls on it fail with kIo.
  bool alive(Handle handle) const;

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace sheen::client
