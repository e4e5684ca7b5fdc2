// SPDX-License-Identifier: Apache-2.0
#include "cli/filesystem.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sheen::cli {
namespace {

std::string mgs_name(const MgsPlace& mgs) { return "MGS at " + mgs.to_string(); }

// In place of the usual advice, which sends people to the command that they may have given.
std::string mgs_advice(Errc code) {
  const bool silent = code == Errc::kNotConnected || code == Errc::kTimedOut;
  return silent ? "start it, or name another one with --mgs" : "";
}

template <class T>
Outcome<T> at_mgs(const MgsPlace& mgs, Result<T> result) {
  return at(mgs_name(mgs), std::move(result), mgs_advice(result.code()));
}

Outcome<std::string> only_fsname(AdminSession& session, const MgsPlace& mgs) {
  SHEEN_ASSIGN(const auto reply,
               at_mgs(mgs, session.call<wire::ListFilesystemsRequest>(mgs.target(), {})));
  std::vector<std::string> names;
  if (reply->fsnames() != nullptr)
    for (const auto* name : *reply->fsnames()) names.emplace_back(wire::text(name));
  if (names.size() == 1) return names.front();
  if (names.empty())
    return Complaint{kExitFailed, "no file system is known", mgs_name(mgs),
                     "format and start its targets first"};
  return usage(fmt::format("the MGS knows several file systems ({})", fmt::join(names, ", ")),
               "choose one with --fsname");
}

// Filled in by completions, which may run after the time was over: shared with them.
using Reports = std::vector<TargetReport>;

void ask(AdminSession& session, const rpc::TargetInfo& target, std::shared_ptr<Reports> reports,
         size_t index) {
  session.start<wire::TargetStatusRequest>(
      target, {}, [reports = std::move(reports), index](auto reply) {
        TargetReport& report = (*reports)[index];
        if (!reply) {
          report.down = plain_words(reply.error(), report.label);
          return;
        }
        report.status.emplace();
        (*reply)->UnPackTo(&*report.status);
        if (report.status->space == nullptr)
          report.status->space = std::make_unique<wire::StatfsReplyT>();
        report.down.clear();
      });
}

}  // namespace

Outcome<rpc::ClusterMap> fetch_map(AdminSession& session, const MgsPlace& mgs) {
  wire::GetConfigRequestT request;
  request.fsname = mgs.fsname;
  if (request.fsname.empty()) {
    SHEEN_ASSIGN(request.fsname, only_fsname(session, mgs));
  }
  SHEEN_ASSIGN(const auto reply,
               at_mgs(mgs, session.call<wire::GetConfigRequest>(mgs.target(), request)));
  if (reply->config() == nullptr)
    return Complaint{kExitFailed, "it answered without a configuration", mgs_name(mgs), {}};
  return at_mgs(mgs, rpc::ClusterMap::from(*reply->config()));
}

std::vector<TargetReport> ask_targets(AdminSession& session, const MgsPlace& mgs,
                                      const rpc::ClusterMap& map, int64_t timeout_ns) {
  auto reports = std::make_shared<Reports>();
  reports->reserve(map.targets.size() + 1);
  reports->push_back({"MGS", {}, 0, std::nullopt, "no answer"});
  for (const rpc::TargetState& target : map.targets)
    reports->push_back({target.info.label, target.host_name, target.info.epoch, std::nullopt,
                        target.info.control.empty() ? "never started" : "no answer"});
  ask(session, mgs.target(), reports, 0);
  for (size_t i = 0; i < map.targets.size(); ++i)
    if (!map.targets[i].info.control.empty()) ask(session, map.targets[i].info, reports, i + 1);
  session.wait(timeout_ns);
  Reports out = std::move(*reports);
  *reports = Reports(out.size());  // for completions that come too late
  if (out[0].status) {
    out[0].label = out[0].status->label;
    out[0].host_name = out[0].status->host_name;
    out[0].epoch = out[0].status->epoch;
  }
  return out;
}

}  // namespace sheen::cli
