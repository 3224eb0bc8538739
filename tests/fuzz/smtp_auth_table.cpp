// The table without dates, and the per cents of its TLS versions.
#include "fuzz/evidence.hpp"

#include "sources/smtp_auth_table.hpp"

namespace smtpaudit::fuzz {
namespace {

void check_estimate(std::string_view bytes) {
    std::uint64_t messages = 0;
    TlsShares shares;
    for (int i = 0; i < 4; ++i) messages = messages << 8U | take_choice(bytes);
    for (auto& share : shares) {
        const unsigned choice = take_choice(bytes);
        if (choice % 4 == 0) continue;
        share = Share{
            (take_choice(bytes) << 12U | take_choice(bytes) << 4U | choice >> 4U) % (k_whole + 1),
            choice % 4 == 1};
    }
    const auto counts = estimate_tls(messages, shares);
    if (!counts) return;
    std::uint64_t sum = 0;
    for (const std::uint64_t count : *counts) sum += count;
    require(sum == messages, "an estimate sums to the messages");
}

}  // namespace

void smtp_auth_table(std::string_view bytes) {
    check_estimate(bytes);
    const ReadFile file = check_with_header(
        bytes,
        "Sender address,Domain,Authentication Protocol,Messages sent,TLS 1.0 (percentage),"
        "TLS 1.1 (percentage),TLS 1.2 (percentage)");
    if (!file.coverage || file.kind != "smtp_auth_table") return;
    require(file.days.empty(), "a table has no dates");
    require(file.coverage->rows >= file.seen.size(), "no row is told twice");
}

}  // namespace smtpaudit::fuzz
