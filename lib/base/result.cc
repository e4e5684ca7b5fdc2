// SPDX-License-Identifier: Apache-2.0
#include "lib/base/result.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>

namespace sheen {
namespace {

constexpr std::array kTable = {
    ErrcInfo{Errc::kOk, "ok", "success", 0, false, false},
    ErrcInfo{Errc::kPermission, "permission", "operation not permitted", EPERM, false, false},
    ErrcInfo{Errc::kNotFound, "not_found", "no such file, directory or object", ENOENT, false,
             false},
    ErrcInfo{Errc::kInterrupted, "interrupted", "interrupted by a signal", EINTR, false, false},
    ErrcInfo{Errc::kIo, "io", "input/output error", EIO, false, false},
    ErrcInfo{Errc::kNoDevice, "no_device", "no such device or address", ENXIO, false, false},
    ErrcInfo{Errc::kTooBig, "too_big", "argument is too big", E2BIG, false, false},
    ErrcInfo{Errc::kBadHandle, "bad_handle", "bad file handle", EBADF, false, false},
    ErrcInfo{Errc::kAgain, "again", "would block", EAGAIN, true, false},
    ErrcInfo{Errc::kNoMemory, "no_memory", "out of memory", ENOMEM, true, false},
    ErrcInfo{Errc::kAccess, "access", "permission denied", EACCES, false, false},
    ErrcInfo{Errc::kBusy, "busy", "in use", EBUSY, false, false},
    ErrcInfo{Errc::kExists, "exists", "exists already", EEXIST, false, false},
    ErrcInfo{Errc::kCrossDevice, "cross_device", "not on the same file system", EXDEV, false,
             false},
    ErrcInfo{Errc::kNotDirectory, "not_directory", "not a directory", ENOTDIR, false, false},
    ErrcInfo{Errc::kIsDirectory, "is_directory", "is a directory", EISDIR, false, false},
    ErrcInfo{Errc::kInvalid, "invalid", "invalid argument", EINVAL, false, false},
    ErrcInfo{Errc::kTextBusy, "text_busy", "text file busy", ETXTBSY, false, false},
    ErrcInfo{Errc::kFileTooBig, "file_too_big", "file too large", EFBIG, false, false},
    ErrcInfo{Errc::kNoSpace, "no_space", "no space left", ENOSPC, false, false},
    ErrcInfo{Errc::kReadOnly, "read_only", "read-only", EROFS, false, false},
    ErrcInfo{Errc::kTooManyLinks, "too_many_links", "too many links", EMLINK, false, false},
    ErrcInfo{Errc::kRange, "range", "result does not fit", ERANGE, false, false},
    ErrcInfo{Errc::kDeadlock, "deadlock", "waiting would deadlock", EDEADLK, false, false},
    ErrcInfo{Errc::kNameTooLong, "name_too_long", "name is too long", ENAMETOOLONG, false, false},
    ErrcInfo{Errc::kNoLocks, "no_locks", "no locks available", ENOLCK, false, false},
    ErrcInfo{Errc::kNotSupportedCall, "no_such_call", "call not implemented", ENOSYS, false, false},
    ErrcInfo{Errc::kNotEmpty, "not_empty", "directory not empty", ENOTEMPTY, false, false},
    ErrcInfo{Errc::kLoop, "loop", "too many symbolic links", ELOOP, false, false},
    ErrcInfo{Errc::kNoData, "no_data", "no such attribute", ENODATA, false, false},
    ErrcInfo{Errc::kOverflow, "overflow", "value too large", EOVERFLOW, false, false},
    ErrcInfo{Errc::kNotSupported, "not_supported", "not supported", EOPNOTSUPP, false, false},
    ErrcInfo{Errc::kTimedOut, "timed_out", "no answer in time", ETIMEDOUT, true, false},
    ErrcInfo{Errc::kStale, "stale", "the file is gone", ESTALE, false, false},
    ErrcInfo{Errc::kQuota, "quota", "quota exceeded", EDQUOT, false, false},
    ErrcInfo{Errc::kCorrupt, "corrupt", "stored or received data is damaged", EIO, false, false},
    ErrcInfo{Errc::kBadVersion, "bad_version", "the peer speaks another protocol version", EPROTO,
             false, false},
    ErrcInfo{Errc::kBadRequest, "bad_request", "the request is malformed", EPROTO, false, false},
    ErrcInfo{Errc::kWrongTarget, "wrong_target", "another target is served at this address", EIO,
             true, true},
    ErrcInfo{Errc::kWrongEpoch, "wrong_epoch", "the target was restarted since", EIO, true, true},
    ErrcInfo{Errc::kNoSession, "no_session", "the server does not know this client", EIO, true,
             true},
    ErrcInfo{Errc::kEvicted, "evicted", "the server ended this client's session", EIO, false, true},
    ErrcInfo{Errc::kNotConnected, "not_connected", "no server could be reached", ENOTCONN, true,
             true},
    ErrcInfo{Errc::kRecovering, "recovering", "the target is recovering", EAGAIN, true, false},
    ErrcInfo{Errc::kShuttingDown, "shutting_down", "shutting down", ESHUTDOWN, true, true},
    ErrcInfo{Errc::kDuplicate, "duplicate", "taken by another", EEXIST, false, false},
    ErrcInfo{Errc::kNotConfigured, "not_configured", "the MGS does not know it", ENODEV, true,
             false},
    ErrcInfo{Errc::kLocked, "locked", "in use by another process", EBUSY, false, false},
    ErrcInfo{Errc::kFaultInjected, "fault_injected", "an armed fault point failed it", EIO, false,
             false},
    ErrcInfo{Errc::kUnknownParam, "unknown_param", "no such parameter", EINVAL, false, false},
};

constexpr bool sorted_and_unique() {
  for (size_t i = 1; i < kTable.size(); ++i)
    if (kTable[i - 1].code >= kTable[i].code) return false;
  return true;
}
static_assert(sorted_and_unique(), "one row per code, in the order of the codes");

const ErrcInfo* find_row(Errc code) {
  const auto* row = std::lower_bound(kTable.begin(), kTable.end(), code,
                                     [](const ErrcInfo& a, Errc b) { return a.code < b; });
  return row != kTable.end() && row->code == code ? row : nullptr;
}

}  // namespace

const ErrcInfo& errc_info(Errc code) {
  const ErrcInfo* row = find_row(code);
  return row != nullptr ? *row : *find_row(Errc::kIo);
}

int errno_of(Errc code) {
  if (const ErrcInfo* row = find_row(code)) return row->errno_value;
  const auto number = static_cast<uint32_t>(code);
  return number < 200 ? static_cast<int>(number) : EIO;
}

Errc errc_from_errno(int errno_value) {
  return errno_value > 0 && errno_value < 200 ? static_cast<Errc>(errno_value) : Errc::kIo;
}

std::string Error::message() const {
  const ErrcInfo& info = errc_info(code_);
  return detail_.empty() ? std::string(info.sentence)
                         : fmt::format("{}: {}", detail_, info.sentence);
}

Error Error::with(std::string_view prefix) && {
  detail_ = detail_.empty() ? std::string(prefix) : fmt::format("{}: {}", prefix, detail_);
  return std::move(*this);
}

Error errno_error(int errno_value, std::string what) {
  return {errc_from_errno(errno_value), std::move(what)};
}

}  // namespace sheen
