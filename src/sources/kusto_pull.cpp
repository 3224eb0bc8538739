#include "sources/kusto_pull.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <numeric>
#include <tuple>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

// Below the services' own caps (100,000 rows: facts/graph.md 3.1) and below 32 MiB, so that our
// limit is the one that is met, and an answer says how many rows there are in all.
constexpr std::size_t k_row_limit = 50'000;
constexpr unsigned k_most_buckets = 1024;
constexpr auto k_longest_slice = 24h;
// The computing time that hunting grants comes anew every 15 minutes (facts/graph.md 3.1).
constexpr auto k_quota_window = 15min;
constexpr int k_quota_waits = 2;
// A partial answer that smaller questions do not cure is not asked about for ever.
constexpr int k_most_parts = 3;
constexpr unsigned k_part_buckets = 4;

std::optional<std::uint64_t> count_in(const KustoTable& table, std::size_t row,
                                      std::string_view name) {
    const auto column = table.column(name);
    if (!column) return std::nullopt;
    const std::string& text = table.at(row, *column).text;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string text_in(const KustoTable& table, std::size_t row, std::string_view name) {
    const auto column = table.column(name);
    return column ? table.at(row, *column).text : std::string();
}

// Ends of days within the window, newest first, the window's own end in front.
std::vector<UtcTime> cuts_of(TimeWindow window) {
    std::vector<UtcTime> cuts = {window.to};
    for (UtcTime at = day_of(window.to - 1s); at > window.from; at -= k_longest_slice)
        cuts.push_back(at);
    return cuts;
}

}  // namespace

std::vector<KustoQuestion> smaller_questions(const KustoQuestion& question, KustoExcess excess,
                                             std::size_t pieces) {
    std::vector<KustoQuestion> smaller;
    const auto add = [&](TimeWindow window) {
        smaller.push_back({window, question.buckets, question.bucket});
    };
    pieces = std::max<std::size_t>(pieces, 2);
    const std::vector<UtcTime> cuts = cuts_of(question.window);
    if (cuts.size() > 1) {
        const std::size_t groups = std::min(pieces, cuts.size());
        for (std::size_t i = 0; i < groups; ++i) {
            const std::size_t end = (i + 1) * cuts.size() / groups;
            add({end < cuts.size() ? cuts[end] : question.window.from,
                 cuts[i * cuts.size() / groups]});
        }
    } else if (excess == KustoExcess::time) {
        if (question.window.length() <= k_shortest_window) return {};
        for (const TimeWindow& half :
             pieces_of(question.window, (question.window.length() + 1s) / 2))
            add(half);
    } else {
        // Of a hash that is b modulo n, the hash modulo k * n is b, b + n, b + 2 n …
        unsigned times = 2;
        while (times < pieces && question.buckets * times < k_most_buckets) times *= 2;
        if (question.buckets * times > k_most_buckets) return {};
        for (unsigned i = 0; i < times; ++i)
            smaller.push_back({question.window, question.buckets * times,
                               question.bucket + i * question.buckets});
    }
    return smaller;
}

