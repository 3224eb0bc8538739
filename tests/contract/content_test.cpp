// Faults 14, 15 and 26: answers that came whole and are wrong, too large, or come again.
#include "contract/chain.hpp"

#include <algorithm>
#include <fstream>

namespace smtpaudit::contract {
namespace {

// The most memory this process ever had, in MiB.
double peak_mib() {
    std::ifstream status("/proc/self/status");
    std::string word;
    double kib = 0;
    while (status >> word)
        if (word == "VmHWM:") status >> kib;
    return kib / 1024;
}

// What a page over its cap may cost, against a body of a gigabyte and more. AddressSanitizer keeps
// what was freed for a while, up to 256 MiB.
#if defined(__SANITIZE_ADDRESS__)
constexpr double k_flat_mib = 512;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr double k_flat_mib = 512;
#else
constexpr double k_flat_mib = 128;
#endif
#else
constexpr double k_flat_mib = 128;
#endif

// From here on the peak counts anew.
void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

Pulled pull_with(Fault fault) {
    Chain chain;
    chain.tenant.plan({std::move(fault)});
    return chain.pull();
}

}  // namespace

TEST_CASE("fault 14: bad UTF-8 is no data and ends as an error") {
    const Pulled pulled = pull_with(on_sign_ins(Action::bad_utf8));
    CHECK(pulled.coverage.state == CoverageState::failed);
    CHECK(pulled.rows.empty());
    CHECK(contains(pulled.coverage.reason, "the answer is cut or unreadable"));
}

TEST_CASE("fault 14: nesting without end is refused and needs no stack") {
    for (const std::size_t depth : {200U, 1'000'000U}) {
        Fault deep = on_sign_ins(Action::deep_nesting);
        deep.bytes = depth;
        const Pulled pulled = pull_with(deep);
        CHECK(pulled.coverage.state == CoverageState::failed);
        CHECK(pulled.rows.empty());
    }
}

TEST_CASE("fault 14: of a key that is there twice the last wins and no row is lost or doubled") {
    Fault lists = on_sign_ins(Action::duplicate_keys);
    const Pulled two_lists = pull_with(lists);  // "value" twice
    CHECK(two_lists.coverage.state == CoverageState::complete);
    CHECK(two_lists.rows == whole_half_day());
    for (const std::string field : {"userPrincipalName", "id", "clientAppUsed"}) {
        CAPTURE(field);
        lists.field = field;
        CHECK(pull_with(lists).rows == whole_half_day());
    }
}

TEST_CASE("fault 14: null for a required field leaves out that row and says where") {
    Fault null = on_sign_ins(Action::null_field);
    null.field = "createdDateTime";
    const Pulled pulled = pull_with(null);
    CHECK(pulled.coverage.state == CoverageState::partial);
    CHECK(pulled.rows.size() == whole_half_day().size() - 1);
    CHECK(contains(pulled.coverage.reason, "$.value["));
    CHECK(contains(pulled.coverage.reason, "createdDateTime"));
}

TEST_CASE("fault 14: odd token answers are no token") {
    for (const Action action : {Action::bad_utf8, Action::deep_nesting, Action::null_field}) {
        CAPTURE(fake::action_name(action));
        Chain chain;
        Fault fault;
        fault.path = "/token";
        fault.action = action;
        fault.field = "access_token";
        chain.tenant.plan({fault});
        const Pulled pulled = chain.pull();
        CHECK(pulled.coverage.state == CoverageState::failed);
        CHECK(contains(pulled.coverage.reason, "login.microsoftonline.com"));
        CHECK(chain.requests().empty());
    }
}

TEST_CASE("fault 15: a page over the cap is given up at once and once") {
    Fault big = on_sign_ins(Action::big_body);
    big.bytes = std::size_t{1} << 30U;
    forget_peak();
    const double before = peak_mib();
    Chain chain;
    chain.tenant.plan({big});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::failed);
    CHECK(contains(pulled.coverage.reason, "the answer is over the limit of 33554432 bytes"));
    CHECK(chain.requests().size() == 1);
    CHECK(peak_mib() - before < k_flat_mib);
}

TEST_CASE("fault 15: a gzip bomb of two gigabytes leaves the memory flat") {
    Fault bomb = on_sign_ins(Action::gzip_bomb);
    bomb.bytes = std::size_t{2} << 30U;
    forget_peak();
    const double before = peak_mib();
    Chain chain;
    chain.tenant.plan({bomb});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::failed);
    CHECK(contains(pulled.coverage.reason, "the answer is over the limit of 33554432 bytes"));
    CHECK(chain.requests().size() == 1);
    CHECK(peak_mib() - before < k_flat_mib);
}

TEST_CASE("fault 15: a token answer has a cap of its own") {
    Chain chain;
    Fault big;
    big.path = "/token";
    big.action = Action::gzip_bomb;
    big.bytes = std::size_t{64} << 20U;
    chain.tenant.plan({big});
    CHECK(contains(chain.pull().coverage.reason, "over the limit of 1048576 bytes"));
    CHECK(chain.token_requests() == 1);
}

TEST_CASE("fault 26: the same page twice and overlapping pages count each row once") {
    for (const Action action : {Action::same_page, Action::overlap}) {
        CAPTURE(fake::action_name(action));
        Chain chain;
        Fault again = on_sign_ins(action, {1});
        again.rows = 7;
        chain.tenant.plan({again, short_pages()});
        const Pulled pulled = chain.pull();
        CHECK(pulled.rows == whole_half_day());
        CHECK(pulled.coverage.state == CoverageState::complete);
    }
}

TEST_CASE("fault 26: an overlap within short pages is told with its count") {
    Chain chain;
    // Nine rows, then a page that begins with the last three of them.
    chain.tenant.plan({short_pages(9)});
    const auto calm = chain.pull();
    CHECK(calm.rows == whole_half_day());
    Chain doubled;
    Fault twice = on_sign_ins(Action::same_page, {1});
    doubled.tenant.plan({twice});
    const Pulled pulled = doubled.pull();
    CHECK(pulled.rows == whole_half_day());
    const auto& notes = pulled.coverage.notes;
    CHECK(std::any_of(notes.begin(), notes.end(), [&](const std::string& note) {
        return note ==
               std::to_string(whole_half_day().size()) + " rows came more than once: counted once";
    }));
}

TEST_CASE("fault 26: an empty page with a link is not the end") {
    Chain chain;
    chain.tenant.plan({on_sign_ins(Action::empty_page, {1, 3}), short_pages()});
    const Pulled pulled = chain.pull();
    CHECK(pulled.rows == whole_half_day());
    CHECK(pulled.coverage.state == CoverageState::complete);
}

}  // namespace smtpaudit::contract
