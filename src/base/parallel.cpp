#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_threads = 4;

struct Failure {
    std::size_t index;
    Error error;
};

}  // namespace

Result<void> for_each_parallel(std::size_t count,
                               const std::function<Result<void>(std::size_t)>& work,
                               std::size_t threads) {
    // Indices are taken in ascending order, so all below one that fails are done whatever happens.
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    const auto run = [&]() -> std::optional<Failure> {
        for (;;) {
            const std::size_t index = next++;
            if (index >= count || failed) return std::nullopt;
            if (auto done = work(index); !done) {
                failed = true;
                return Failure{index, std::move(done).error()};
            }
        }
    };
    if (threads == 0)
        threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, k_most_threads);
    threads = std::min(threads, count);
    // A future that is destroyed waits for its thread, so an exception leaves nothing running.
    std::vector<std::future<std::optional<Failure>>> others;
    for (std::size_t i = 1; i < threads; ++i) others.push_back(std::async(std::launch::async, run));
    std::optional<Failure> first = run();
    for (auto& other : others) {
        auto failure = other.get();
        if (failure && (!first || failure->index < first->index)) first = std::move(failure);
    }
    if (first) return tl::unexpected(std::move(first->error));
    return {};
}

}  // namespace smtpaudit
