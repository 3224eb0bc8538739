#include "analysis/factors.hpp"

#include "analysis/account_settings.hpp"
#include "analysis/exposure_words.hpp"
#include "analysis/marks.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

namespace smtpaudit {
namespace {

std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", group_thousands(count), count == 1 ? one : many);
}

int percent(double share) { return round_half_up(100 * share); }

std::string unknown_share_words(const SubjectView& view) {
    const std::uint64_t unknown = view.profile.messages().unknown;
    if (unknown == 0) return {};
    return fmt::format("; {} of unknown protocol count as a third",
                       plural(unknown, "message", "messages"));
}

std::string volume_words(const SubjectView& view, const EvidenceSpan& span) {
    const UseProfile& profile = view.profile;
    const MeasureUse& basic = profile.basic();
    if (profile.sign_ins_stand_in())
        return fmt::format(
            "{} in the last 30 days; no report names this sender, so sign-ins stand "
            "in for messages",
            plural(basic.last_30, "successful Basic sign-in", "successful Basic sign-ins"));
    if (profile.basic_from_table())
        return fmt::format("{} in a table taken to cover {} days{}",
                           plural(basic.undated, "Basic message", "Basic messages"),
                           span.table_days, unknown_share_words(view));
    return fmt::format("{} in the last 30 days, {} in {} covered days{}",
                       plural(basic.last_30, "Basic message", "Basic messages"),
                       group_thousands(basic.window), span.covered_days(),
                       unknown_share_words(view));
}

std::string dependence_words(const SubjectView& view) {
    if (view.profile.sign_ins_stand_in())
        return "only Basic was seen; what it sends with OAuth is not known without the report";
    const MessageCounts messages = view.profile.messages();
    if (messages.oauth == 0 && messages.basic > 0) return "nothing it sent used OAuth";
    if (messages.basic == 0 && messages.oauth == 0) return "the protocol was not told";
    const double share =
        static_cast<double>(messages.basic) / static_cast<double>(messages.basic + messages.oauth);
    return fmt::format("{} % of its messages use Basic ({} of {})", percent(share),
                       group_thousands(messages.basic),
                       group_thousands(messages.basic + messages.oauth));
}

std::string recency_words(const SubjectView& view, const EvidenceSpan& span) {
    const MeasureUse& basic = view.profile.basic();
    if (!basic.last_day)
        return span.from ? "no dated Basic submission" : "the evidence has no dates";
    const int age = days_between(*basic.last_day, *span.to);
    const std::string day = format_day_long(*basic.last_day);
    if (age == 0) return fmt::format("last Basic on {}, the last day of the evidence", day);
    return fmt::format("last Basic on {}, {} before the evidence ends", day,
                       plural(static_cast<std::uint64_t>(age), "day", "days"));
}

std::string regularity_words(const SubjectView& view, const EvidenceSpan& span) {
    const MeasureUse& basic = view.profile.basic();
    if (!view.risk.active_day_share)
        return span.from ? "no dated Basic submission" : "the evidence has no dates";
    return fmt::format("Basic on {} of {} covered days ({} %)", basic.active_days,
                       view.risk.covered_days, percent(*view.risk.active_day_share));
}

std::string business_words(const SubjectView& view, const Inventory& inventory) {
    const Class words = class_of(view, inventory);
    if (words.source == "unknown") return "no word in its name tells what it is";
    if (words.source == "inventory") return fmt::format("{}, says {}", words.name, words.because);
    if (words.source == "signs") return fmt::format("{}: {}", words.name, words.because);
    return fmt::format("{}, guessed from {}", words.name, words.because);
}

std::string impact_words(ImpactFactor factor, const SubjectView& view, const EvidenceSpan& span,
                         const Inventory& inventory) {
    switch (factor) {
        case ImpactFactor::volume: return volume_words(view, span);
        case ImpactFactor::dependence: return dependence_words(view);
        case ImpactFactor::recency: return recency_words(view, span);
        case ImpactFactor::regularity: return regularity_words(view, span);
        case ImpactFactor::business: return business_words(view, inventory);
    }
    return {};
}

std::vector<Factor> impact_factors(const SubjectView& view, const EvidenceSpan& span,
                                   const Weights& weights, const Inventory& inventory) {
    std::vector<Factor> factors;
    if (!has_impact(view.risk.status)) return factors;
    const ImpactPoints points = impact_points(view.risk, weights.unknown_message_share, weights);
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto factor = static_cast<ImpactFactor>(i);
        factors.push_back({Axis::impact, std::string(to_string(factor)), points[i],
                           max_points(factor, weights),
                           impact_words(factor, view, span, inventory)});
    }
    return factors;
}

