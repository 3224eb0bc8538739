// Columns of text that give way in a fixed order when the screen is narrow.
#pragma once

#include "report/text_lines.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

struct GridColumn {
    std::string title;
    bool right = false;  // aligned to the right
};

// `column` is cut down to `least` columns, 0: it is dropped.
struct GridStep {
    std::size_t column;
    std::size_t least;
};

class Grid {
public:
    using Cells = std::vector<std::string>;  // one for each column, printable

    explicit Grid(std::vector<GridColumn> columns);
    // Widens the columns to these cells.
    void measure(const Cells& cells);
    // Takes the steps one after the other until a line fits into `width`.
    void fit(std::size_t width, const std::vector<GridStep>& steps);

    std::string heading() const;
    // No spaces at the end; `style` colours one cell (text_lines.hpp).
    std::string line(const Cells& cells) const;
    std::string line(const Cells& cells, std::size_t painted_column, std::string_view style) const;

private:
    std::size_t total() const;

    std::vector<GridColumn> columns_;
    std::vector<std::size_t> widths_;  // 0: dropped
};

}  // namespace smtpaudit
