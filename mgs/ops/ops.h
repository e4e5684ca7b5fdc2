// SPDX-License-Identifier: Apache-2.0
#pragma once

// The MGS's operations, each in the file of its name. Called by the lane through operations.cc, on
// the lane's thread; the changing ones inside a savepoint that an error rolls back.

#include "lib/target/operation.h"
#include "mgs/mgs.h"

namespace sheen::mgs::ops {

using target::OpContext;

Result<wire::GetConfigReplyT> get_config(Mgs& mgs, const OpContext& ctx,
                                         const wire::GetConfigRequest& request);
Result<wire::RegisterReplyT> register_target(Mgs& mgs, const OpContext& ctx,
                                             const wire::RegisterRequest& request);
Result<wire::AllocSequencesReplyT> alloc_sequences(Mgs& mgs, const OpContext& ctx,
                                                   const wire::AllocSequencesRequest& request);
Result<wire::ParamSetReplyT> param_set(Mgs& mgs, const OpContext& ctx,
                                       const wire::ParamSetRequest& request);
Result<wire::ListFilesystemsReplyT> list_filesystems(Mgs& mgs, const OpContext& ctx,
                                                     const wire::ListFilesystemsRequest& request);
Result<wire::ReportEventReplyT> report_event(Mgs& mgs, const OpContext& ctx,
                                             const wire::ReportEventRequest& request);
Result<wire::ListEventsReplyT> list_events(Mgs& mgs, const OpContext& ctx,
                                           const wire::ListEventsRequest& request);

}  // namespace sheen::mgs::ops
