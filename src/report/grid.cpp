#include "report/grid.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace smtpaudit {
namespace {

constexpr std::size_t k_indent = 1;
constexpr std::size_t k_gap = 2;

}  // namespace

Grid::Grid(std::vector<GridColumn> columns) : columns_(std::move(columns)) {
    for (const GridColumn& column : columns_) widths_.push_back(display_width(column.title));
}

void Grid::measure(const Cells& cells) {
    for (std::size_t i = 0; i < widths_.size(); ++i)
        widths_[i] = std::max(widths_[i], display_width(cells[i]));
}

std::size_t Grid::total() const {
    std::size_t sum = k_indent;
    for (const std::size_t width : widths_)
        if (width != 0) sum += width + k_gap;
    return sum - k_gap;
}

void Grid::fit(std::size_t width, const std::vector<GridStep>& steps) {
    const std::vector<std::size_t> natural = widths_;
    for (const GridStep& step : steps) {
        const std::size_t now = total();
        if (now <= width) break;
        std::size_t& column = widths_[step.column];
        const std::size_t excess = now - width;
        if (step.least == 0)
            column = 0;
        else if (column > step.least)
            column = std::max(step.least, column > excess ? column - excess : 0);
    }
    // A dropped column may leave more room than was needed: the last that gave way gets it first.
    for (auto step = steps.rbegin(); step != steps.rend() && total() < width; ++step) {
        std::size_t& column = widths_[step->column];
        if (column != 0) column += std::min(width - total(), natural[step->column] - column);
    }
}

std::string Grid::heading() const {
    Cells titles;
    for (const GridColumn& column : columns_) titles.push_back(column.title);
    return line(titles);
}

std::string Grid::line(const Cells& cells) const { return line(cells, columns_.size(), ""); }

std::string Grid::line(const Cells& cells, std::size_t painted_column,
                       std::string_view style) const {
    std::string out(k_indent, ' ');
    for (std::size_t i = 0; i < widths_.size(); ++i) {
        if (widths_[i] == 0) continue;
        if (out.size() > k_indent) out.append(k_gap, ' ');
        const std::string cell = cut_to_width(cells[i], widths_[i]);
        const std::string space(widths_[i] - display_width(cell), ' ');
        const std::string shown = i == painted_column ? painted(cell, style, true) : cell;
        out += columns_[i].right ? space + shown : shown + space;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out + '\n';
}

}  // namespace smtpaudit
