#include "store/lock.hpp"

#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <utility>

namespace smtpaudit {
namespace {

constexpr std::chrono::seconds k_longest_wait{10};
constexpr std::chrono::milliseconds k_step{100};

std::string holder(int descriptor) {
    std::array<char, 512> text{};
    const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
    if (got <= 0) return "another run";
    return printable(trim(std::string_view(text.data(), static_cast<std::size_t>(got))));
}

void write_holder(int descriptor, const Clock& clock) {
    std::array<char, 256> host{};
    const bool named = ::gethostname(host.data(), host.size() - 1) == 0;
    const std::string text =
        fmt::format("process {} on {} since {}\n", ::getpid(),
                    named ? host.data() : "an unknown host", format_utc(clock.now()));
    // Only for people: a lock that cannot say its holder is still a lock.
    if (::ftruncate(descriptor, 0) == 0 && ::pwrite(descriptor, text.data(), text.size(), 0) < 0)
        errno = 0;
}

}  // namespace

StoreLock::StoreLock(StoreLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

StoreLock::~StoreLock() {
    if (descriptor_ < 0) return;
    if (::ftruncate(descriptor_, 0) != 0) errno = 0;
    ::close(descriptor_);
}

Result<StoreLock> StoreLock::take(const std::string& store_path, Clock& clock,
                                  std::stop_token stop) {
    const std::string path = store_path + ".lock";
    StoreLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (lock.descriptor_ < 0)
        return fail(Errc::local, path +
                                     ": cannot be opened for writing; see to the rights of its "
                                     "folder, or give --store none");
    (void)::fchmod(lock.descriptor_, 0600);  // what the umask took away
    const auto deadline = clock.steady_now() + k_longest_wait;
    while (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail(Errc::local, path + ": cannot be locked on this file system");
        if (clock.steady_now() >= deadline) {
            const std::string who = holder(lock.descriptor_);
            ::close(std::exchange(lock.descriptor_, -1));
            return fail(Errc::local, fmt::format("{}: in use by {}; wait for it to end, or give "
                                                 "--store none",
                                                 store_path, who));
        }
        if (!clock.sleep_for(k_step, stop)) {
            ::close(std::exchange(lock.descriptor_, -1));
            return fail(Errc::interrupted, "interrupted");
        }
    }
    write_holder(lock.descriptor_, clock);
    return lock;
}

}  // namespace smtpaudit
