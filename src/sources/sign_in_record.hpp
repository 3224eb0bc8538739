// The one reader of sign-in records, whatever shape they come in: Graph rows, diagnostic-settings
// rows, the portal's CSV. A shape fills a SignInRow; SignInReader makes the observation of it.
#pragma once

#include "base/result.hpp"
#include "model/observation.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

enum class SignInField : std::uint8_t {
    id,
    created,
    user_id,
    user_principal_name,
    client_app,
    ip_address,
    user_agent,
    app,
    country,
    error_code,
    risk_state,
    risk_level,  // riskLevelAggregated
    risk_level_then,  // riskLevelDuringSignIn
};
constexpr std::size_t k_sign_in_fields = 13;

// One row's fields as texts. Reused from row to row, so that its texts keep their room.
class SignInRow {
public:
    enum class State : std::uint8_t { absent, null, present, wrong_type };
    struct Cell {
        std::string text;  // only where present
        State state = State::absent;
        std::uint8_t rank = 0;
    };

    void clear();
    // Several keys may name one field (createdDateTime and time): the higher rank wins, of equal
    // ranks the later (a duplicate key: last wins). A present text beats anything else.
    void set(SignInField field, State state, std::string_view text, std::uint8_t rank);
    const Cell& operator[](SignInField field) const {
        return cells_[static_cast<std::size_t>(field)];
    }
    // The text, or empty where there is none.
    std::string_view text(SignInField field) const { return (*this)[field].text; }

private:
    std::array<Cell, k_sign_in_fields> cells_;
};

// What became of the rows, for coverage notes.
struct SignInTally {
    std::uint64_t smtp_rows = 0;
    std::uint64_t other_rows = 0;  // of another protocol: skipped
    std::uint64_t nameless_rows = 0;  // SMTP, but of no account (a tried name that is hidden)
    std::uint64_t unreadable_addresses = 0;  // client is then absent
    std::uint64_t wrong_types = 0;  // optional fields that are then absent
    std::uint64_t without_id = 0;  // rows that cannot be told from a repetition
    std::optional<UtcTime> first, last;  // over all rows that tell their time

    void merge(const SignInTally& other);
    // "1,234 rows of other protocols skipped", …; one entry for each count above 0.
    std::vector<std::string> notes() const;
};

class SignInReader {
public:
    explicit SignInReader(SignInTally& tally) : tally_(tally) {}
    // An observation whose texts live until the row changes or the next call, or nullopt: not an
    // SMTP row, or one of nobody. Error: a
    // needed field is missing or cannot be read, "createdDateTime is null" (no content of it).
    // `record_id` is the row's id, `line` is left 0.
    tl::expected<std::optional<Observation>, std::string> read(const SignInRow& row);

private:
    SignInTally& tally_;
    std::string country_;
};

// "Authenticated SMTP" and "SMTP", in any case (facts/graph.md 1.2).
bool is_smtp_client_app(std::string_view client_app_used);

}  // namespace smtpaudit
