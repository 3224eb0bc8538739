// One page of sign-ins as the pull needs it: read, re-checked, and kept for its turn.
#pragma once

#include "sources/sign_in_buffer.hpp"
#include "sources/sign_in_json.hpp"
#include "sources/sign_in_record.hpp"
#include "sources/sign_in_windows.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit {

struct SignInAnswer {
    SignInBuffer rows;
    SignInTally tally;
    std::uint64_t outside = 0;  // rows of a time that was not asked for: dropped
    std::uint64_t unreadable = 0;
    std::string first_unreadable;  // "$.value[3]: createdDateTime is null"
    std::optional<std::string> next_link;
};

// Every row is checked against the question, because the service has been seen to ignore a filter
// (facts/graph.md 1.7).
tl::expected<SignInAnswer, JsonProblem> read_sign_in_answer(std::string_view body,
                                                            TimeWindow window);

// Which ids came in the present window and the one before: a row that is at the edge of two
// windows, or on a page that came again after a restart, counts once.
class SeenIds {
public:
    SeenIds();
    ~SeenIds();
    // True the first time. An empty id is always new.
    bool insert(std::string_view id);
    void next_window();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace smtpaudit
