#include "app/progress.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

constexpr std::chrono::milliseconds k_first_after{500};  // a quick reading shows nothing
constexpr std::chrono::milliseconds k_every{200};

}  // namespace

Progress::Progress(const CommandContext& context)
    : context_(context), next_(context.world.clock.steady_now() + k_first_after) {}

Progress::~Progress() { done(); }

void Progress::begin(const std::string& what) {
    what_ = what;
    bytes_ = 0;
}

void Progress::add_bytes(std::uint64_t count) {
    const std::lock_guard lock(mutex_);
    bytes_ += count;
    if (context_.status.is_shown() && context_.world.clock.steady_now() >= next_) show();
}

void Progress::show() {
    next_ = context_.world.clock.steady_now() + k_every;
    context_.status.show(
        fmt::format("reading {}: {:.1f} MB", what_, static_cast<double>(bytes_) / 1e6));
}

void Progress::done() { context_.status.clear(); }

}  // namespace smtpaudit
