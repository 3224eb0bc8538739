// A counting query over a span of time, in as many questions as the limits of the service need: one
// where it can be, else cut by days and by hash buckets until every answer is whole.
#pragma once

#include "sources/counted_row.hpp"
#include "sources/kusto_client.hpp"
#include "sources/kusto_query.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

struct KustoQuestion {
    TimeWindow window;
    unsigned buckets = 1, bucket = 0;
    friend bool operator==(const KustoQuestion&, const KustoQuestion&) = default;
};

// What a smaller question must have less of.
enum class KustoExcess : std::uint8_t {
    rows,  // counted rows of a day grow with its accounts: days, then buckets
    time,  // to scan: days, then hours
};
// The question in about `pieces` smaller ones, newest first, that together ask for the same; cut at
// UTC midnights, because rows are counted by day. Empty: it cannot be made smaller.
std::vector<KustoQuestion> smaller_questions(const KustoQuestion& question, KustoExcess excess,
                                             std::size_t pieces);

// Which tables there are, of those that a source needs.
struct KustoTables {
    std::vector<std::string> missing;
    std::optional<UtcTime> first;  // of the oldest row in the window
    std::uint64_t rows = 0;  // of all sign-ins in the window, SMTP or not
    std::vector<std::string> late;  // begin over a day after the first: "T since 2026-11-01"
    HuntingTable user_table = HuntingTable::sign_ins;
    HuntingTable app_table = HuntingTable::app_sign_ins;
    std::optional<KustoProblem> problem;  // could not be asked; then nothing above is known
};

enum class KustoNeeds : std::uint8_t { user_tables, user_and_app_tables };
KustoTables find_kusto_tables(const KustoClient& client, TimeWindow window, KustoNeeds needs);

class KustoPull {
public:
    // One row of an answer that is kept; false: it cannot be read.
    using OnRow = std::function<bool(const CountedRow& row)>;
    // Called after each answer: how much of the window is answered, 0 to 1.
    using OnAnswer = std::function<void(double done)>;

    // All outlive it.
    KustoPull(PullContext& context, const KustoClient& client)
        : context_(context), client_(client) {}

    // Newest questions first, and the rows of one by their column Last, newest first, so that
    // nothing depends on the order in which a service happens to give them. The problem that ended
    // it, or nullopt. `blanks` names the window; its bucket and limit are set here.
    std::optional<GraphProblem> run(KustoQuery query, KustoBlanks blanks, const OnRow& on_row,
                                    const OnAnswer& on_answer);

    std::uint64_t answers() const { return answers_; }
    std::uint64_t rows() const { return rows_; }
    std::uint64_t unreadable() const { return unreadable_; }
    // Everything from here to the end of the window was asked and answered.
    UtcTime reached() const { return reached_; }
    // Questions that could not be made small enough: their rows are only a part. Empty: none.
    const std::string& cut_reason() const { return cut_reason_; }

private:
    enum class Verdict : std::uint8_t { whole, too_many, part };

    tl::expected<KustoAnswer, KustoProblem> ask(const std::string& text, bool can_shrink);
    Verdict verdict_of(const KustoAnswer& answer, std::size_t& pieces) const;
    bool is_too_long(TimeWindow window) const;
    bool cut_down(const KustoQuestion& question, std::vector<KustoQuestion>& todo) const;
    std::optional<GraphProblem> settle_problem(const KustoQuestion& question,
                                               const KustoProblem& problem,
                                               std::vector<KustoQuestion>& todo);
    bool may_split_part(const KustoQuestion& question) const;
    void hand_on(const KustoAnswer& answer, const OnRow& on_row);
    void keep_part(const std::string& why);

    PullContext& context_;
    const KustoClient& client_;
    std::uint64_t answers_ = 0, rows_ = 0, unreadable_ = 0;
    UtcTime reached_{};
    std::chrono::seconds span_ = std::chrono::seconds::max();  // longer windows were too slow
    int quota_waits_ = 0;
    int parts_ = 0;  // questions whose answer stayed a part
    std::string cut_reason_;
};

}  // namespace smtpaudit
