// Answers of services that run KQL: what is read is JSON, a row becomes as many sign-ins as it says,
// none before its first or after its last instant.
#include "fuzz/fuzz.hpp"
#include "fuzz/other_json.hpp"

#include "sources/counted_row.hpp"
#include "sources/kusto_answer.hpp"

namespace smtpaudit::fuzz {
namespace {

class CountingSink final : public EvidenceSink {
public:
    explicit CountingSink(const CountedRow& row) : row_(row) {}
    void observe(const Observation& seen) override {
        require(seen.at && *seen.at >= row_.first && *seen.at <= row_.last,
                "an instant is between the first and the last");
        require(seen.sign_ins > 0, "nothing is observed that is nothing");
        sum += seen.sign_ins;
    }
    void account(const AccountFacts& /*facts*/) override {}
    void tenant(const TenantFacts& /*facts*/) override {}
    std::uint64_t sum = 0;

private:
    const CountedRow& row_;
};

}  // namespace

void kusto_answer(std::string_view bytes) {
    const KustoError error = read_kusto_error(std::string(bytes));
    for (const std::string& code : error.codes) require_message(code);
    const auto answer = read_kusto_answer(bytes);
    if (!answer) return require_message(answer.error().what);
    require(is_json_elsewhere(bytes).value_or(true), "what is read is JSON");
    for (const std::string& code : answer->error_codes) require_message(code);
    CountedRowReader reader(answer->table);
    for (std::size_t i = 0; i < answer->table.rows(); ++i) {
        const CountedRow* const row = reader.read(i);
        if (row == nullptr) continue;
        CountingSink sink(*row);
        observe_counted({}, *row, sink);
        require(sink.sum == row->sign_ins, "every sign-in of a row is observed, and no other");
    }
}

}  // namespace smtpaudit::fuzz
