// A sink that keeps what it was given as one readable line each.
#pragma once

#include "model/facts.hpp"
#include "model/observation.hpp"

#include <fmt/format.h>
#include <string>
#include <vector>

namespace smtpaudit::test {

class RecordingSink final : public EvidenceSink {
public:
    // "2 scan@contoso.com 2026-11-22T10:00:00Z basic 5 203.0.113.7 1.2=5 CIPHER <id>": the line,
    // account, instant, protocol, messages, client, TLS counts above 0, cipher and record id; "-"
    // where there is none.
    std::vector<std::string> seen;
    std::uint64_t messages = 0;

    void observe(const Observation& o) override {
        const auto or_dash = [](std::string_view text) {
            return std::string(text.empty() ? "-" : text);
        };
        std::string tls;
        for (std::size_t i = 0; i < k_tls_versions; ++i)
            if (o.tls[i] > 0)
                tls += fmt::format("{}{}={}", tls.empty() ? "" : " ",
                                   to_string(static_cast<TlsVersion>(i)), o.tls[i]);
        seen.push_back(fmt::format("{} {} {} {} {} {} {} {} {}", o.line, o.account,
                                   o.at ? format_utc(*o.at) : "-", to_string(o.protocol),
                                   o.messages, o.client ? format_ip(*o.client) : "-", or_dash(tls),
                                   or_dash(o.tls_cipher), or_dash(o.record_id)));
        messages += o.messages;
    }
    void account(const AccountFacts&) override { ++facts; }
    void tenant(const TenantFacts&) override { ++facts; }
    std::uint64_t facts = 0;
};

}  // namespace smtpaudit::test
