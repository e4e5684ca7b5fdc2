// SPDX-License-Identifier: Apache-2.0
#pragma once

// Errors are values. A Result<T> is either a T or an Error: a code from one table, one plain
// sentence that says what happened, and where useful what the reader can do about it.
//
// Who may use it: everything. No function of ours throws; foreign exceptions (zmq, toml++, CLI11)
// are turned into Errors where the library is called.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace sheen {

// 1..199 are Linux errno values and travel to applications unchanged. 1000.. are ours and never
// reach an application: the client resolves them or maps them through errno_of().
// Values are part of the protocol: only ever appended.
enum class Errc : uint32_t {
  kOk = 0,
  kPermission = 1,         // EPERM
  kNotFound = 2,           // ENOENT
  kInterrupted = 4,        // EINTR
  kIo = 5,                 // EIO
  kNoDevice = 6,           // ENXIO
  kTooBig = 7,             // E2BIG
  kBadHandle = 9,          // EBADF
  kAgain = 11,             // EAGAIN
  kNoMemory = 12,          // ENOMEM
  kAccess = 13,            // EACCES
  kBusy = 16,              // EBUSY
  kExists = 17,            // EEXIST
  kCrossDevice = 18,       // EXDEV
  kNotDirectory = 20,      // ENOTDIR
  kIsDirectory = 21,       // EISDIR
  kInvalid = 22,           // EINVAL
  kTextBusy = 26,          // ETXTBSY
  kFileTooBig = 27,        // EFBIG
  kNoSpace = 28,           // ENOSPC
  kReadOnly = 30,          // EROFS
  kTooManyLinks = 31,      // EMLINK
  kRange = 34,             // ERANGE
  kDeadlock = 35,          // EDEADLK
  kNameTooLong = 36,       // ENAMETOOLONG
  kNoLocks = 37,           // ENOLCK
  kNotSupportedCall = 38,  // ENOSYS
  kNotEmpty = 39,          // ENOTEMPTY
  kLoop = 40,              // ELOOP
  kNoData = 61,            // ENODATA
  kOverflow = 75,          // EOVERFLOW
  kNotSupported = 95,      // EOPNOTSUPP
  kTimedOut = 110,         // ETIMEDOUT
  kStale = 116,            // ESTALE
  kQuota = 122,            // EDQUOT

  kCorrupt = 1001,        // bytes from disk or network are not what they must be
  kBadVersion = 1002,     // the peer speaks a protocol major that we do not
  kBadRequest = 1003,     // unknown opcode, malformed body, wrong crc
  kWrongTarget = 1004,    // the request names another target than the one served here
  kWrongEpoch = 1005,     // the request was made for another life of this target: reconnect
  kNoSession = 1006,      // the client has no session here: connect first
  kEvicted = 1007,        // the session was ended by the server; handles and locks are gone
  kNotConnected = 1008,   // no server of the target could be reached (yet)
  kRecovering = 1009,     // the target waits for its clients after a restart: ask again
  kShuttingDown = 1010,   // the process is on its way out
  kDuplicate = 1011,      // a label, uuid or index is taken by another target
  kNotConfigured = 1012,  // the MGS knows no such file system or target
  kLocked = 1013,         // the target's directory is in use by another process
  kFaultInjected = 1014,  // an armed fault point said so
  kUnknownParam = 1015,   // no such parameter
};

struct ErrcInfo {
  Errc code;
  std::string_view name;      // for logs and --json
  std::string_view sentence;  // plain words, without a full stop
  int errno_value;            // what an application sees if nothing better is known
  bool retryable;             // the same request may succeed later, unchanged
  bool reconnect;             // the connection must be made anew first
};

// The table's row for a code; a code that is not in the table (from a newer peer) gets kIo's row.
const ErrcInfo& errc_info(Errc code);
int errno_of(Errc code);
// The code for an errno value; an errno that the table does not name is passed through as its
// number, which is valid because 1..199 are errno values.
Errc errc_from_errno(int errno_value);

class Error {
 public:
  Error(Errc code) : code_(code) {}  // NOLINT: implicit on purpose, `return Errc::kStale;`
  Error(Errc code, std::string detail) : code_(code), detail_(std::move(detail)) {}

  Errc code() const { return code_; }
  int errno_value() const { return errno_of(code_); }
  const std::string& detail() const { return detail_; }
  // "detail: sentence" as one line for a person.
  std::string message() const;
  // The same error with "prefix: " before its detail.
  Error with(std::string_view prefix) &&;

 private:
  Errc code_;
  std::string detail_;
};

// Derived, because tl::expected 1.0.0 itself is not [[nodiscard]].
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
  using Base = tl::expected<T, Error>;

 public:
  using Base::Base;
  Result(Error error) : Base(tl::unexpected<Error>(std::move(error))) {}  // NOLINT: implicit
  Result(Errc code) : Base(tl::unexpected<Error>(Error(code))) {}         // NOLINT: implicit
  Errc code() const { return this->has_value() ? Errc::kOk : this->error().code(); }
};

using Status = Result<void>;
inline Status ok() { return {}; }

// An Error for a failed system call: errno's code, "what" names the call and its object.
Error errno_error(int errno_value, std::string what);

}  // namespace sheen

#define SHEEN_CONCAT_(a, b) a##b
#define SHEEN_CONCAT(a, b) SHEEN_CONCAT_(a, b)

// Returns the error of `expr` from the calling function, if it is one.
#define SHEEN_TRY(expr)                                                 \
  do {                                                                  \
    if (auto sheen_try_ = (expr); !sheen_try_.has_value()) [[unlikely]] \
      return std::move(sheen_try_).error();                             \
  } while (0)

// SHEEN_ASSIGN(auto row, store.find(key)): the value, or return the error.
#define SHEEN_ASSIGN(decl, expr) SHEEN_ASSIGN_(decl, expr, SHEEN_CONCAT(sheen_result_, __LINE__))
#define SHEEN_ASSIGN_(decl, expr, tmp) \
  auto tmp = (expr);                   \
  if (!tmp.has_value()) [[unlikely]]   \
    return std::move(tmp).error();     \
  decl = std::move(*tmp)
