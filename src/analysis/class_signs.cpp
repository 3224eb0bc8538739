#include "analysis/class_signs.hpp"

#include "base/text.hpp"

#include <array>
#include <vector>

namespace smtpaudit {
namespace {

using Businesses = std::uint8_t;  // a bit for each Business

constexpr Businesses bit(Business business) {
    return static_cast<Businesses>(1U << static_cast<unsigned>(business));
}

// What can send like this. A sign that fits nearly everything says nothing and is empty.
constexpr Businesses senders_of(CadenceKind kind) {
    switch (kind) {
        case CadenceKind::rare: return bit(Business::alert);
        case CadenceKind::month_end: return bit(Business::finance);
        case CadenceKind::nightly:
        case CadenceKind::fixed_time: return bit(Business::backup) | bit(Business::app);
        case CadenceKind::office_hours: return bit(Business::scanner) | bit(Business::person);
        case CadenceKind::round_the_clock: return bit(Business::app);
        case CadenceKind::unknown: break;
    }
    return 0;
}

// Programs on servers are updated with their system; a box in a corner keeps the TLS it was sold with.
constexpr double k_old_tls = 0.5;
constexpr Businesses k_old_boxes =
    bit(Business::scanner) | bit(Business::alert) | bit(Business::backup);

// The class of exactly one bit.
std::optional<Business> only(Businesses businesses) {
    for (std::size_t i = 0; i < k_businesses; ++i)
        if (businesses == bit(static_cast<Business>(i))) return static_cast<Business>(i);
    return std::nullopt;
}

}  // namespace

SubjectClass class_from_signs(SubjectClass found, const Cadence& cadence,
                              std::optional<double> old_tls_share) {
    const Businesses by_time = senders_of(cadence.kind);
    const Businesses by_tls =
        old_tls_share && *old_tls_share >= k_old_tls ? k_old_boxes : Businesses{0};
    found.cadence = cadence;
    if (found.source != ClassSource::unknown) {
        found.cadence_agrees = (by_time & bit(found.business)) != 0;
        found.tls_agrees = (by_tls & bit(found.business)) != 0;
        if (found.cadence_agrees || found.tls_agrees) found.source = ClassSource::signs;
        return found;
    }
    // Nameless: two signs that leave one class, or one sign that fits one class alone. Seldom is no
    // such sign: a person's forgotten phone is as quiet as an alarm.
    const Businesses both = by_time & by_tls;
    if (const auto agreed = only(both)) {
        found.business = *agreed;
        found.cadence_agrees = found.tls_agrees = true;
        found.source = ClassSource::signs;
    } else if (const auto one = only(by_time); one && cadence.kind != CadenceKind::rare) {
        found.business = *one;
        found.cadence_agrees = true;
        found.source = ClassSource::guess;
    }
    return found;
}

std::string SubjectClass::because() const {
    std::vector<std::string> signs;
    if (!guess.pattern.empty()) signs.push_back(guess.because());
    if (by_accounts) signs.emplace_back("the class of all its accounts");
    if (cadence_agrees) signs.push_back(cadence.words());
    if (tls_agrees) signs.emplace_back("TLS 1.0 or 1.1, as old devices speak it");
    return join(signs, "; ");
}

}  // namespace smtpaudit
