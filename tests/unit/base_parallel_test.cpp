#include "base/parallel.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>
#include <atomic>
#include <stdexcept>
#include <vector>

using namespace smtpaudit;

TEST_CASE("every index is worked on once") {
    std::vector<std::atomic<int>> seen(100);
    REQUIRE(for_each_parallel(seen.size(), [&](std::size_t i) -> Result<void> {
        ++seen[i];
        return {};
    }));
    for (const auto& count : seen) CHECK(count == 1);
    CHECK(for_each_parallel(
        0, [](std::size_t) -> Result<void> { return fail(Errc::input, "there is none"); }));
}

TEST_CASE("the failure of the lowest index is returned and begins no more") {
    std::atomic<int> begun{0};
    const auto result = for_each_parallel(1000, [&](std::size_t i) -> Result<void> {
        ++begun;
        if (i >= 3) return fail(Errc::input, fmt::format("number {}", i));
        return {};
    });
    REQUIRE_FALSE(result);
    CHECK(result.error().message == "number 3");
    CHECK(begun <= 3 + 4);  // one failure on each thread
}

TEST_CASE("an exception of parallel work comes back to the caller") {
    CHECK_THROWS_AS(for_each_parallel(8,
                                      [](std::size_t i) -> Result<void> {
                                          if (i == 5) throw std::logic_error("a bug");
                                          return {};
                                      }),
                    std::logic_error);
}
