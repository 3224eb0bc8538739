#include "analysis/risk_model.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cmath>

namespace smtpaudit {
namespace {

constexpr std::array<std::string_view, k_businesses> k_business_names = {
    "critical", "alert", "backup", "finance", "app", "scanner", "unknown", "person"};

// What unknown factors add, at the three ends of the range.
constexpr std::array<double, 3> k_unknown_share = {0, 1.0 / 3, 1};

template <typename Points, typename Factor>
Range sum(const Points& points, const Weights& weights, Factor /*type*/) {
    double known = 0;
    double missing = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (points[i])
            known += *points[i];
        else
            missing += max_points(static_cast<Factor>(i), weights);
    }
    return {known, known + missing * k_unknown_share[1], known + missing};
}

template <typename Points, typename Factor>
void add_share(const Points& points, const Weights& weights, Factor /*type*/, double& known,
               double& whole) {
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double most = max_points(static_cast<Factor>(i), weights);
        whole += most;
        if (points[i]) known += most;
    }
}

int combine(const RiskInput& input, int days_left, double impact, double exposure,
            const Weights& weights) {
    const double i = round_half_up(impact);
    const double e = round_half_up(exposure);
    const double u = input.status == Status::blocked_retrying ? 1.0 : urgency(days_left);
    double priority = std::min(100, round_half_up(std::max(u * i, e) + 0.25 * std::min(u * i, e)));
    if (has_impact(input.status)) {
        const bool quiet = input.business == Business::alert || input.business == Business::backup;
        if (quiet && input.class_sure) priority = std::max(priority, weights.floor_quiet);
        if (input.unknown_window > 0 && input.basic_usable != Ternary::no)
            priority = std::max(priority, weights.floor_unknown);
    }
    return input.compromised ? 100 : static_cast<int>(priority);
}

// The three ends for impact, each with its own share of unknown messages.
Range impact_range(const RiskInput& input, const Weights& weights) {
    if (!has_impact(input.status)) return {};
    const auto at = [&](double share) {
        return sum(impact_points(input, share, weights), weights, ImpactFactor{});
    };
    return {at(0).low, at(weights.unknown_message_share).middle, at(1).high};
}

Assessment combine_all(const RiskInput& input, const Range& impact, const Range& exposure,
                       int days_left, const Weights& weights) {
    Assessment result;
    result.impact = round_half_up(impact.middle);
    result.exposure = round_half_up(exposure.middle);
    result.exposure_range = exposure;
    result.priority_low = combine(input, days_left, impact.low, exposure.low, weights);
    result.priority = combine(input, days_left, impact.middle, exposure.middle, weights);
    result.priority_high = combine(input, days_left, impact.high, exposure.high, weights);
    result.band = band_of(result.priority);
    return result;
}

double round_share(double known, double whole) {
    return round_half_up(100 * known / whole) / 100.0;
}

}  // namespace

std::string_view to_string(Business business) {
    return k_business_names[static_cast<std::size_t>(business)];
}

std::optional<Business> parse_business(std::string_view text) {
    const auto at = std::find(k_business_names.begin(), k_business_names.end(), text);
    if (at == k_business_names.end()) return std::nullopt;
    return static_cast<Business>(at - k_business_names.begin());
}

std::string_view to_string(ImpactFactor factor) {
    constexpr std::array<std::string_view, k_impact_factors> names = {
        "volume", "dependence", "recency", "regularity", "business"};
    return names[static_cast<std::size_t>(factor)];
}

std::string_view to_string(ExposureFactor factor) {
    constexpr std::array<std::string_view, k_exposure_factors> names = {
        "basic_usable",   "privilege", "mfa",    "password_age",
        "shared_sign_in", "attack",    "spread", "old_tls"};
    return names[static_cast<std::size_t>(factor)];
}

