// Standard error for everybody: lines that stay, and one line of progress that is written over.
#pragma once

#include "base/files.hpp"

#include <cstddef>
#include <functional>
#include <mutex>
#include <string_view>
#include <utility>

namespace smtpaudit {

// What is written takes the line of progress away first, so that the two never mix. Thread-safe.
class StatusLine final : public ByteSink {
public:
    // `shown`: only on a terminal. `columns` of it; 0: unknown.
    StatusLine(ByteSink& sink, bool shown, std::size_t columns)
        : sink_(sink), shown_(shown), columns_(columns == 0 ? 80 : columns) {}
    // Several at work share one line on the screen: `show` is told what this one would say, an
    // empty text to take it away.
    using Show = std::function<void(std::string_view text)>;
    StatusLine(ByteSink& sink, Show show)
        : sink_(sink), shown_(true), columns_(0), show_(std::move(show)) {}
    ~StatusLine() override { clear(); }
    StatusLine(const StatusLine&) = delete;
    StatusLine& operator=(const StatusLine&) = delete;

    Result<void> write(std::string_view bytes) override;
    Result<void> flush() override;

    bool is_shown() const { return shown_; }
    // Cut to the width. Nothing where it is not shown.
    void show(std::string_view text);
    void clear();

private:
    void clear_locked();

    ByteSink& sink_;
    const bool shown_;
    const std::size_t columns_;
    const Show show_;
    std::mutex mutex_;
    bool on_screen_ = false;
};

}  // namespace smtpaudit
