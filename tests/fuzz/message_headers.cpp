// Headers of a mail: what is taken from one can be printed.
#include "fuzz/fuzz.hpp"

#include "sources/message_headers.hpp"
#include "support/fakes.hpp"
#include "support/recording_sink.hpp"

namespace smtpaudit::fuzz {
namespace {

class NameSink final : public EvidenceSink {
public:
    std::vector<std::string> seen;
    void observe(const Observation&) override { require(false, "a header is no observation"); }
    void account(const AccountFacts&) override {}
    void tenant(const TenantFacts&) override {}
    void machine(const MachineName& machine) override {
        require(!machine.name.empty(), "a machine has a name");
        seen.push_back(format_ip(machine.client) + " " + std::string(machine.name));
    }
};

std::string read(std::string_view bytes, std::size_t step, std::vector<std::string>& seen) {
    test::TextSource source(std::string(bytes), step);
    NameSink sink;
    const auto result = read_message_headers(source, "m.eml", sink);
    seen = std::move(sink.seen);
    return result ? "" : result.error().message;
}

}  // namespace

void message_headers(std::string_view bytes) {
    std::vector<std::string> once, pieces;
    const std::string error = read(bytes, std::size_t{64} * 1024, once);
    require(error == read(bytes, 3, pieces) && once == pieces,
            "headers do not depend on how the bytes come", error);
    if (!error.empty()) require_message(error);
    require(error.empty() != once.empty(), "a message tells a machine or says why not");
}

}  // namespace smtpaudit::fuzz
