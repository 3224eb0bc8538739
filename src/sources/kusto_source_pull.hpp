// What both kinds of sign-ins need of a service that runs KQL: find the tables, ask, and say how far
// the answers go.
#pragma once

#include "sources/kusto_pull.hpp"
#include "sources/live_source.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

// Hunting looks back 30 days (facts/graph.md 3.1); a workspace as far as its owner lets it.
TimeWindow kusto_window(KustoEngine engine, UtcTime from, UtcTime to);

class KustoSourcePull {
public:
    // `context` and `source` outlive it.
    KustoSourcePull(PullContext& context, const LiveSource& source, KustoEngine engine);

    // False: nothing can be asked; the coverage says why.
    bool begin(KustoNeeds needs);
    // The problem that ended it, or nullopt.
    std::optional<GraphProblem> ask(KustoQuery query, std::vector<Guid> apps, HuntingTable table,
                                    const KustoPull::OnRow& on_row);
    Coverage finish(const std::optional<GraphProblem>& problem);

    Coverage& coverage() { return coverage_; }
    const KustoTables& tables() const { return tables_; }
    bool fail(const GraphProblem& problem);  // false

private:
    bool take(const CountedRow& row, const KustoPull::OnRow& on_row);
    bool has_user_table() const;
    std::string how_to_fill() const;
    GraphProblem no_tables() const;
    std::string missing_words() const;
    void partly(const std::string& reason);
    void add_notes();

    PullContext& context_;
    const LiveSource& source_;
    const KustoEngine engine_;
    const KustoClient client_;
    const TimeWindow whole_;
    Coverage coverage_;
    KustoTables tables_;
    std::uint64_t rows_ = 0, sign_ins_ = 0, unreadable_ = 0;
    UtcTime reached_{};
    std::string cut_reason_;
};

}  // namespace smtpaudit
