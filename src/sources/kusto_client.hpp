// One question to a service that runs KQL, and what went wrong with it, in words for an
// administrator: Azure Monitor Logs and Defender's advanced hunting (facts/graph.md 3).
#pragma once

#include "sources/graph_page.hpp"
#include "sources/kusto_answer.hpp"
#include "sources/live_source.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

enum class KustoEngine : std::uint8_t { log_analytics, hunting };

std::string_view to_string(KustoEngine engine);  // "Log Analytics"

// Permission of the Log Analytics API; a role on the workspace is needed beside it.
extern const Permission k_log_analytics_permission;
extern const Permission k_hunting_permission;

struct KustoProblem {
    GraphProblem problem;
    bool no_such_table = false;
    bool too_large = false;  // the answer is over the limit of bytes
    std::optional<std::chrono::seconds> retry_after{};  // of a 429
};

class KustoClient {
public:
    // Both outlive it.
    KustoClient(PullContext& context, KustoEngine engine) : context_(context), engine_(engine) {}

    // A question that is not repeatable comes back at once where the service is slow or broke off,
    // so that a smaller one can be asked. An answer without rows (204) is an empty table.
    enum class Repeat : std::uint8_t { no, yes };
    tl::expected<KustoAnswer, KustoProblem> ask(const std::string& query, Repeat repeat) const;

    KustoEngine engine() const { return engine_; }

private:
    HttpRequest request(const std::string& query) const;
    KustoProblem problem_of(const HttpResponse& answer) const;
    GraphProblem forbidden(const std::string& seen) const;

    PullContext& context_;
    KustoEngine engine_;
};

}  // namespace smtpaudit
