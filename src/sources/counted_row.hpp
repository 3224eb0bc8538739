// One row of a counting query: how often an account signed in from a client on one day, with one
// outcome, and when in the day. It becomes observations as if each sign-in had been read.
#pragma once

#include "model/observation.hpp"
#include "sources/kusto_answer.hpp"
#include "sources/sign_in_record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpaudit {

struct CountedRow {
    SignInRow fields;  // of the first of its sign-ins, without id and client app
    std::string app_id;  // of queries for applications
    bool is_placed = true;  // the address is where the client is
    std::uint64_t sign_ins = 0;  // from 1
    UtcTime first, last;  // on one day
    // Sign-ins by five minutes of the day (0 to 287), ascending, each count from 1; of failed ones
    // all in 0. They sum to `sign_ins`. Empty: not told.
    std::vector<std::pair<unsigned, std::uint64_t>> clock;
};

// Reads the rows of one answer; it outlives the reader.
class CountedRowReader {
public:
    explicit CountedRowReader(const KustoTable& table);
    // The row, until the next call, or nullptr: a needed column is missing, null or unreadable, or
    // the counts contradict each other.
    const CountedRow* read(std::size_t row);

private:
    const KustoCell& cell(std::size_t row, std::optional<std::size_t> column) const;
    void set(SignInField field, std::size_t row, std::optional<std::size_t> column);
    bool read_clock(std::string_view text);

    using Column = std::optional<std::size_t>;
    const KustoTable& table_;
    Column app_id_, user_id_, account_, address_, agent_, country_, error_code_, is_placed_,
        sign_ins_, first_, last_, clock_;
    CountedRow row_;
};

// `seen` with its count and instants, several times where the clock has several entries: the first
// and the last instant are exact, those between are right to five minutes.
void observe_counted(Observation seen, const CountedRow& row, EvidenceSink& sink);

}  // namespace smtpaudit
