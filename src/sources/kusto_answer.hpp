// Answers of the two services that run KQL, as one table: Log Analytics gives columns and rows,
// advanced hunting a schema and objects (facts/graph.md 3.1, 3.2).
#pragma once

#include "base/result.hpp"
#include "sources/json_scan.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

struct KustoCell {
    // `other`: an array or object, which none of our queries asks for.
    enum class State : std::uint8_t { absent, null, text, number, boolean, other };
    State state = State::absent;
    std::string text;  // of text, number and boolean ("true")
};

class KustoTable {
public:
    std::size_t rows() const { return starts_.size(); }
    // nullopt: the answer has no such column.
    std::optional<std::size_t> column(std::string_view name) const;
    const KustoCell& at(std::size_t row, std::size_t column) const;

private:
    friend class KustoAnswerReader;
    std::vector<std::string> columns_;
    std::vector<KustoCell> cells_;
    std::vector<std::size_t> starts_;  // of each row in cells_
};

struct KustoAnswer {
    KustoTable table;
    // Not empty: the rows are only a part, although the status is 200. The service's codes,
    // "PartialError", outermost first.
    std::vector<std::string> error_codes;
};

// Problem: not JSON, or neither a list of rows nor an error in it.
tl::expected<KustoAnswer, JsonProblem> read_kusto_answer(std::string_view body);

// The error of an answer that is not a 200; nested errors of any depth are walked.
struct KustoError {
    std::vector<std::string> codes;  // "BadArgumentError", "SemanticError", "SEM0100"
    std::string messages;  // all of them; for looking at, never for showing
};
KustoError read_kusto_error(const std::string& body);

}  // namespace smtpaudit
