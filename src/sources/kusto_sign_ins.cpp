#include "sources/kusto_sign_ins.hpp"

#include "base/text.hpp"
#include "sources/counted_row.hpp"
#include "sources/graph_apps.hpp"
#include "sources/graph_oauth_apps.hpp"
#include "sources/kusto_query.hpp"
#include "sources/kusto_source_pull.hpp"
#include "sources/oauth_tally.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t k_apps_in_a_query = 500;

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
        for (const OauthApp& app : apps->grants) tally_.name(ascii_lower(app.app_id), app.name);
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
            tally_.note_in(coverage);
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
            tally_.add_failed(row.sign_ins);
            return true;
        }
        const std::string_view user_id = row.fields.text(SignInField::user_id);
        // Rows of an application alone name nobody: no id, or the all-zero one.
        if (user_id.find_first_not_of("0-") == std::string_view::npos) {
            tally_.add_application(ascii_lower(row.app_id), row.last, row.sign_ins);
            return true;
        }
        Observation seen;
        seen.account = row.fields.text(SignInField::user_principal_name);
        seen.user_id = user_id;
        seen.has_time = true;
        seen.protocol = Protocol::oauth;
        seen.possible_smtp = true;
        seen.user_agent = row.fields.text(SignInField::user_agent);
        const std::string country = ascii_upper(row.fields.text(SignInField::country));
        // Elsewhere the address is where the first token was issued (facts/graph.md 1.3).
        if (row.is_placed) {
            seen.client = parse_ip(row.fields.text(SignInField::ip_address));
            if (country.size() == 2) seen.country = country;
        } else {
            tally_.add_unplaced(row.sign_ins);
        }
        seen.line = line_;
        observe_counted(seen, row, sink_);
        return true;
    }

    PullContext& context_;
    EvidenceSink& sink_;
    const LiveSource& source_;
    const KustoEngine engine_;
    KustoSourcePull pull_;
    OauthTally tally_;
    std::uint64_t line_ = 0;
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
    const KustoBlanks blanks{kusto_window(engine, from, to)};
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
