// LD_PRELOAD: the steady clock of a C++ program, and its timed waits, run SMTPAUDIT_TEST_SPEED
// times as fast, so that a wait of ten minutes takes seconds and is still waited for. libcurl and
// the kernel ask other functions, so a connection has as long as ever. libfaketime does not do
// this: it does not know pthread_cond_clockwait, by which std::condition_variable waits.
#include <dlfcn.h>
#include <pthread.h>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::int64_t k_second = 1'000'000'000;

std::int64_t real_now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * k_second + now.tv_nsec;
}

struct Speed {
    std::int64_t start = real_now();
    std::int64_t factor = 1;
    Speed() {
        if (const char* told = std::getenv("SMTPAUDIT_TEST_SPEED"))
            factor = std::max<std::int64_t>(std::strtoll(told, nullptr, 10), 1);
    }
};

const Speed& speed() {
    static const Speed one;
    return one;
}

}  // namespace

// The definition in libstdc++ steps back behind this one.
std::chrono::steady_clock::time_point std::chrono::steady_clock::now() noexcept {
    const Speed& at = speed();
    return time_point(duration(at.start + (real_now() - at.start) * at.factor));
}

extern "C" int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                      clockid_t clock, const timespec* until) {
    using Wait = int (*)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*);
    static const auto next = reinterpret_cast<Wait>(dlsym(RTLD_NEXT, "pthread_cond_clockwait"));
    if (clock != CLOCK_MONOTONIC) return next(condition, mutex, clock, until);
    const Speed& at = speed();
    const std::int64_t fast = until->tv_sec * k_second + until->tv_nsec;
    const std::int64_t real = at.start + (fast - at.start) / at.factor;
    const timespec then{real / k_second, real % k_second};
    return next(condition, mutex, clock, &then);
}