std::string status_words(const SubjectView& view, const EvidenceSpan& span) {
    const MessageCounts messages = view.profile.messages();
    const auto& last = view.profile.basic().last_day;
    switch (view.risk.status) {
        case Status::mixed:
            return fmt::format("half migrated, {} % still Basic",
                               percent(static_cast<double>(messages.basic) /
                                       static_cast<double>(messages.basic + messages.oauth)));
        case Status::dormant_basic: return fmt::format("last sent {}", format_day_short(*last));
        case Status::migrated: return "moved to OAuth";
        case Status::unknown: return "protocol not told";
        case Status::oauth_only: return "OAuth only";
        case Status::attempted: return "only failed sign-ins";
        case Status::already_blocked: return "Basic is refused";
        case Status::blocked_retrying: return "refused and still trying";
        case Status::enabled_unused:
            return fmt::format("Basic would work, no use in {} days", span.covered_days());
        case Status::active_basic: break;
    }
    if (view.profile.basic_from_table())
        return fmt::format("{} in {} days", group_thousands(messages.basic), span.table_days);
    if (!view.risk.active_day_share) return {};
    if (*view.risk.active_day_share >= 0.6) return "sends most days";
    return fmt::format("Basic on {} of {} days", view.profile.basic().active_days,
                       view.risk.covered_days);
}

}  // namespace

Class class_of(const SubjectView& view, const Inventory& inventory) {
    const std::string name(to_string(view.class_.business));
    switch (view.class_.source) {
        case ClassSource::unknown: return {name, "unknown", ""};
        case ClassSource::guess:
        case ClassSource::accounts: return {name, "guess", view.class_.because()};
        case ClassSource::signs: return {name, "signs", view.class_.because()};
        case ClassSource::inventory: return {name, "inventory", inventory.because(*view.inventory)};
    }
    return {};
}

std::vector<Factor> account_factors(const SubjectView& view, const EvidenceSpan& span,
                                    const Weights& weights, const Inventory& inventory) {
    std::vector<Factor> factors = impact_factors(view, span, weights, inventory);
    const ExposurePoints points = exposure_points(view.risk, weights);
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto factor = static_cast<ExposureFactor>(i);
        factors.push_back({Axis::exposure, std::string(to_string(factor)), points[i],
                           max_points(factor, weights), exposure_words(factor, view)});
    }
    return factors;
}

std::vector<Factor> device_factors(const SubjectView& view, const EvidenceSpan& span,
                                   const Weights& weights, const Inventory& inventory,
                                   double worst_exposure, const std::string& worst_account,
                                   std::size_t accounts) {
    std::vector<Factor> factors = impact_factors(view, span, weights, inventory);
    factors.push_back({Axis::exposure, "worst_account", round_tenth(worst_exposure), 100,
                       worst_account.empty() ? "no account uses Basic from here"
                                             : fmt::format("the exposure of {}", worst_account)});
    factors.push_back({Axis::exposure, "concentration", concentration_points(accounts, weights),
                       weights.concentration_max,
                       fmt::format("{} with Basic from here",
                                   plural(accounts, "account sends", "accounts send"))});
    return factors;
}

std::string why_line(const SubjectView& view, const EvidenceSpan& span) {
    std::vector<std::string> parts;
    if (view.class_.business != Business::unknown)
        parts.emplace_back(to_string(view.class_.business));
    if (view.risk.privilege && *view.risk.privilege != Privilege::none)
        parts.push_back(role_words(*view.facts));
    const auto using_basic = std::count_if(view.profile.linked.begin(), view.profile.linked.end(),
                                           [](const LinkedUse& use) { return use.uses_basic(); });
    if (view.has_mark("relay_suspected"))
        parts.push_back(fmt::format("relay suspected, {} accounts", using_basic));
    else if (view.has_mark("nat_suspected"))
        parts.push_back(
            fmt::format("{} machines or more, {} accounts", tls_stacks(view.profile), using_basic));
    else if (view.is_device && using_basic > 1)
        parts.push_back(fmt::format("one address, {} accounts", using_basic));
    if (view.has_mark("shared_password"))
        parts.push_back(fmt::format("one password at {} addresses", using_basic));
    if (view.has_mark("roaming_suspected"))
        parts.push_back(fmt::format("on the road, {} addresses", using_basic));
    const std::string status = status_words(view, span);
    if (!status.empty()) parts.push_back(status);
    if (view.risk.attack && *view.risk.attack != Attack::none)
        parts.push_back(exposure_words(ExposureFactor::attack, view));
    if (view.risk.old_tls_share && *view.risk.old_tls_share > 0)
        parts.push_back(view.tls[0] > 0 ? "TLS 1.0" : "TLS 1.1");
    return join(parts, ", ");
}

}  // namespace smtpaudit
