// The two services that run KQL over the sign-in log: Azure Monitor Logs and advanced hunting
// (facts/graph.md 3). They interpret no KQL: they know the queries of src/sources/*.kql by their
// text, read what stands in the blanks, and count their own rows the same way.
#pragma once

#include "fake_tenant/http.hpp"
#include "fake_tenant/sign_ins.hpp"
#include "fake_tenant/state.hpp"
#include "fake_tenant/throttle.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit::fake {

// What stands in the blanks of a query that is known.
struct KnownQuery {
    std::string name;  // "hunting_sign_ins"
    std::map<std::string, std::string> blanks;
};

class Kusto {
public:
    // `log` outlives it.
    Kusto(TenantState& state, const SignInLog& log, ThrottleOptions throttle);

    // POST /v1/workspaces/{id}/query; looks at the token itself.
    Answer log_analytics(const Record& request);
    // POST /security/runHuntingQuery of a caller who may.
    Answer hunting(const Record& request, const TokenInfo& token);

private:
    struct Result;

    std::optional<KnownQuery> recognise(const std::string& text) const;
    std::optional<Result> run(const KnownQuery& query) const;
    Result tables(const KnownQuery& query, const std::vector<std::string>& names) const;
    Result counted(const KnownQuery& query, const std::vector<std::string>& tables) const;
    bool is_in(std::size_t row, const std::string& table) const;
    bool has_table(const std::string& name) const;

    TenantState& state_;
    const SignInLog& log_;
    std::map<std::string, std::string> templates_;  // by name
    Throttle log_analytics_throttle_, hunting_throttle_;
};

bool is_log_analytics_host(std::string_view host);

}  // namespace smtpaudit::fake
