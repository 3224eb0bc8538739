#include "app/sink_thread.hpp"
#include "model/facts.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>
#include <stdexcept>
#include <string>
#include <vector>

using namespace smtpaudit;

namespace {

std::string words(const Observation& o) {
    return fmt::format("{} {} {} {} {} {} {} {} {}", o.account, o.user_id, o.tls_cipher,
                       o.user_agent, o.app, o.country, o.record_id, o.messages, o.line);
}

class WordSink final : public EvidenceSink {
public:
    void observe(const Observation& o) override {
        if (o.line == throw_at) throw std::runtime_error("full");
        seen.push_back(words(o));
    }
    void account(const AccountFacts& facts) override {
        seen.push_back("account " + facts.user_principal_name);
    }
    void tenant(const TenantFacts& facts) override { seen.push_back("tenant " + *facts.name); }
    void traced(const TracedMessage& m) override { seen.push_back(std::string(m.sender)); }
    void machine(const MachineName& m) override { seen.push_back(std::string(m.name)); }

    std::uint64_t throw_at = 0;
    std::vector<std::string> seen;
};

// The texts are gone as soon as the call is over, as those of a source are.
void push(EvidenceSink& sink, std::uint64_t line, std::size_t length = 8) {
    std::string account(length, static_cast<char>('a' + line % 26));
    std::string rest = fmt::format("{0}u|{0}c|{0}g|{0}p|{0}n|{0}r", line);
    Observation o;
    o.account = account;
    const std::string_view all = rest;
    std::string_view* const texts[] = {&o.user_id, &o.tls_cipher, &o.user_agent,
                                       &o.app,     &o.country,    &o.record_id};
    std::size_t at = 0;
    for (std::string_view* text : texts) {
        const std::size_t end = std::min(all.find('|', at), all.size());
        *text = all.substr(at, end - at);
        at = end + 1;
    }
    o.messages = line * 3;
    o.line = line;
    sink.observe(o);
    account.assign(length, '!');
    rest.assign(rest.size(), '!');
}

void push_all(EvidenceSink& sink, std::uint64_t count) {
    for (std::uint64_t line = 1; line <= count; ++line) {
        // One is larger than a batch; the others make batches end at odd places.
        push(sink, line, line == 1777 ? 300'000 : line % 1000);
        if (line % 1500 != 0) continue;
        AccountFacts account;
        account.user_principal_name = fmt::format("scan{}@contoso.com", line);
        sink.account(account);
        TenantFacts tenant;
        tenant.name = fmt::format("Contoso {}", line);
        sink.tenant(tenant);
        sink.traced({"erp@contoso.com", "x@fabrikam.com", UtcTime(), std::nullopt});
        sink.machine({IpAddress(), "printer7", "a.eml"});
    }
}

}  // namespace

TEST_CASE("a thread of its own takes the same evidence in the same order") {
    for (const std::uint64_t count : {0U, 1U, 511U, 512U, 513U, 6000U}) {
        INFO(count);
        WordSink direct;
        push_all(direct, count);
        WordSink target;
        {
            SinkThread thread(target);
            push_all(thread, count);
            thread.finish();
        }
        CHECK(target.seen == direct.seen);
    }
}

TEST_CASE("an exception of the target reaches the one who waits") {
    WordSink target;
    target.throw_at = 700;
    SinkThread thread(target);
    const auto run = [&] {
        push_all(thread, 6000);
        thread.finish();
    };
    CHECK_THROWS_AS(run(), std::runtime_error);
}

TEST_CASE("evidence that is given up is not waited for") {
    WordSink target;
    {
        SinkThread thread(target);
        push_all(thread, 5000);
    }
    CHECK(target.seen.size() <= 5012);
}