namespace {

void take_table(const KustoTable& answer, std::size_t row, std::string_view name,
                std::vector<std::pair<std::string, UtcTime>>& begins, KustoTables& tables) {
    tables.rows += count_in(answer, row, "Rows").value_or(0);
    const auto first = parse_iso_instant(text_in(answer, row, "First"));
    if (!first) return;
    begins.emplace_back(name, first->at);
    tables.first = tables.first ? std::min(*tables.first, first->at) : first->at;
}

void note_late(const std::vector<std::pair<std::string, UtcTime>>& begins, KustoTables& tables) {
    for (const auto& [name, at] : begins)
        if (at - *tables.first > k_longest_slice)
            tables.late.push_back(fmt::format("{} only since {}", name, format_utc(at)));
}

KustoTables workspace_tables(const KustoClient& client, TimeWindow window, KustoNeeds needs) {
    constexpr std::array<std::string_view, 3> k_names = {
        "SigninLogs", "AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs"};
    KustoTables tables;
    const auto answer = client.ask(kusto_text(KustoQuery::log_analytics_tables, {window}),
                                   KustoClient::Repeat::yes);
    if (!answer && !answer.error().no_such_table) {
        tables.problem = answer.error();
        return tables;
    }
    // Each table that is there gives a row, so that none at all, or a part, says nothing.
    if (answer && (answer->table.rows() == 0 || !answer->error_codes.empty())) {
        tables.problem = KustoProblem{
            {GraphProblemKind::service,
             fmt::format(
                 "{} did not say which tables it has ({}); run again later",
                 to_string(client.engine()),
                 answer->error_codes.empty() ? "no rows" : join(answer->error_codes, " "))}};
        return tables;
    }
    std::vector<std::pair<std::string, UtcTime>> begins;
    const std::size_t count = needs == KustoNeeds::user_tables ? 2 : k_names.size();
    for (std::size_t i = 0; i < count; ++i) {
        bool is_there = false;
        for (std::size_t row = 0; answer && row < answer->table.rows(); ++row) {
            if (text_in(answer->table, row, "Table") != k_names[i]) continue;
            is_there = true;
            take_table(answer->table, row, k_names[i], begins, tables);
        }
        if (!is_there) tables.missing.emplace_back(k_names[i]);
    }
    note_late(begins, tables);
    return tables;
}

// The newer name, or else the older; nullopt: neither, or a problem.
std::optional<HuntingTable> hunting_table(const KustoClient& client, TimeWindow window,
                                          HuntingTable newer, HuntingTable older,
                                          std::vector<std::pair<std::string, UtcTime>>& begins,
                                          KustoTables& tables) {
    for (const HuntingTable name : {newer, older}) {
        KustoBlanks blanks{window};
        blanks.table = name;
        const auto answer =
            client.ask(kusto_text(KustoQuery::hunting_tables, blanks), KustoClient::Repeat::yes);
        if (answer) {
            for (std::size_t row = 0; row < answer->table.rows(); ++row)
                take_table(answer->table, row, to_string(name), begins, tables);
            return name;
        }
        if (!answer.error().no_such_table) {
            tables.problem = answer.error();
            return std::nullopt;
        }
    }
    tables.missing.emplace_back(to_string(newer));
    return std::nullopt;
}

KustoTables hunting_tables(const KustoClient& client, TimeWindow window, KustoNeeds needs) {
    KustoTables tables;
    std::vector<std::pair<std::string, UtcTime>> begins;
    const auto users = hunting_table(client, window, HuntingTable::sign_ins,
                                     HuntingTable::sign_ins_beta, begins, tables);
    tables.user_table = users.value_or(HuntingTable::sign_ins);
    if (needs == KustoNeeds::user_and_app_tables && !tables.problem) {
        const auto apps = hunting_table(client, window, HuntingTable::app_sign_ins,
                                        HuntingTable::app_sign_ins_beta, begins, tables);
        tables.app_table = apps.value_or(HuntingTable::app_sign_ins);
    }
    note_late(begins, tables);
    return tables;
}

}  // namespace

KustoTables find_kusto_tables(const KustoClient& client, TimeWindow window, KustoNeeds needs) {
    return client.engine() == KustoEngine::log_analytics ? workspace_tables(client, window, needs)
                                                         : hunting_tables(client, window, needs);
}

std::optional<GraphProblem> KustoPull::run(KustoQuery query, KustoBlanks blanks,
                                           const OnRow& on_row, const OnAnswer& on_answer) {
    const TimeWindow whole = blanks.window;
    blanks.limit = k_row_limit;
    reached_ = whole.to;
    std::vector<KustoQuestion> todo = {{whole}};  // the newest is the last
    while (!todo.empty()) {
        const KustoQuestion question = todo.back();
        todo.pop_back();
        if (is_too_long(question.window) && cut_down(question, todo)) continue;
        blanks.window = question.window;
        blanks.buckets = question.buckets;
        blanks.bucket = question.bucket;
        const bool can_shrink = !smaller_questions(question, KustoExcess::time, 2).empty();
        const auto answer = ask(kusto_text(query, blanks), can_shrink);
        if (!answer) {
            if (auto problem = settle_problem(question, answer.error(), todo)) return problem;
            continue;
        }
        std::size_t pieces = 2;
        const Verdict verdict = verdict_of(*answer, pieces);
        if (verdict != Verdict::whole) {
            auto smaller = smaller_questions(question, KustoExcess::rows, pieces);
            const bool is_tried = verdict == Verdict::part && !may_split_part(question);
            if (!smaller.empty() && !is_tried) {
                todo.insert(todo.end(), smaller.rbegin(), smaller.rend());
                continue;
            }
            keep_part(answer->error_codes.empty() ? "more rows than it gives"
                                                  : join(answer->error_codes, " "));
        }
        hand_on(*answer, on_row);
        // Buckets of one window follow each other; it is done with the last of them.
        if (todo.empty() || todo.back().window != question.window) reached_ = question.window.from;
        if (on_answer)
            on_answer(static_cast<double>((whole.to - reached_).count()) /
                      static_cast<double>(std::max<std::int64_t>(1, whole.length().count())));
    }
    return std::nullopt;
}

// Windows that are known to be too long are not tried; cut at midnights, halves are not equal.
bool KustoPull::is_too_long(TimeWindow window) const {
    return span_ != std::chrono::seconds::max() && window.length() >= span_ + k_longest_slice;
}

