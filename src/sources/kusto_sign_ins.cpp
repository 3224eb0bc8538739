#include "sources/kusto_sign_ins.hpp"

#include "base/text.hpp"
#include "sources/counted_row.hpp"
#include "sources/graph_apps.hpp"
#include "sources/graph_oauth_apps.hpp"
#include "sources/kusto_pull.hpp"
#include "sources/kusto_query.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <map>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t k_apps_in_a_query = 500;
constexpr auto k_not_final = 30min;  // facts/graph.md 1.7

// Hunting looks back 30 days (facts/graph.md 3.1); a workspace as far as its owner lets it.
TimeWindow window_of(KustoEngine engine, UtcTime from, UtcTime to) {
    if (engine == KustoEngine::hunting) from = std::max(from, to - k_sign_in_retention);
    return {std::min(from, to), to};
}

// What one table of Log Analytics is called in Entra's diagnostic settings.
std::string category_of(std::string_view table) {
    if (table == "SigninLogs") return "SignInLogs";
    return std::string(table.substr(std::string_view("AAD").size()));
}

// What both sources do: find the tables, ask, and say how far the answers go.
class KustoSourcePull {
public:
    KustoSourcePull(PullContext& context, const LiveSource& source, KustoEngine engine)
        : context_(context),
          source_(source),
          engine_(engine),
          client_(context, engine),
          whole_(window_of(engine, context.from, std::min(context.to, context.clock.now()))) {
        coverage_.source = source.id;
        coverage_.state = CoverageState::complete;
    }