std::span<const WeightName> weight_names() {
    static constexpr std::array names = {
        WeightName{"impact.volume.slope", [](Weights& w) { return &w.volume_slope; }},
        WeightName{"impact.volume.max", [](Weights& w) { return &w.volume_max; }},
        WeightName{"impact.dependence", [](Weights& w) { return &w.dependence; }},
        WeightName{"impact.recency.days_7", [](Weights& w) { return &w.recency_7; }},
        WeightName{"impact.recency.days_30", [](Weights& w) { return &w.recency_30; }},
        WeightName{"impact.recency.days_60", [](Weights& w) { return &w.recency_60; }},
        WeightName{"impact.recency.days_90", [](Weights& w) { return &w.recency_90; }},
        WeightName{"impact.regularity.percent_60", [](Weights& w) { return &w.regular_60; }},
        WeightName{"impact.regularity.percent_20", [](Weights& w) { return &w.regular_20; }},
        WeightName{"impact.regularity.rest", [](Weights& w) { return &w.regular_rest; }},
        WeightName{"impact.business.critical", [](Weights& w) { return &w.business[0]; }},
        WeightName{"impact.business.alert", [](Weights& w) { return &w.business[1]; }},
        WeightName{"impact.business.backup", [](Weights& w) { return &w.business[2]; }},
        WeightName{"impact.business.finance", [](Weights& w) { return &w.business[3]; }},
        WeightName{"impact.business.app", [](Weights& w) { return &w.business[4]; }},
        WeightName{"impact.business.scanner", [](Weights& w) { return &w.business[5]; }},
        WeightName{"impact.business.unknown", [](Weights& w) { return &w.business[6]; }},
        WeightName{"impact.business.person", [](Weights& w) { return &w.business[7]; }},
        WeightName{"exposure.basic_usable", [](Weights& w) { return &w.basic_usable; }},
        WeightName{"exposure.privilege.global", [](Weights& w) { return &w.privilege_global; }},
        WeightName{"exposure.privilege.admin", [](Weights& w) { return &w.privilege_admin; }},
        WeightName{"exposure.mfa", [](Weights& w) { return &w.mfa_missing; }},
        WeightName{"exposure.password_age.years_3", [](Weights& w) { return &w.password_3_years; }},
        WeightName{"exposure.password_age.years_1", [](Weights& w) { return &w.password_1_year; }},
        WeightName{"exposure.shared_sign_in", [](Weights& w) { return &w.shared_sign_in; }},
        WeightName{"exposure.attack.hit", [](Weights& w) { return &w.attack_hit; }},
        WeightName{"exposure.attack.spray", [](Weights& w) { return &w.attack_spray; }},
        WeightName{"exposure.attack.some", [](Weights& w) { return &w.attack_some; }},
        WeightName{"exposure.spread.many_countries",
                   [](Weights& w) { return &w.spread_many_countries; }},
        WeightName{"exposure.spread.many", [](Weights& w) { return &w.spread_many; }},
        WeightName{"exposure.spread.few", [](Weights& w) { return &w.spread_few; }},
        WeightName{"exposure.old_tls.full", [](Weights& w) { return &w.old_tls; }},
        WeightName{"exposure.old_tls.least", [](Weights& w) { return &w.old_tls_least; }},
        WeightName{"exposure.concentration.each", [](Weights& w) { return &w.concentration_each; }},
        WeightName{"exposure.concentration.max", [](Weights& w) { return &w.concentration_max; }},
        WeightName{"floor.quiet", [](Weights& w) { return &w.floor_quiet; }},
        WeightName{"floor.unknown", [](Weights& w) { return &w.floor_unknown; }},
        WeightName{"unknown_message_share", [](Weights& w) { return &w.unknown_message_share; }},
    };
    return names;
}

double max_points(ImpactFactor factor, const Weights& w) {
    switch (factor) {
        case ImpactFactor::volume: return w.volume_max;
        case ImpactFactor::dependence: return w.dependence;
        case ImpactFactor::recency: return w.recency_7;
        case ImpactFactor::regularity: return w.regular_60;
        case ImpactFactor::business: return *std::max_element(w.business.begin(), w.business.end());
    }
    return 0;
}

double max_points(ExposureFactor factor, const Weights& w) {
    switch (factor) {
        case ExposureFactor::basic_usable: return w.basic_usable;
        case ExposureFactor::privilege: return w.privilege_global;
        case ExposureFactor::mfa: return w.mfa_missing;
        case ExposureFactor::password_age: return w.password_3_years;
        case ExposureFactor::shared_sign_in: return w.shared_sign_in;
        case ExposureFactor::attack: return w.attack_hit;
        case ExposureFactor::spread: return w.spread_many_countries;
        case ExposureFactor::old_tls: return w.old_tls;
    }
    return 0;
}

double monthly_messages(const RiskInput& in, double unknown_weight) {
    const double last_30 =
        static_cast<double>(in.basic_30d) + unknown_weight * static_cast<double>(in.unknown_30d);
    const double window = static_cast<double>(in.basic_window) +
                          unknown_weight * static_cast<double>(in.unknown_window);
    return std::max(last_30, window * 30 / in.covered_days);
}