bool KustoPull::cut_down(const KustoQuestion& question, std::vector<KustoQuestion>& todo) const {
    const auto pieces = static_cast<std::size_t>((question.window.length() + span_ - 1s) / span_);
    const auto smaller = smaller_questions(question, KustoExcess::time, pieces);
    todo.insert(todo.end(), smaller.rbegin(), smaller.rend());
    return !smaller.empty();
}

tl::expected<KustoAnswer, KustoProblem> KustoPull::ask(const std::string& text, bool can_shrink) {
    using Repeat = KustoClient::Repeat;
    for (;;) {
        auto answer = client_.ask(text, can_shrink ? Repeat::no : Repeat::yes);
        if (!answer && can_shrink && !answer.error().too_large) {
            // What broke off is no sign of a question that is too big: the same again, patiently.
            const GraphProblemKind kind = answer.error().problem.kind;
            if (kind == GraphProblemKind::service || kind == GraphProblemKind::bad_answer)
                answer = client_.ask(text, Repeat::yes);
        }
        if (answer) ++answers_;
        const bool wait = !answer && answer.error().problem.kind == GraphProblemKind::throttled &&
                          client_.engine() == KustoEngine::hunting &&
                          quota_waits_++ < k_quota_waits;
        if (!wait) return answer;
        const auto asked = answer.error().retry_after.value_or(k_quota_window);
        if (!context_.clock.sleep_for(std::min<std::chrono::seconds>(asked, k_quota_window),
                                      context_.stop))
            return tl::unexpected(KustoProblem{{GraphProblemKind::interrupted, "interrupted"}});
    }
}

std::optional<GraphProblem> KustoPull::settle_problem(const KustoQuestion& question,
                                                      const KustoProblem& problem,
                                                      std::vector<KustoQuestion>& todo) {
    std::vector<KustoQuestion> smaller;
    if (problem.too_large) {
        smaller = smaller_questions(question, KustoExcess::rows, 2);
    } else if (problem.problem.kind == GraphProblemKind::slow) {
        smaller = smaller_questions(question, KustoExcess::time, 2);
        span_ = std::min(
            span_, std::max<std::chrono::seconds>(k_shortest_window, question.window.length() / 2));
    }
    if (smaller.empty()) return problem.problem;
    todo.insert(todo.end(), smaller.rbegin(), smaller.rend());
    return std::nullopt;
}

KustoPull::Verdict KustoPull::verdict_of(const KustoAnswer& answer, std::size_t& pieces) const {
    const KustoTable& table = answer.table;
    // Each row tells how many there are in all.
    const auto total =
        table.rows() == 0 ? std::optional<std::uint64_t>(0) : count_in(table, 0, "Total");
    if (total && *total > table.rows()) {
        const std::size_t room = std::max<std::size_t>(1, std::min(table.rows(), k_row_limit));
        pieces = static_cast<std::size_t>((*total + room - 1) / room);
        return Verdict::too_many;
    }
    if (!total && table.rows() >= k_row_limit) return Verdict::too_many;
    return answer.error_codes.empty() ? Verdict::whole : Verdict::part;
}

bool KustoPull::may_split_part(const KustoQuestion& question) const {
    return parts_ < k_most_parts && question.buckets < k_part_buckets;
}

void KustoPull::keep_part(const std::string& why) {
    ++parts_;
    cut_reason_ = fmt::format(
        "{} gave only a part of {} ({}), and smaller questions did not help: counts are too low",
        to_string(client_.engine()), parts_ == 1 ? "one answer" : fmt::format("{} answers", parts_),
        why);
}

void KustoPull::hand_on(const KustoAnswer& answer, const OnRow& on_row) {
    const KustoTable& table = answer.table;
    std::vector<std::size_t> columns;
    for (const char* name : {"AppId", "UserId", "IPAddress", "UserAgent", "ErrorCode"})
        if (const auto column = table.column(name)) columns.push_back(*column);
    const auto last = table.column("Last");
    const auto compare = [&](std::size_t a, std::size_t b, std::size_t column) {
        return table.at(a, column).text.compare(table.at(b, column).text);
    };
    std::vector<std::size_t> order(table.rows());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        if (const int newer = last ? compare(b, a, *last) : 0; newer != 0) return newer < 0;
        for (const std::size_t column : columns)
            if (const int less = compare(a, b, column); less != 0) return less < 0;
        return a < b;
    });
    CountedRowReader reader(table);
    for (const std::size_t row : order) {
        ++rows_;
        const CountedRow* const counted = reader.read(row);
        if (counted == nullptr || !on_row(*counted)) ++unreadable_;
    }
}

}  // namespace smtpaudit
