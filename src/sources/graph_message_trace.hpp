// Where the mail of the senders that matter goes: GET /admin/exchange/tracing/messageTraces, and
// Exchange's Get-MessageTraceV2 where the cloud has no such API (facts/exchange.md 2.5, 4.4).
#pragma once

#include "sources/live_source.hpp"

namespace smtpaudit {

// One query for each sender, because the service ignores `or` and keeps one value of a property.
// The last ten days alone: a sender's recipients do not change with the month, and the limit of 100
// requests in five minutes is shared by the whole tenant. Subjects are not kept.
extern const LiveSource k_graph_message_trace;

// So many go at once under the limit; the rest of a larger budget waits its turn.
constexpr std::uint64_t k_default_trace_budget = 40;

}  // namespace smtpaudit
