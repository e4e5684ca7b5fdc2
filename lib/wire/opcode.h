// SPDX-License-Identifier: Apache-2.0
#pragma once

// Every operation of the protocol (docs/protocol.md). Values are only ever appended.
//
//   SHEEN_OPCODES(X): X(name, value, request table, reply table)
//
// The list is a macro because three things are made from it: the enum, the names for people, and
// the table that binds a request type to its opcode (codec.h).

#include <cstdint>
#include <string_view>

namespace sheen::wire {

// clang-format off
#define SHEEN_OPCODES(X)                                                        \
  /* every target */                                                            \
  X(Connect,          1, ConnectRequest,         ConnectReply)                  \
  X(Disconnect,       2, DisconnectRequest,      DisconnectReply)               \
  X(Ping,             3, PingRequest,            PingReply)                     \
  X(Recovered,        4, RecoveredRequest,       RecoveredReply)                \
  X(Sync,             5, SyncRequest,            SyncReply)                     \
  X(Statfs,           6, StatfsRequest,          StatfsReply)                   \
  X(TargetStatus,     7, TargetStatusRequest,    TargetStatusReply)             \
  /* MDT */                                                                     \
  X(Lookup,         100, LookupRequest,          LookupReply)                   \
  X(GetAttr,        101, GetAttrRequest,         GetAttrReply)                  \
  X(SetAttr,        102, SetAttrRequest,         SetAttrReply)                  \
  X(Create,         103, CreateRequest,          CreateReply)                   \
  X(Mknod,          104, MknodRequest,           EntryReply)                    \
  X(Mkdir,          105, MkdirRequest,           EntryReply)                    \
  X(Symlink,        106, SymlinkRequest,         EntryReply)                    \
  X(Readlink,       107, ReadlinkRequest,        ReadlinkReply)                 \
  X(Link,           108, LinkRequest,            EntryReply)                    \
  X(Unlink,         109, UnlinkRequest,          UnlinkReply)                   \
  X(Rmdir,          110, RmdirRequest,           UnlinkReply)                   \
  X(Rename,         111, RenameRequest,          RenameReply)                   \
  X(ReadDir,        112, ReadDirRequest,         ReadDirReply)                  \
  X(Open,           113, OpenRequest,            OpenReply)                     \
  X(Close,          114, CloseRequest,           CloseReply)                    \
  X(ReportSize,     115, ReportSizeRequest,      ReportSizeReply)               \
  X(GetXattr,       116, GetXattrRequest,        GetXattrReply)                 \
  X(SetXattr,       117, SetXattrRequest,        XattrReply)                    \
  X(ListXattr,      118, ListXattrRequest,       ListXattrReply)                \
  X(RemoveXattr,    119, RemoveXattrRequest,     XattrReply)                    \
  X(KillPriv,       120, KillPrivRequest,        KillPrivReply)                 \
  X(GetLock,        121, GetLockRequest,         GetLockReply)                  \
  X(SetLock,        122, SetLockRequest,         SetLockReply)                  \
  X(CancelLock,     123, CancelLockRequest,      CancelLockReply)               \
  X(ReleaseLocks,   124, ReleaseLocksRequest,    ReleaseLocksReply)             \
  X(Restate,        125, RestateRequest,         RestateReply)                  \
  X(SetLayout,      126, SetLayoutRequest,       SetLayoutReply)                \
  X(GetLayout,      127, GetLayoutRequest,       GetLayoutReply)                \
  /* OST */                                                                     \
  X(Read,           200, ReadRequest,            ReadReply)                     \
  X(Write,          201, WriteRequest,           WriteReply)                    \
  X(Truncate,       202, TruncateRequest,        TruncateReply)                 \
  X(Allocate,       203, AllocateRequest,        AllocateReply)                 \
  X(Seek,           204, SeekRequest,            SeekReply)                     \
  X(Glimpse,        205, GlimpseRequest,         GlimpseReply)                  \
  X(SetTimes,       206, SetTimesRequest,        SetTimesReply)                 \
  X(ObjectSync,     207, ObjectSyncRequest,      ObjectSyncReply)               \
  X(Destroy,        208, DestroyRequest,         DestroyReply)                  \
  /* MGS */                                                                     \
  X(GetConfig,      300, GetConfigRequest,       GetConfigReply)                \
  X(Register,       301, RegisterRequest,        RegisterReply)                 \
  X(AllocSequences, 302, AllocSequencesRequest,  AllocSequencesReply)           \
  X(ParamSet,       303, ParamSetRequest,        ParamSetReply)                 \
  X(ListFilesystems,304, ListFilesystemsRequest, ListFilesystemsReply)          \
  X(ReportEvent,    305, ReportEventRequest,     ReportEventReply)              \
  X(ListEvents,     306, ListEventsRequest,      ListEventsReply)
// clang-format on

enum class Opcode : uint16_t {
#define SHEEN_OPCODE_ENUM(name, value, request, reply) k##name = value,
  SHEEN_OPCODES(SHEEN_OPCODE_ENUM)
#undef SHEEN_OPCODE_ENUM
  // Server to client, not answered.
  kConfigChangedNotice = 400,
  kMovingNotice = 401,    // every target: it ends in order, and will be served again
  kNodeDownNotice = 402,  // MGS
};

std::string_view opcode_name(Opcode opcode);  // "Lookup"; "?" if unknown

enum class PeerRole : uint8_t { kClient = 1, kMdt = 2, kOst = 3, kAdmin = 4 };

// ClusterEvent.kind: Pacemaker's kinds of alerts.
enum class ClusterEventKind : uint8_t { kFencing = 1, kNode = 2, kResource = 3 };

// SetAttrRequest.valid
enum SetAttrValid : uint32_t {
  kSetMode = 1U << 0,
  kSetUid = 1U << 1,
  kSetGid = 1U << 2,
  kSetSize = 1U << 3,
  kSetAtime = 1U << 4,
  kSetMtime = 1U << 5,
  kSetAtimeNow = 1U << 6,  // with kSetAtime: the time is `now`, which a mere writer may set
  kSetMtimeNow = 1U << 7,
  kSetKillSuidgid = 1U << 8,   // truncation or chown by somebody without CAP_FSETID
  kSetAtimeRelaxed = 1U << 9,  // from a read: relatime's rule applies, no permission needed
};

}  // namespace sheen::wire
