#include "analysis/compare_rows.hpp"

#include "analysis/compare.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

namespace smtpaudit {
namespace {

bool is_idle(Status status) {
    return status == Status::attempted || status == Status::enabled_unused;
}

std::string day_words(std::optional<UtcTime> at) {
    return at ? format_day(day_of(*at)) : std::string("an unknown day");
}

std::string rate_words(const RowState& state) {
    if (!state.monthly_basic) return "an unknown number of Basic messages a month";
    return fmt::format(
        "{} Basic {} a month",
        group_thousands(static_cast<unsigned long long>(std::llround(*state.monthly_basic))),
        state.is_sign_ins ? "sign-ins" : "messages");
}

// The covered ones of the last 30 days.
int recent_days(const Report& report) {
    if (!report.to) return report.covered_days;
    const auto recent =
        std::count_if(report.series.begin(), report.series.end(),
                      [&](const DayCounts& day) { return days_between(day.day, *report.to) < 30; });
    return recent > 0 ? static_cast<int>(recent) : std::min(30, report.covered_days);
}

std::optional<double> monthly_basic(const Row& row, const Report& report) {
    constexpr double k_month = 30;
    if (row.messages.total() == 0) {
        if (row.sign_ins.basic_ok == 0) return 0;
        if (report.covered_days < 1) return std::nullopt;
        return static_cast<double>(row.sign_ins.basic_ok) * k_month / report.covered_days;
    }
    if (row.first_seen) {
        const int days = recent_days(report);
        if (days < 1) return std::nullopt;
        return static_cast<double>(row.messages_30d.basic) * k_month / days;
    }
    // A table without dates; beside dated evidence nobody knows how many days it covers.
    if (report.from || report.covered_days < 1) return std::nullopt;
    return static_cast<double>(row.messages.basic) * k_month / report.covered_days;
}

// What became of the row, its counts aside.
Verdict status_change(const RowDigest& before, const RowDigest& after, const Report& old_run) {
    const Status was = before.state.status;
    const Status is = after.state.status;
    const auto say = [](ChangeKind kind, std::string reason) {
        return Verdict{kind, {}, std::move(reason)};
    };
    if (was == is) return {};
    if (is == Status::blocked_retrying)
        return say(ChangeKind::broken, "Basic is refused now, and it still tries: its mail fails");
    const std::string since = day_words(after.state.last_basic);
    if (is_safe(was) && sends_with_basic(is)) {
        // The same past seen through a longer window is no change.
        const bool is_later =
            !after.state.last_basic || !old_run.to || day_of(*after.state.last_basic) > *old_run.to;
        if (is_later)
            return say(ChangeKind::relapsed,
                       fmt::format("did not use Basic in the old run, does again: last {}", since));
        return say(ChangeKind::not_compared,
                   fmt::format("its Basic of {} is older than the end of the old run, which did "
                               "not have it",
                               since));
    }
    if (was == Status::mixed && is == Status::active_basic)
        return say(ChangeKind::relapsed,
                   fmt::format("was half migrated; no OAuth any more, Basic until {}", since));
    if (is_idle(was) && (sends_with_basic(is) || is == Status::unknown))
        return say(ChangeKind::appeared, fmt::format("did not send in the old run, sends now: {}",
                                                     rate_words(after.state)));
    if (sends_with_basic(was) && (is == Status::migrated || is == Status::oauth_only))
        return say(ChangeKind::migrated,
                   fmt::format("OAuth since its last Basic ({})",
                               day_words(after.state.last_basic ? after.state.last_basic
                                                                : before.state.last_basic)));
    if (!is_safe(was) && is == Status::already_blocked)
        return say(ChangeKind::gone, "Basic is refused, and it does not try any more");
    if (sends_with_basic(was) && is_idle(is))
        return say(ChangeKind::gone,
                   fmt::format("sends no more; last Basic {}", day_words(before.state.last_basic)));
    if (sends_with_basic(was) && is == Status::mixed)
        return say(ChangeKind::migrating, fmt::format("began to use OAuth, the last of it {}; "
                                                      "still uses Basic, the last of it {}",
                                                      day_words(after.last_oauth), since));
    if (is == Status::dormant_basic && sends_with_basic(was))
        return say(ChangeKind::quieter,
                   fmt::format("no Basic in the last 30 days of the evidence; last {}", since));
    if (was == Status::dormant_basic && is == Status::active_basic)
        return say(ChangeKind::louder,
                   fmt::format("sends again: {}, none in the 30 days before the old run ended",
                               rate_words(after.state)));
    return {};
}

std::optional<Verdict> volume_change(const RowState& before, const RowState& after) {
    if (!before.monthly_basic || !after.monthly_basic || before.is_sign_ins != after.is_sign_ins)
        return std::nullopt;
    const double was = *before.monthly_basic;
    const double is = *after.monthly_basic;
    const bool louder = is >= was * k_loud_ratio && is - was >= k_loud_step;
    const bool quieter = is * k_loud_ratio <= was && was - is >= k_loud_step;
    if (!louder && !quieter) return std::nullopt;
    return Verdict{
        louder ? ChangeKind::louder : ChangeKind::quieter,
        {},
        fmt::format("{}, before {}", rate_words(after),
                    group_thousands(static_cast<unsigned long long>(std::llround(was))))};
}

// The factor that moved most in the direction of the band, of those that both rows have.
std::string moved_factor(const RowDigest& before, const RowDigest& after, bool up) {
    double most = 0.05;
    std::string words;
    for (const auto& factor : after.points) {
        const auto old = std::find_if(before.points.begin(), before.points.end(),
                                      [&](const auto& one) { return one.first == factor.first; });
        if (old == before.points.end()) continue;
        const auto was = static_cast<double>(old->second);
        const auto is = static_cast<double>(factor.second);
        const double moved = up ? is - was : was - is;
        if (moved <= most) continue;
        most = moved;
        words = fmt::format(", most by {}: {:.1f} to {:.1f} points", factor.first, was, is);
    }
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

std::optional<Verdict> band_change(const RowDigest& before, const RowDigest& after) {
    if (before.state.band == after.state.band) return std::nullopt;
    const bool up = before.state.band < after.state.band;
    return Verdict{up ? ChangeKind::band_up : ChangeKind::band_down,
                   {},
                   fmt::format("priority {} to {}{}", before.state.priority, after.state.priority,
                               moved_factor(before, after, up))};
}

// The first says why; the others are named only.
void add(Verdict& all, Verdict one) {
    if (!all.kind) {
        all = std::move(one);
        return;
    }
    if (*one.kind == *all.kind) return;
    all.also.push_back(*one.kind);
}

}  // namespace

bool sends_with_basic(Status status) {
    return status == Status::blocked_retrying || status == Status::mixed ||
           status == Status::active_basic || status == Status::dormant_basic;
}

bool is_safe(Status status) {
    return status == Status::already_blocked || status == Status::migrated ||
           status == Status::oauth_only;
}

RowDigest digest_row(const Row& row, const Report& report) {
    RowDigest digest;
    digest.state.status = row.status;
    digest.state.band = row.band;
    digest.state.priority = row.priority;
    digest.state.monthly_basic = monthly_basic(row, report);
    digest.state.is_sign_ins = row.messages.total() == 0 && row.sign_ins.basic_ok > 0;
    digest.state.last_basic = row.last_basic;
    digest.state.accepted = row.accepted;
    digest.name = row.name == row.id ? "" : row.name;
    digest.has_messages = row.messages.total() > 0;
    digest.first_seen = row.first_seen;
    digest.last_oauth = row.last_oauth;
    for (const Factor& factor : row.factors)
        digest.points.emplace_back(factor.name,
                                   static_cast<float>(factor.points.value_or(factor.max / 3)));
    return digest;
}

Sight sight_of(const Report& report, bool is_device, bool has_messages) {
    bool whole = false;
    bool part = false;
    for (const Coverage& row : report.coverage) {
        const bool counts = has_messages ? row.source == "smtp_auth_report" ||
                                               (!is_device && row.source == "smtp_auth_table")
                                         : row.source == "sign_ins";
        if (!counts) continue;
        whole |= row.state == CoverageState::complete;
        part |= row.state == CoverageState::partial ||
                (row.state == CoverageState::failed && row.rows > 0);
    }
    return part ? Sight::part : whole ? Sight::whole : Sight::none;
}

std::string evidence_words(bool has_messages) {
    return has_messages ? "the SMTP AUTH report" : "the sign-ins";
}

Verdict compare_row(const RowDigest& before, const RowDigest& after, const Report& old_run) {
    Verdict verdict = status_change(before, after, old_run);
    if (auto volume = volume_change(before.state, after.state)) add(verdict, std::move(*volume));
    if (auto band = band_change(before, after)) add(verdict, std::move(*band));
    return verdict;
}

Verdict only_after(const RowDigest& row, bool is_device, const Report& old_run) {
    const Sight sight = sight_of(old_run, is_device, row.has_messages);
    if (sight == Sight::none)
        return {ChangeKind::not_compared,
                {},
                fmt::format("the old run did not look at {}", evidence_words(row.has_messages))};
    std::string reason = row.first_seen ? fmt::format("first seen {}", day_words(row.first_seen))
                                        : "not there before";
    if (sends_with_basic(row.state.status)) {
        reason += fmt::format("; {}", rate_words(row.state));
    } else if (is_safe(row.state.status)) {
        reason += "; does not need Basic";
    } else if (is_idle(row.state.status)) {
        reason += "; does not send, only tries";
    } else {
        reason += "; its protocol is not told";
    }
    if (sight == Sight::part) reason += "; the old run's evidence was incomplete";
    return {ChangeKind::appeared, {}, std::move(reason)};
}

Verdict only_before(const RowDigest& row, bool is_device, const Report& new_run) {
    const std::string evidence = evidence_words(row.has_messages);
    const auto open = [](std::string reason) {
        return Verdict{ChangeKind::not_compared, {}, "not seen: " + std::move(reason)};
    };
    switch (sight_of(new_run, is_device, row.has_messages)) {
        case Sight::none: return open(fmt::format("the new run did not look at {}", evidence));
        case Sight::part: return open(fmt::format("the new run has {} in part only", evidence));
        case Sight::whole: break;
    }
    if (new_run.covered_days < k_gone_days)
        return open(fmt::format("the new run covers {} days, too few to call it gone",
                                new_run.covered_days));
    const std::string last =
        row.state.last_basic ? fmt::format("; last Basic {}", day_words(row.state.last_basic)) : "";
    return {ChangeKind::gone,
            {},
            fmt::format("nothing in the {} days that the new run covers{}", new_run.covered_days,
                        last)};
}

}  // namespace smtpaudit
