#include "app/progress.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

constexpr std::chrono::milliseconds k_first_after{500};  // a quick reading shows nothing
constexpr std::chrono::milliseconds k_every{200};
constexpr std::string_view k_clear_line = "\r\033[K";

}  // namespace

Progress::Progress(const CommandContext& context)
    : context_(context),
      shown_anywhere_(context.world.err_is_terminal && context.log.level() != LogLevel::quiet &&
                      !context.options.log_json),
      next_(context.world.clock.steady_now() + k_first_after) {}

Progress::~Progress() { done(); }

void Progress::begin(const std::string& what) {
    what_ = what;
    bytes_ = 0;
}

void Progress::add_bytes(std::uint64_t count) {
    bytes_ += count;
    if (shown_anywhere_ && context_.world.clock.steady_now() >= next_) show();
}

void Progress::show() {
    next_ = context_.world.clock.steady_now() + k_every;
    on_screen_ = true;
    const std::string line =
        fmt::format("reading {}: {:.1f} MB", printable(what_), static_cast<double>(bytes_) / 1e6);
    const std::size_t width = context_.world.columns == 0 ? 80 : context_.world.columns;
    // Progress that cannot be written is no reason to stop.
    if (context_.world.err.write(fmt::format("{}{}", k_clear_line, cut_to_width(line, width - 1))))
        (void)context_.world.err.flush();
}

void Progress::done() {
    if (!on_screen_) return;
    on_screen_ = false;
    if (context_.world.err.write(k_clear_line)) (void)context_.world.err.flush();
}

}  // namespace smtpaudit
