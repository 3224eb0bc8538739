#include "analysis/timeline.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace smtpaudit {

namespace embedded {
extern const std::string_view k_timeline;
}

namespace {

using nlohmann::json;

Result<std::string> text_member(const json& object, const char* member, const std::string& where) {
    const auto found = object.find(member);
    if (found == object.end() || !found->is_string())
        return fail(Errc::input, fmt::format("{}: \"{}\" is missing or is no text", where, member));
    return found->get<std::string>();
}

template <typename T>
Result<T> known_word(const json& object, const char* member, const std::string& where,
                     std::optional<T> (*parse)(std::string_view)) {
    SA_TRY(const std::string text, text_member(object, member, where));
    const auto value = parse(text);
    if (!value)
        return fail(Errc::input, fmt::format("{}: \"{}\" has an unknown value", where, member));
    return *value;
}

Result<Milestone> parse_milestone(const json& object, const std::string& where) {
    if (!object.is_object()) return fail(Errc::input, where + ": is no object");
    Milestone m;
    SA_TRY(m.id, text_member(object, "id", where));
    SA_TRY(m.kind, known_word(object, "kind", where, parse_milestone_kind));
    SA_TRY(m.precision, known_word(object, "precision", where, parse_precision));
    SA_TRY(m.state, known_word(object, "state", where, parse_milestone_state));
    SA_TRY(m.what, text_member(object, "what", where));
    SA_TRY(m.source, text_member(object, "source", where));
    SA_TRY(const std::string date, text_member(object, "date", where));
    const auto day = parse_iso_day(date);
    if (!day) return fail(Errc::input, where + ": \"date\" is not a date like 2026-12-31");
    m.date = *day;
    return m;
}

}  // namespace

Result<Timeline> parse_timeline(std::string_view text, const std::string& name) {
    const json document = json::parse(text, nullptr, false);
    if (document.is_discarded() || !document.is_object())
        return fail(Errc::input, name + ": is not a JSON object; see docs/files.md for its shape");
    Timeline timeline;
    SA_TRY(const std::string as_of, text_member(document, "as_of", name));
    const auto day = parse_iso_day(as_of);
    if (!day) return fail(Errc::input, name + ": \"as_of\" is not a date like 2026-12-31");
    timeline.as_of = *day;
    const auto list = document.find("milestones");
    if (list == document.end() || !list->is_array() || list->empty())
        return fail(Errc::input, name + ": \"milestones\" is missing or empty");
    for (const json& object : *list) {
        const std::string where =
            fmt::format("{}: milestones[{}]", name, timeline.milestones.size());
        SA_TRY(Milestone milestone, parse_milestone(object, where));
        for (const Milestone& other : timeline.milestones)
            if (other.id == milestone.id)
                return fail(Errc::input, where + ": its \"id\" is there twice");
        timeline.milestones.push_back(std::move(milestone));
    }
    std::stable_sort(timeline.milestones.begin(), timeline.milestones.end(),
                     [](const Milestone& a, const Milestone& b) { return a.date < b.date; });
    return timeline;
}

Timeline built_in_timeline() {
    auto timeline = parse_timeline(embedded::k_timeline, "built-in timeline");
    if (!timeline) throw std::logic_error(timeline.error().message);
    return *timeline;
}

std::optional<NextEnforcement> next_enforcement(const Timeline& timeline, Day today) {
    for (const Milestone& m : timeline.milestones)
        if (m.kind == MilestoneKind::enforcement && m.state == MilestoneState::announced &&
            m.date >= today)
            return NextEnforcement{m.id, m.date, m.precision, days_between(today, m.date), m.what};
    return std::nullopt;
}

Result<Cutoff> choose_cutoff(const Timeline& timeline, std::string_view choice, Day today) {
    const auto next = next_enforcement(timeline, today);
    const auto made = [&](std::string_view id, Day date, Precision precision) {
        return Cutoff{std::string(id), date, precision, days_between(today, date), next};
    };
    if (choice == "next") {
        if (!next)
            return fail(Errc::usage,
                        "--cutoff next: no announced enforcement lies ahead; give an "
                        "id of \"smtpaudit timeline\" or a date");
        return made(next->id, next->date, next->precision);
    }
    std::string ids;
    for (const Milestone& m : timeline.milestones) {
        if (m.kind != MilestoneKind::enforcement) continue;
        if (m.id == choice) return made(m.id, m.date, m.precision);
        ids += m.id + ", ";
    }
    if (const auto day = parse_iso_day(choice)) return made(choice, *day, Precision::day);
    return fail(Errc::usage, fmt::format("--cutoff: \"{}\" is none of {}next, and no date like "
                                         "2026-12-31",
                                         choice, ids));
}

}  // namespace smtpaudit
