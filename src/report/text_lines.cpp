#include "report/text_lines.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace smtpaudit {
namespace {

constexpr std::size_t k_default_width = 120;
constexpr std::size_t k_least_width = 60;
constexpr std::string_view k_ellipsis = "…";

// Fills lines word by word.
class Filler {
public:
    Filler(std::string_view label, std::size_t width)
        : line_(label),
          // A label never leaves less than half of the line to its text.
          indent_(std::min(display_width(label), width / 2)),
          used_(display_width(label)),
          width_(width) {}

    void word(std::string_view word, std::string_view gap) {
        const std::size_t size = display_width(word);
        const std::size_t before = fresh_ ? 0 : display_width(gap);
        if (used_ + before + size > width_ && used_ > indent_)
            break_line();
        else if (!fresh_)
            append(gap);
        std::string rest(word);
        while (display_width(rest) > width_ - indent_) rest = take_piece(rest);
        append(rest);
        fresh_ = false;
    }
    std::string finish() {
        break_line();
        return std::move(out_);
    }

private:
    void append(std::string_view text) {
        line_ += text;
        used_ += display_width(text);
    }
    void break_line() {
        line_.erase(line_.find_last_not_of(' ') + 1);
        out_ += line_ + '\n';
        line_.assign(indent_, ' ');
        used_ = indent_;
        fresh_ = true;
    }
    // A word longer than a line: puts what fits and gives back the rest.
    std::string take_piece(const std::string& word) {
        // The blanks make the word too wide by more than the ellipsis, so that one is always set.
        const std::string cut = cut_to_width(word + "  ", width_ - indent_ + 1);
        const std::string piece = cut.substr(0, cut.size() - k_ellipsis.size());
        append(piece);
        break_line();
        return word.substr(piece.size());
    }

    std::string out_, line_;
    std::size_t indent_, used_, width_;
    bool fresh_ = true;  // nothing but the label or the indent in the line
};

}  // namespace

std::size_t screen_width(const WriteOptions& options) {
    return options.columns == 0 ? k_default_width : std::max(options.columns, k_least_width);
}

std::string pad_right(std::string_view text, std::size_t columns) {
    const std::size_t width = display_width(text);
    return std::string(text) + std::string(columns > width ? columns - width : 0, ' ');
}

std::string pad_left(std::string_view text, std::size_t columns) {
    const std::size_t width = display_width(text);
    return std::string(columns > width ? columns - width : 0, ' ') + std::string(text);
}

std::string wrapped(std::string_view label, std::string_view text, std::size_t width) {
    Filler filler(label, width);
    for (const std::string_view word : split(text, ' '))
        if (!word.empty()) filler.word(word, " ");
    return filler.finish();
}

std::string packed(std::string_view label, const std::vector<std::string>& parts,
                   std::size_t width) {
    Filler filler(label, width);
    const std::size_t room = width - std::min(display_width(label), width / 2);
    for (const std::string& part : parts) {
        if (display_width(part) <= room) {
            filler.word(part, " · ");
            continue;
        }
        std::string_view gap = " · ";
        for (const std::string_view word : split(part, ' ')) {
            if (!word.empty()) filler.word(word, gap);
            gap = " ";
        }
    }
    return filler.finish();
}

std::string painted(std::string_view text, std::string_view style, bool color) {
    if (!color || text.empty()) return std::string(text);
    return fmt::format("\x1B[{}m{}\x1B[0m", style, text);
}

std::string_view band_style(Band band) {
    constexpr std::array<std::string_view, k_bands> styles = {"2", "36", "33", "31", "1;31"};
    return styles[static_cast<std::size_t>(band)];
}

}  // namespace smtpaudit