ImpactPoints impact_points(const RiskInput& in, double unknown_weight, const Weights& w) {
    const double m = monthly_messages(in, unknown_weight);
    const double basic = static_cast<double>(in.basic_window) +
                         unknown_weight * static_cast<double>(in.unknown_window);
    const double total = basic + static_cast<double>(in.oauth_window);
    const double size = std::log10(1 + m);
    ImpactPoints points;
    points[0] = std::min(w.volume_max, round_tenth(w.volume_slope * size));
    points[1] = total > 0 ? round_tenth(w.dependence * basic / total * std::min(1.0, size / 2)) : 0;
    if (const auto age = in.last_basic_days)
        points[2] = *age <= 7    ? w.recency_7
                    : *age <= 30 ? w.recency_30
                    : *age <= 60 ? w.recency_60
                    : *age <= 90 ? w.recency_90
                                 : 0;
    if (const auto share = in.active_day_share)
        points[3] = *share >= 0.6 ? w.regular_60 : *share >= 0.2 ? w.regular_20 : w.regular_rest;
    points[4] = w.business[static_cast<std::size_t>(in.business)];
    return points;
}

ExposurePoints exposure_points(const RiskInput& in, const Weights& w) {
    ExposurePoints points;
    if (in.basic_usable != Ternary::unknown)
        points[0] = in.basic_usable == Ternary::yes ? w.basic_usable : 0;
    if (in.privilege)
        points[1] = std::array{0.0, w.privilege_admin,
                               w.privilege_global}[static_cast<std::size_t>(*in.privilege)];
    if (in.mfa_registered) points[2] = *in.mfa_registered ? 0 : w.mfa_missing;
    if (const auto years = in.password_years)
        points[3] = *years > 3 ? w.password_3_years : *years > 1 ? w.password_1_year : 0;
    if (in.shared_with_sign_in) points[4] = *in.shared_with_sign_in ? w.shared_sign_in : 0;
    if (in.attack)
        points[5] = std::array{0.0, w.attack_some, w.attack_spray,
                               w.attack_hit}[static_cast<std::size_t>(*in.attack)];
    if (in.spread)
        points[6] = std::array{0.0, w.spread_few, w.spread_many, w.spread_many,
                               w.spread_many_countries}[static_cast<std::size_t>(*in.spread)];
    if (const auto share = in.old_tls_share)
        points[7] = *share == 0 ? 0 : std::max(w.old_tls_least, round_tenth(w.old_tls * *share));
    return points;
}

double concentration_points(std::size_t accounts, const Weights& w) {
    const double further = accounts > 1 ? static_cast<double>(accounts - 1) : 0;
    return std::min(w.concentration_max, w.concentration_each * further);
}

Assessment assess(const RiskInput& input, int days_left, const Weights& weights) {
    const ExposurePoints exposure_parts = exposure_points(input, weights);
    Range exposure = sum(exposure_parts, weights, ExposureFactor{});
    if (is_blocked(input.status))
        exposure = {std::min(20.0, exposure.low), std::min(20.0, exposure.middle),
                    std::min(20.0, exposure.high)};
    Assessment result =
        combine_all(input, impact_range(input, weights), exposure, days_left, weights);
    double known = 0;
    double whole = 0;
    if (has_impact(input.status))
        add_share(impact_points(input, weights.unknown_message_share, weights), weights,
                  ImpactFactor{}, known, whole);
    add_share(exposure_parts, weights, ExposureFactor{}, known, whole);
    result.known_share = round_share(known, whole);
    return result;
}

Assessment assess_device(const RiskInput& input, const Range& worst, std::size_t accounts,
                         int days_left, const Weights& weights) {
    const double more = concentration_points(accounts, weights);
    const auto capped = [&](double points) { return std::min(100.0, points + more); };
    const double most = is_blocked(input.status) ? 20 : 100;
    const Range exposure = {std::min(most, capped(worst.low)), std::min(most, capped(worst.middle)),
                            std::min(most, capped(worst.high))};
    Assessment result =
        combine_all(input, impact_range(input, weights), exposure, days_left, weights);
    // What is unknown of the account is the account's; both exposure factors of a device are known.
    double known = 100 + weights.concentration_max;
    double whole = known;
    if (has_impact(input.status))
        add_share(impact_points(input, weights.unknown_message_share, weights), weights,
                  ImpactFactor{}, known, whole);
    result.known_share = round_share(known, whole);
    return result;
}

double urgency(int days_left) {
    return days_left <= 7     ? 1.0
           : days_left <= 30  ? 0.95
           : days_left <= 90  ? 0.85
           : days_left <= 180 ? 0.7
                              : 0.6;
}

Band band_of(int priority) {
    return priority >= 80   ? Band::critical
           : priority >= 60 ? Band::high
           : priority >= 35 ? Band::medium
           : priority >= 10 ? Band::low
                            : Band::info;
}

bool has_impact(Status status) {
    return status != Status::migrated && status != Status::already_blocked &&
           status != Status::oauth_only && status != Status::attempted &&
           status != Status::enabled_unused;
}

bool is_blocked(Status status) {
    return status == Status::already_blocked || status == Status::blocked_retrying;
}

}  // namespace smtpaudit
