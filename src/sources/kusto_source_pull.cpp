#include "sources/kusto_source_pull.hpp"

#include "base/text.hpp"
#include "sources/sign_in_windows.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <string_view>
#include <utility>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

constexpr auto k_not_final = 30min;  // facts/graph.md 1.7

// What one table of Log Analytics is called in Entra's diagnostic settings.
std::string category_of(std::string_view table) {
    if (table == "SigninLogs") return "SignInLogs";
    return std::string(table.substr(std::string_view("AAD").size()));
}

}  // namespace

TimeWindow kusto_window(KustoEngine engine, UtcTime from, UtcTime to) {
    if (engine == KustoEngine::hunting) from = std::max(from, to - k_sign_in_retention);
    return {std::min(from, to), to};
}

KustoSourcePull::KustoSourcePull(PullContext& context, const LiveSource& source, KustoEngine engine)
    : context_(context),
      source_(source),
      engine_(engine),
      client_(context, engine),
      whole_(kusto_window(engine, context.from, std::min(context.to, context.clock.now()))) {
    coverage_.source = source.id;
    coverage_.state = CoverageState::complete;
}

bool KustoSourcePull::begin(KustoNeeds needs) {
    if (engine_ == KustoEngine::log_analytics && context_.log_analytics_url.empty())
        return fail({GraphProblemKind::no_such_api,
                     "no Log Analytics host of this cloud is known; use --sign-ins-from graph"});
    tables_ = find_kusto_tables(client_, whole_, needs);
    if (tables_.problem) return fail(tables_.problem->problem);
    if (!has_user_table()) return fail(no_tables());
    if (tables_.rows == 0)
        return fail({GraphProblemKind::no_such_api,
                     fmt::format("{} holds no sign-in of any kind since {}: the logs do not "
                                 "reach it; {}",
                                 to_string(engine_), format_utc(whole_.from), how_to_fill())});
    return true;
}

std::optional<GraphProblem> KustoSourcePull::ask(KustoQuery query, std::vector<Guid> apps,
                                                 HuntingTable table,
                                                 const KustoPull::OnRow& on_row) {
    KustoPull pull(context_, client_);
    KustoBlanks blanks{whole_};
    blanks.table = table;
    blanks.apps = std::move(apps);
    auto problem = pull.run(
        query, std::move(blanks), [&](const CountedRow& row) { return take(row, on_row); },
        [&](double done) {
            if (context_.progress)
                context_.progress({source_.id, coverage_.files + pull.answers(), rows_, done});
        });
    coverage_.files += pull.answers();
    unreadable_ += pull.unreadable();
    if (!pull.cut_reason().empty()) cut_reason_ = pull.cut_reason();
    reached_ = std::max(reached_, pull.reached());
    return problem;
}

Coverage KustoSourcePull::finish(const std::optional<GraphProblem>& problem) {
    coverage_.rows = rows_;
    UtcTime from = whole_.from;
    // Rows that come daily begin within a day; those that begin later were not kept before.
    if (tables_.first && *tables_.first - from > 24h) {
        from = *tables_.first;
        coverage_.notes.push_back(
            fmt::format("{} has sign-ins since {} only", to_string(engine_), format_utc(from)));
    }
    if (problem) {
        end_with(coverage_, *problem, context_.chosen_by_name);
        from = std::max(from, reached_);
        if (from < whole_.to) coverage_.state = CoverageState::partial;
    } else if (!cut_reason_.empty()) {
        partly(cut_reason_);
    } else if (unreadable_ > 0) {
        partly(fmt::format("{} of the rows cannot be read", group_thousands(unreadable_)));
        if (rows_ == unreadable_) coverage_.state = CoverageState::failed;
    } else if (!tables_.missing.empty()) {
        partly(missing_words());
    }
    if (from < whole_.to || !problem) {
        coverage_.from = from;
        coverage_.to = whole_.to;
    }
    add_notes();
    return std::move(coverage_);
}

bool KustoSourcePull::fail(const GraphProblem& problem) {
    end_with(coverage_, problem, context_.chosen_by_name);
    return false;
}

bool KustoSourcePull::take(const CountedRow& row, const KustoPull::OnRow& on_row) {
    ++rows_;
    // The question may have been misunderstood; then a row is of no use.
    if (!whole_.contains(row.first) || !whole_.contains(row.last)) return false;
    sign_ins_ += row.sign_ins;
    return on_row(row);
}

bool KustoSourcePull::has_user_table() const {
    const std::size_t user_tables = engine_ == KustoEngine::log_analytics ? 2 : 1;
    const auto missing = std::ranges::count_if(tables_.missing, [](const std::string& name) {
        return name.find("ServicePrincipal") == std::string::npos &&
               name.find("Spn") == std::string::npos;
    });
    return static_cast<std::size_t>(missing) < user_tables;
}

std::string KustoSourcePull::how_to_fill() const {
    if (engine_ == KustoEngine::hunting) return "it needs Entra ID P2 and Defender XDR";
    return "Entra admin center, Monitoring and health, Diagnostic settings: send SignInLogs "
           "and "
           "NonInteractiveUserSignInLogs to the workspace";
}

GraphProblem KustoSourcePull::no_tables() const {
    if (engine_ == KustoEngine::hunting)
        return {GraphProblemKind::licence,
                fmt::format("advanced hunting has neither {} nor {}; {}",
                            to_string(HuntingTable::sign_ins),
                            to_string(HuntingTable::sign_ins_beta), how_to_fill())};
    return {GraphProblemKind::no_such_api, fmt::format("the workspace has no table {}; {}",
                                                       join(tables_.missing, ", "), how_to_fill())};
}

std::string KustoSourcePull::missing_words() const {
    const std::string names = join(tables_.missing, ", ");
    if (engine_ == KustoEngine::hunting)
        return fmt::format("advanced hunting has no table {}: those sign-ins are missing", names);
    std::vector<std::string> categories;
    for (const std::string& table : tables_.missing) categories.push_back(category_of(table));
    return fmt::format(
        "the workspace has no table {}: those sign-ins are missing; add {} to Entra's "
        "diagnostic setting (Entra admin center, Monitoring and health, Diagnostic settings)",
        names, join(categories, ", "));
}

void KustoSourcePull::partly(const std::string& reason) {
    coverage_.state = CoverageState::partial;
    coverage_.reason = reason;
    if (coverage_.cause == CoverageCause::none) coverage_.cause = CoverageCause::service;
}

void KustoSourcePull::add_notes() {
    if (coverage_.state == CoverageState::failed || coverage_.state == CoverageState::unavailable)
        return;
    coverage_.notes.push_back(fmt::format(
        "{} sign-ins, counted by {} in {} rows; times between the first and the last of a day "
        "are right to five minutes",
        group_thousands(sign_ins_), to_string(engine_), group_thousands(rows_)));
    for (const std::string& late : tables_.late)
        coverage_.notes.push_back(fmt::format("{} has {}", to_string(engine_), late));
    if (whole_.to > context_.clock.now() - k_not_final)
        coverage_.notes.emplace_back("the last 30 minutes are not final");
    if (whole_.from > context_.from)
        coverage_.notes.emplace_back(
            "advanced hunting looks back 30 days: older sign-ins are only in exports or Log "
            "Analytics");
}

}  // namespace smtpaudit
