#include "sources/graph_message_trace.hpp"

#include "base/text.hpp"
#include "net/url.hpp"
#include "sources/exchange_command.hpp"
#include "sources/graph_list.hpp"
#include "sources/graph_object.hpp"
#include "sources/null_sink.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

namespace smtpaudit {
namespace {

using nlohmann::json;

// facts/exchange.md 2.5 names no id: the one of Microsoft's permission reference is not in it.
constexpr std::array<Permission, 1> k_permissions = {{{"ExchangeMessageTrace.Read.All", "", ""}}};
constexpr auto k_reach = std::chrono::days(10);

// In an OData text a quote is written twice.
std::string odata_text(std::string_view text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + "'";
}

class TracePull {
public:
    TracePull(PullContext& context, EvidenceSink& sink)
        : context_(context), sink_(sink), from_(std::max(context.from, context.to - k_reach)) {}
    Coverage run();

private:
    std::optional<GraphProblem> ask(const std::string& sender);
    std::optional<GraphProblem> ask_graph(const std::string& sender);
    std::optional<GraphProblem> ask_exchange(const std::string& sender);
    void take(const json& row, const std::string& sender, const char* id_key,
              const char* sender_key, const char* recipient_key, const char* time_key,
              const char* from_key);
    void page() {
        ++coverage_.files;
        ++requests_;
        if (context_.progress)
            context_.progress({k_graph_message_trace.id, coverage_.files, coverage_.rows});
    }

    PullContext& context_;
    EvidenceSink& sink_;
    UtcTime from_;
    Coverage coverage_;
    std::uint64_t requests_ = 0, unreadable_ = 0;
    bool by_exchange_ = false;  // Graph has no trace in this cloud
    std::set<std::pair<std::string, std::string>> seen_;  // id and recipient, of one sender
};

void TracePull::take(const json& row, const std::string& sender, const char* id_key,
                     const char* sender_key, const char* recipient_key, const char* time_key,
                     const char* from_key) {
    if (!row.is_object()) {
        ++unreadable_;
        return;
    }
    const std::string recipient = json_text(row, recipient_key);
    const auto at = parse_iso_instant(json_text(row, time_key));
    if (recipient.empty() || !at) {
        ++unreadable_;
        return;
    }
    // The service has been seen to ignore parts of a filter; and a page may repeat rows.
    if (!equals_ignoring_case(json_text(row, sender_key), sender)) return;
    if (!seen_.emplace(json_text(row, id_key), fold_case(recipient)).second) return;
    ++coverage_.rows;
    sink_.traced({sender, recipient, at->at, parse_ip(trim(json_text(row, from_key)))});
}

std::optional<GraphProblem> TracePull::ask_graph(const std::string& sender) {
    PullContext narrow = context_;
    narrow.page_limit = std::max<std::uint64_t>(1, context_.request_budget - requests_);
    const GraphList list{narrow, k_graph_message_trace,
                         [&](const json& row) {
                             take(row, sender, "id", "senderAddress", "recipientAddress",
                                  "receivedDateTime", "fromIP");
                         },
                         [&] { page(); }};
    const std::string filter =
        fmt::format("senderAddress eq {} and receivedDateTime ge {} and receivedDateTime le {}",
                    odata_text(sender), format_utc(from_), format_utc(context_.to));
    return list.walk(
        fmt::format("{}/v1.0/admin/exchange/tracing/messageTraces?$filter={}&$top=5000",
                    context_.graph_url, percent_encode(filter)));
}

std::optional<GraphProblem> TracePull::ask_exchange(const std::string& sender) {
    const auto instant = [](UtcTime at) { return format_utc(at).substr(0, 19); };
    const ExchangeCommand command{ExchangeCmdlet::get_message_trace,
                                  {{"SenderAddress", std::vector<std::string>{sender}},
                                   {"StartDate", instant(from_)},
                                   {"EndDate", instant(context_.to)},
                                   {"ResultSize", "5000"}}};
    const ExchangeAnswer answer = run_exchange_command(
        context_, command,
        [&](std::string_view object) {
            const json row = json::parse(object, nullptr, false);
            take(row, sender, "MessageTraceId", "SenderAddress", "RecipientAddress", "Received",
                 "FromIP");
        },
        [&](const ExchangeAnswer&) { page(); });
    if (answer.more_rows && coverage_.state == CoverageState::complete) {
        coverage_.state = CoverageState::partial;
        coverage_.reason = fmt::format(
            "{} has more rows than one answer holds; its recipients are "
            "those of the newest 5,000",
            sender);
    }
    return answer.problem;
}

std::optional<GraphProblem> TracePull::ask(const std::string& sender) {
    seen_.clear();
    if (!by_exchange_) {
        const auto problem = ask_graph(sender);
        const bool is_absent = problem && problem->kind == GraphProblemKind::no_such_api &&
                               coverage_.files == 0 && !context_.exchange_url.empty();
        if (!is_absent) return problem;
        by_exchange_ = true;
        coverage_.notes.emplace_back(
            "this cloud has no message trace in Graph: Get-MessageTraceV2 was asked");
    }
    return ask_exchange(sender);
}

Coverage TracePull::run() {
    coverage_.source = k_graph_message_trace.id;
    coverage_.state = CoverageState::complete;
    coverage_.from = from_;
    coverage_.to = context_.to;
    std::size_t asked = 0;
    for (const std::string& sender : context_.senders) {
        if (requests_ >= context_.request_budget) break;
        if (auto problem = ask(sender)) {
            if (problem->kind == GraphProblemKind::sign_in)
                problem->reason +=
                    "; message trace also needs Microsoft's own app "
                    "8bd644d1-64a1-4d4b-ae52-2e0cbf64e373 in the tenant, and takes hours to begin";
            end_with(coverage_, *problem, context_.chosen_by_name);
            break;
        }
        ++asked;
    }
    if (asked < context_.senders.size())
        coverage_.notes.push_back(
            fmt::format("{} of {} senders were asked for, those of the highest priority (a budget "
                        "of {} requests; --trace-budget changes it)",
                        asked, context_.senders.size(), context_.request_budget));
    if (unreadable_ > 0)
        coverage_.notes.push_back(
            fmt::format("{} rows could not be read", group_thousands(unreadable_)));
    return coverage_;
}

Coverage pull_message_trace(PullContext& context, EvidenceSink& sink) {
    return TracePull(context, sink).run();
}

Coverage probe_message_trace(PullContext& context) {
    NullSink nobody;
    PullContext narrow = context;
    narrow.to = context.clock.now();
    narrow.from = narrow.to - std::chrono::hours(1);
    narrow.senders = {"nobody@invalid"};
    narrow.request_budget = 1;
    narrow.progress = {};
    Coverage coverage = TracePull(narrow, nobody).run();
    coverage.notes.clear();
    return coverage;
}

}  // namespace

constinit const LiveSource k_graph_message_trace = {
    .id = "message_trace",
    .title = "Message trace of the senders that matter (Microsoft Graph)",
    .permissions = k_permissions,
    .roles = {},
    .licence = {},
    .retention = "90 days",
    .budget = "message-trace",
    .asks_by_sender = true,
    .pull = pull_message_trace,
    .probe = probe_message_trace,
};

}  // namespace smtpaudit
