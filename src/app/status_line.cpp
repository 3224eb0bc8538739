#include "app/status_line.hpp"

#include "base/text.hpp"

#include <string>

namespace smtpaudit {
namespace {

constexpr std::string_view k_clear_line = "\r\033[K";

}  // namespace

Result<void> StatusLine::write(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    clear_locked();
    return sink_.write(bytes);
}

Result<void> StatusLine::flush() {
    const std::lock_guard lock(mutex_);
    return sink_.flush();
}

void StatusLine::show(std::string_view text) {
    if (!shown_) return;
    if (show_) return show_(text);
    const std::lock_guard lock(mutex_);
    on_screen_ = true;
    // Progress that cannot be written is no reason to stop.
    if (sink_.write(std::string(k_clear_line) + cut_to_width(printable(text), columns_ - 1)))
        (void)sink_.flush();
}

void StatusLine::clear() {
    if (show_) return show_({});
    const std::lock_guard lock(mutex_);
    clear_locked();
}

void StatusLine::clear_locked() {
    if (!on_screen_) return;
    on_screen_ = false;
    if (sink_.write(k_clear_line)) (void)sink_.flush();
}

}  // namespace smtpaudit
