// The risk model, risk-model/1: points on two axes, priority, band, range. Pure arithmetic; the
// words are in factors.hpp. docs/risk-model.md says why.
#pragma once

#include "model/report.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace smtpaudit {

enum class Business : std::uint8_t {
    critical,
    alert,
    backup,
    finance,
    app,
    scanner,
    unknown,
    person,
};
constexpr std::size_t k_businesses = 8;
std::string_view to_string(Business business);
std::optional<Business> parse_business(std::string_view text);

enum class Privilege : std::uint8_t { none, admin, global };
enum class Attack : std::uint8_t { none, some, spray, hit };
enum class Spread : std::uint8_t { one, few, many, two_countries, many_countries };

// What the model needs to know of one account or device. Absent: unknown.
struct RiskInput {
    Status status = Status::unknown;
    std::uint64_t basic_30d = 0, unknown_30d = 0;
    std::uint64_t basic_window = 0, oauth_window = 0, unknown_window = 0;
    int covered_days = 1;
    std::optional<int> last_basic_days;  // before the end of evidence
    std::optional<double> active_day_share;  // of the covered days
    Business business = Business::unknown;
    bool class_sure = false;  // the inventory, or two agreeing signs
    Ternary basic_usable = Ternary::unknown;
    std::optional<Privilege> privilege;
    std::optional<bool> mfa_registered;
    std::optional<double> password_years;
    std::optional<bool> shared_with_sign_in;
    std::optional<Attack> attack;
    std::optional<Spread> spread;
    std::optional<double> old_tls_share;
    bool compromised = false;
};

// The one table of weights; --weights changes it. Names as in weight_names().
struct Weights {
    double volume_slope = 7.5, volume_max = 30;
    double dependence = 20;
    double recency_7 = 15, recency_30 = 10, recency_60 = 6, recency_90 = 3;
    double regular_60 = 10, regular_20 = 6, regular_rest = 3;
    std::array<double, k_businesses> business = {25, 20, 20, 20, 14, 12, 12, 6};
    double basic_usable = 15;
    double privilege_global = 25, privilege_admin = 15;
    double mfa_missing = 7;
    double password_3_years = 4, password_1_year = 2;
    double shared_sign_in = 4;
    double attack_hit = 25, attack_spray = 15, attack_some = 5;
    double spread_many_countries = 10, spread_many = 6, spread_few = 4;
    double old_tls = 10, old_tls_least = 4;
    double concentration_each = 4, concentration_max = 12;
    double floor_quiet = 60, floor_unknown = 35;
    double unknown_message_share = 1.0 / 3;
};

struct WeightName {
    std::string_view name;  // "impact.business.scanner"
    double* (*place)(Weights&);
};
std::span<const WeightName> weight_names();

enum class ImpactFactor : std::uint8_t { volume, dependence, recency, regularity, business };
constexpr std::size_t k_impact_factors = 5;
enum class ExposureFactor : std::uint8_t {
    basic_usable,
    privilege,
    mfa,
    password_age,
    shared_sign_in,
    attack,
    spread,
    old_tls,
};
constexpr std::size_t k_exposure_factors = 8;

std::string_view to_string(ImpactFactor factor);
std::string_view to_string(ExposureFactor factor);
double max_points(ImpactFactor factor, const Weights& weights);
double max_points(ExposureFactor factor, const Weights& weights);

using ImpactPoints = std::array<std::optional<double>, k_impact_factors>;
using ExposurePoints = std::array<std::optional<double>, k_exposure_factors>;

// `unknown_weight`: the share of messages of unknown protocol that count as Basic.
ImpactPoints impact_points(const RiskInput& input, double unknown_weight, const Weights& weights);
ExposurePoints exposure_points(const RiskInput& input, const Weights& weights);
// Monthly Basic messages: the larger of the last 30 days and the mean over the covered days.
double monthly_messages(const RiskInput& input, double unknown_weight);

// Low: every unknown is 0. Middle: a third. High: all.
struct Range {
    double low = 0, middle = 0, high = 0;
};

struct Assessment {
    int impact = 0, exposure = 0;
    int priority = 0, priority_low = 0, priority_high = 0;
    Band band = Band::info;
    double known_share = 0;
    Range exposure_range;  // for the devices that this account uses
};

Assessment assess(const RiskInput& input, int days_left, const Weights& weights);
// A device's exposure is not its own points: the worst account it uses, and how many.
Assessment assess_device(const RiskInput& input, const Range& worst_account, std::size_t accounts,
                         int days_left, const Weights& weights);
double concentration_points(std::size_t accounts, const Weights& weights);

double urgency(int days_left);
Band band_of(int priority);
bool has_impact(Status status);  // false: the model gives such a status no impact
bool is_blocked(Status status);

}  // namespace smtpaudit