    // False: nothing can be asked; the coverage says why.
    bool begin(KustoNeeds needs) {
        if (engine_ == KustoEngine::log_analytics && context_.log_analytics_url.empty())
            return fail(
                {GraphProblemKind::no_such_api,
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

    // The problem that ended it, or nullopt.
    std::optional<GraphProblem> ask(KustoQuery query, std::vector<Guid> apps, HuntingTable table,
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

    Coverage finish(const std::optional<GraphProblem>& problem) {
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

    Coverage& coverage() { return coverage_; }
    const KustoTables& tables() const { return tables_; }
    TimeWindow whole() const { return whole_; }
    bool fail(const GraphProblem& problem) {
        end_with(coverage_, problem, context_.chosen_by_name);
        return false;
    }

private:
    bool take(const CountedRow& row, const KustoPull::OnRow& on_row) {
        ++rows_;
        // The question may have been misunderstood; then a row is of no use.
        if (!whole_.contains(row.first) || !whole_.contains(row.last)) return false;
        sign_ins_ += row.sign_ins;
        return on_row(row);
    }

    bool has_user_table() const {
        const std::size_t user_tables = engine_ == KustoEngine::log_analytics ? 2 : 1;
        const auto missing = std::ranges::count_if(tables_.missing, [](const std::string& name) {
            return name.find("ServicePrincipal") == std::string::npos &&
                   name.find("Spn") == std::string::npos;
        });
        return static_cast<std::size_t>(missing) < user_tables;
    }

    std::string how_to_fill() const {
        if (engine_ == KustoEngine::hunting) return "it needs Entra ID P2 and Defender XDR";
        return "Entra admin center, Monitoring and health, Diagnostic settings: send SignInLogs "
               "and "
               "NonInteractiveUserSignInLogs to the workspace";
    }

    GraphProblem no_tables() const {
        if (engine_ == KustoEngine::hunting)
            return {GraphProblemKind::licence,
                    fmt::format("advanced hunting has neither {} nor {}; {}",
                                to_string(HuntingTable::sign_ins),
                                to_string(HuntingTable::sign_ins_beta), how_to_fill())};
        return {GraphProblemKind::no_such_api,
                fmt::format("the workspace has no table {}; {}", join(tables_.missing, ", "),
                            how_to_fill())};
    }

    std::string missing_words() const {
        const std::string names = join(tables_.missing, ", ");
        if (engine_ == KustoEngine::hunting)
            return fmt::format("advanced hunting has no table {}: those sign-ins are missing",
                               names);
        std::vector<std::string> categories;
        for (const std::string& table : tables_.missing) categories.push_back(category_of(table));
        return fmt::format(
            "the workspace has no table {}: those sign-ins are missing; add {} to Entra's "
            "diagnostic setting (Entra admin center, Monitoring and health, Diagnostic settings)",
            names, join(categories, ", "));
    }

    void partly(const std::string& reason) {
        coverage_.state = CoverageState::partial;
        coverage_.reason = reason;
        if (coverage_.cause == CoverageCause::none) coverage_.cause = CoverageCause::service;
    }

    void add_notes() {
        if (coverage_.state == CoverageState::failed ||
            coverage_.state == CoverageState::unavailable)
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

constexpr KustoQuery sign_ins_query(KustoEngine engine) {
    return engine == KustoEngine::log_analytics ? KustoQuery::log_analytics_sign_ins
                                                : KustoQuery::hunting_sign_ins;
}

Coverage pull_basic(PullContext& context, EvidenceSink& sink, const LiveSource& source,
                    KustoEngine engine) {
    KustoSourcePull pull(context, source, engine);
    if (!pull.begin(KustoNeeds::user_tables)) return std::move(pull.coverage());
    SignInTally tally;
    SignInReader reader(tally);
    SignInRow fields;
    std::uint64_t line = 0;
    const auto problem =
        pull.ask(sign_ins_query(engine), {}, pull.tables().user_table, [&](const CountedRow& row) {
            fields = row.fields;
            // The query asked for this client alone.
            fields.set(SignInField::client_app, SignInRow::State::present, "Authenticated SMTP", 1);
            ++line;
            const auto seen = reader.read(fields);
            if (!seen) return false;
            if (*seen) {
                Observation observation = **seen;
                observation.line = line;
                observe_counted(observation, row, sink);
            }
            return true;
        });
    Coverage coverage = pull.finish(problem);
    tally.without_id = 0;  // counted rows have none: the query itself drops repetitions
    for (std::string& note : tally.notes()) coverage.notes.push_back(std::move(note));
    return coverage;
}

// Of applications that may send by SMTP: of people's accounts as observations, of applications
// themselves as notes, like the same from Graph.
class OauthPull {
public:
    OauthPull(PullContext& context, EvidenceSink& sink, const LiveSource& source,
              KustoEngine engine)
        : context_(context),
          sink_(sink),
          source_(source),
          engine_(engine),
          pull_(context, source, engine) {}

    Coverage run() {
        auto apps = find_smtp_apps(context_, source_);
        if (!apps) {
            pull_.fail(apps.error());
            return std::move(pull_.coverage());
        }
        pull_.coverage().files = apps->pages;
        for (const OauthApp& app : apps->grants) names_[ascii_lower(app.app_id)] = app.name;
        std::vector<Guid> ids;
        for (const std::string& id : apps->app_ids())
            if (const auto guid = parse_guid(id)) ids.push_back(*guid);
        if (!pull_.begin(KustoNeeds::user_and_app_tables)) return std::move(pull_.coverage());
        std::optional<GraphProblem> problem;
        for (std::size_t i = 0; i < ids.size() && !problem; i += k_apps_in_a_query) {
            const auto end = ids.begin() + static_cast<std::ptrdiff_t>(
                                               std::min(i + k_apps_in_a_query, ids.size()));
            problem = ask({ids.begin() + static_cast<std::ptrdiff_t>(i), end});
        }
        Coverage coverage = pull_.finish(problem);
        if (coverage.state == CoverageState::complete || coverage.state == CoverageState::partial)
            add_notes(coverage);
        return coverage;
    }

private:
    std::optional<GraphProblem> ask(const std::vector<Guid>& apps) {
        const auto on_row = [&](const CountedRow& row) { return take(row); };
        const KustoTables& tables = pull_.tables();
        if (engine_ == KustoEngine::log_analytics)
            return pull_.ask(KustoQuery::log_analytics_oauth_sign_ins, apps, tables.user_table,
                             on_row);
        auto problem =
            pull_.ask(KustoQuery::hunting_oauth_sign_ins, apps, tables.user_table, on_row);
        const std::string newer(to_string(HuntingTable::app_sign_ins));
        if (problem || std::ranges::find(tables.missing, newer) != tables.missing.end())
            return problem;
        return pull_.ask(KustoQuery::hunting_app_sign_ins, apps, tables.app_table, on_row);
    }

    bool take(const CountedRow& row) {
        ++line_;
        if (row.fields.text(SignInField::error_code) != "0") {
            // A null would be neither.
            if (row.fields[SignInField::error_code].state != SignInRow::State::present)
                return false;
            failed_ += row.sign_ins;
            return true;
        }
        const std::string_view user_id = row.fields.text(SignInField::user_id);
        // Rows of an application alone name nobody: no id, or the all-zero one.
        if (user_id.find_first_not_of("0-") == std::string_view::npos) {
            Use& use = uses_[ascii_lower(row.app_id)];
            use.count += row.sign_ins;
            use.last = std::max(use.last, row.last);
            return true;
        }
        Observation seen;
        seen.account = row.fields.text(SignInField::user_principal_name);
        seen.user_id = user_id;
        seen.has_time = true;
        seen.protocol = Protocol::oauth;
        seen.possible_smtp = true;
        seen.user_agent = row.fields.text(SignInField::user_agent);
        const std::string country = ascii_upper_of(row.fields.text(SignInField::country));
        // Elsewhere the address is where the first token was issued (facts/graph.md 1.3).
        if (row.is_placed) {
            seen.client = parse_ip(row.fields.text(SignInField::ip_address));
            if (country.size() == 2) seen.country = country;
        } else {
            unplaced_ += row.sign_ins;
        }
        seen.line = line_;
        observe_counted(seen, row, sink_);
        return true;
    }

    static std::string ascii_upper_of(std::string_view text) {
        std::string upper(text);
        for (char& c : upper)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        return upper;
    }

    void add_notes(Coverage& coverage) const {
        const auto note = [&](std::uint64_t count, std::string_view words) {
            if (count > 0) coverage.notes.push_back(group_thousands(count) + std::string(words));
        };
        note(failed_, " sign-ins failed: not counted");
        note(unplaced_,
             " sign-ins without a person have no address: the log keeps that of the first token");
        for (const auto& [id, use] : uses_) {
            const auto name = names_.find(id);
            coverage.notes.push_back(fmt::format(
                "{} ({}) signed in as itself {} times, the last {}: possibly SMTP, and of no "
                "account",
                name == names_.end() || name->second.empty() ? id : name->second, id,
                group_thousands(use.count), format_utc(use.last)));
        }
        if (coverage.rows > 0)
            coverage.notes.emplace_back(
                "a token for Exchange Online may also be for IMAP or EWS, and one token covers "
                "many messages: these are never counted as OAuth messages");
    }

    struct Use {
        std::uint64_t count = 0;
        UtcTime last{};
    };

    PullContext& context_;
    EvidenceSink& sink_;
    const LiveSource& source_;
    const KustoEngine engine_;
    KustoSourcePull pull_;
    std::map<std::string, std::string> names_;
    std::map<std::string, Use> uses_;
    std::uint64_t line_ = 0, failed_ = 0, unplaced_ = 0;
};

// The same service, permission and tables, for an hour.
Coverage probe_tables(PullContext& context, const LiveSource& source, KustoEngine engine,
                      KustoNeeds needs) {
    PullContext day = context;
    day.to = context.clock.now();
    day.from = day.to - 24h;  // an hour may well be without a sign-in, a day is not
    day.progress = {};
    KustoSourcePull pull(day, source, engine);
    if (!pull.begin(needs)) return std::move(pull.coverage());
    Coverage coverage = pull.finish(std::nullopt);
    coverage.notes.clear();
    return coverage;
}

template <KustoEngine engine>
Coverage pull_basic_of(PullContext& context, EvidenceSink& sink) {
    return pull_basic(context, sink, *find_kusto_source(engine, "sign_ins"), engine);
}
template <KustoEngine engine>
Coverage probe_basic_of(PullContext& context) {
    return probe_tables(context, *find_kusto_source(engine, "sign_ins"), engine,
                        KustoNeeds::user_tables);
}
template <KustoEngine engine>
Coverage pull_oauth_of(PullContext& context, EvidenceSink& sink) {
    return OauthPull(context, sink, *find_kusto_source(engine, "oauth_sign_ins"), engine).run();
}
template <KustoEngine engine>
Coverage probe_oauth_of(PullContext& context) {
    const LiveSource& source = *find_kusto_source(engine, "oauth_sign_ins");
    Coverage apps = k_graph_oauth_apps.probe(context);
    apps.source = source.id;
    if (apps.state != CoverageState::complete) return apps;
    return probe_tables(context, source, engine, KustoNeeds::user_and_app_tables);
}

// Applications are found on Graph before their sign-ins are asked for.
const std::array<Permission, 3>& oauth_permissions(KustoEngine engine) {
    static const std::array<Permission, 3> log_analytics = {
        k_log_analytics_permission, k_apps_permissions[0], k_apps_permissions[1]};
    static const std::array<Permission, 3> hunting = {k_hunting_permission, k_apps_permissions[0],
                                                      k_apps_permissions[1]};
    return engine == KustoEngine::log_analytics ? log_analytics : hunting;
}

constexpr std::string_view k_workspace_roles =
    "Log Analytics Reader or Monitoring Reader on the workspace (a role of Azure)";
constexpr std::string_view k_hunting_roles = "Security Reader or Global Reader";

const std::array<LiveSource, 4>& sources() {
    static const std::array<LiveSource, 4> all = {{
        {.id = "sign_ins",
         .title = "Entra sign-in logs, counted (Log Analytics)",
         .permissions = {&k_log_analytics_permission, 1},
         .roles = k_workspace_roles,
         .licence = {},
         .retention = "as long as the workspace keeps them",
         .budget = "log-analytics",
         .pull = pull_basic_of<KustoEngine::log_analytics>,
         .probe = probe_basic_of<KustoEngine::log_analytics>,
         .tier = "senders",
         .counts = true},
        {.id = "oauth_sign_ins",
         .title = "OAuth sign-ins that may be SMTP, counted (Log Analytics)",
         .permissions = oauth_permissions(KustoEngine::log_analytics),
         .roles = k_workspace_roles,
         .licence = {},
         .retention = "as long as the workspace keeps them",
         .budget = "log-analytics",
         .pull = pull_oauth_of<KustoEngine::log_analytics>,
         .probe = probe_oauth_of<KustoEngine::log_analytics>,
         .tier = "oauth",
         .counts = true},
        {.id = "sign_ins",
         .title = "Entra sign-in events, counted (Defender advanced hunting)",
         .permissions = {&k_hunting_permission, 1},
         .roles = k_hunting_roles,
         .licence = "Entra ID P2",
         .retention = "30 days",
         .budget = "hunting",
         .pull = pull_basic_of<KustoEngine::hunting>,
         .probe = probe_basic_of<KustoEngine::hunting>,
         .tier = "senders",
         .counts = true},
        {.id = "oauth_sign_ins",
         .title = "OAuth sign-ins that may be SMTP, counted (Defender advanced hunting)",
         .permissions = oauth_permissions(KustoEngine::hunting),
         .roles = k_hunting_roles,
         .licence = "Entra ID P2",
         .retention = "30 days",
         .budget = "hunting",
         .pull = pull_oauth_of<KustoEngine::hunting>,
         .probe = probe_oauth_of<KustoEngine::hunting>,
         .tier = "oauth",
         .counts = true},
    }};
    return all;
}

}  // namespace

const LiveSource* find_kusto_source(KustoEngine engine, std::string_view id) {
    const std::size_t first = engine == KustoEngine::log_analytics ? 0 : 2;
    for (std::size_t i = first; i < first + 2; ++i)
        if (sources()[i].id == id) return &sources()[i];
    return nullptr;
}

std::vector<std::string> first_kusto_queries(KustoEngine engine, std::string_view id, UtcTime from,
                                             UtcTime to) {
    const bool is_oauth = id == "oauth_sign_ins";
    const KustoBlanks blanks{window_of(engine, from, to)};
    if (engine == KustoEngine::log_analytics)
        return {kusto_text(KustoQuery::log_analytics_tables, blanks),
                kusto_text(is_oauth ? KustoQuery::log_analytics_oauth_sign_ins
                                    : KustoQuery::log_analytics_sign_ins,
                           blanks)};
    std::vector<std::string> texts = {kusto_text(KustoQuery::hunting_tables, blanks)};
    if (!is_oauth) {
        texts.push_back(kusto_text(KustoQuery::hunting_sign_ins, blanks));
        return texts;
    }
    KustoBlanks of_apps = blanks;
    of_apps.table = HuntingTable::app_sign_ins;
    texts.push_back(kusto_text(KustoQuery::hunting_tables, of_apps));
    texts.push_back(kusto_text(KustoQuery::hunting_oauth_sign_ins, blanks));
    texts.push_back(kusto_text(KustoQuery::hunting_app_sign_ins, of_apps));
    return texts;
}

}  // namespace smtpaudit
