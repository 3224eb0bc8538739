#include "report/html_data.hpp"

#include "report/number_text.hpp"
#include "report/row_facts.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <iterator>

namespace smtpaudit {
namespace {

template <typename... Values>
void put(std::string& out, fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Values>(values)...);
}

void put_time(std::optional<UtcTime> at, std::string& out) {
    if (at)
        put(out, ",{}", at->time_since_epoch().count());
    else
        out += ",0";
}

void put_counts(const MessageCounts& counts, std::string& out) {
    put(out, "[{},{},{}]", counts.basic, counts.oauth, counts.unknown);
}

}  // namespace

void HtmlData::add_texts(const std::vector<std::string>& texts, std::string& out) {
    out += ",[";
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (i > 0) out += ',';
        strings_.append_sentence(texts[i], out);
    }
    out += ']';
}

void HtmlData::add_names(const std::vector<std::string>& names, std::string& out) {
    out += ",[";
    for (std::size_t i = 0; i < names.size(); ++i)
        put(out, "{}{}", i == 0 ? "" : ",", strings_.name(names[i]));
    out += ']';
}

void HtmlData::add_optional(const std::optional<std::string>& text, std::string& out) {
    if (text)
        put(out, ",{}", strings_.name(*text));
    else
        out += ",null";
}

std::uint32_t HtmlData::kind_number(const Factor& factor) {
    const std::string key =
        fmt::format("{} {} {}", static_cast<int>(factor.axis), factor.max, factor.name);
    const auto [entry, is_new] = kinds_.try_emplace(key, static_cast<std::uint32_t>(kinds_.size()));
    if (is_new)
        put(kinds_json_, "{}[{},{},{}]", entry->second == 0 ? "" : ",",
            factor.axis == Axis::impact ? 0 : 1, script_json_text(factor_words(factor.name)),
            short_decimals(factor.max, 1));
    return entry->second;
}

void HtmlData::add_factors(const Row& row, std::string& out) {
    out += ",[";
    for (std::size_t i = 0; i < row.factors.size(); ++i) {
        const Factor& factor = row.factors[i];
        put(out, "{}{},", i == 0 ? "" : ",", kind_number(factor));
        out += factor.points ? short_decimals(*factor.points, 1) : "null";
        out += ',';
        strings_.append_sentence(factor.evidence, out);
    }
    out += ']';
}

// In the order of `linked`: how sure, 0 to 2, and the sentence.
void HtmlData::add_links(const Row& row, std::string& out) {
    out += ",[";
    for (std::size_t i = 0; i < row.links.size(); ++i) {
        put(out, "{}{},", i == 0 ? "" : ",", static_cast<int>(row.links[i].confidence));
        strings_.append_sentence(link_words(row.links[i]), out);
    }
    out += ']';
}

void HtmlData::add_switches(const Row& row, std::string& out) {
    if (!row.switches) {
        out += ",null";
        return;
    }
    put(out, ",[{}", script_json_text(to_string(row.switches->basic_usable)));
    if (row.switches->decided_by)
        put(out, ",{}", strings_.name(switch_name_words(*row.switches->decided_by)));
    else
        out += ",null";
    for (const SwitchState& state : row.switches->chain)
        put(out, ",{},{},{},{},{}", strings_.name(switch_name_words(state.name)),
            strings_.name(state.value), strings_.name(state.effect_basic),
            strings_.name(state.effect_oauth), strings_.name(state.origin));
    out += ']';
}

std::uint32_t HtmlData::remedy_number(const Remedy& remedy) {
    std::string json = fmt::format("[{},{},{}", script_json_text(remedy.class_name),
                                   script_json_text(remedy.title), script_json_text(remedy.why));
    for (const std::string& need : remedy.needs) json += "," + script_json_text(need);
    json += ']';
    const auto [entry, is_new] =
        remedies_.try_emplace(json, static_cast<std::uint32_t>(remedies_.size()));
    if (is_new) remedies_json_ += (entry->second == 0 ? "" : ",") + json;
    return entry->second;
}

void HtmlData::add(const Row& row, bool is_device) {
    Section& section = is_device ? devices_ : accounts_;
    std::string& out = section.rows;
    if (section.size++ > 0) out += ",\n";
    put(out, "[{}", strings_.name(row.id));
    if (row.name.empty() || row.name == row.id)
        out += ",null";
    else
        put(out, ",{}", strings_.name(row.name));
    put(out, ",{},{},{},{},{},{},{},{},", static_cast<int>(row.status), static_cast<int>(row.band),
        row.priority, row.priority_low, row.priority_high, row.impact, row.exposure,
        short_decimals(row.known_share, 2));
    put_counts(row.messages, out);
    out += ',';
    if (is_undated(row))
        out += "null";
    else
        put_counts(row.messages_30d, out);
    put(out, ",[{},{},{}]", row.sign_ins.basic_ok, row.sign_ins.basic_failed,
        row.sign_ins.oauth_possible);
    put_time(row.first_seen, out);
    put_time(row.last_basic, out);
    put_time(row.last_oauth, out);
    out += row.overdue_days ? fmt::format(",{}", *row.overdue_days) : ",null";
    put(out, ",[{}]", fmt::join(row.tls, ","));
    add_names(row.linked, out);
    // Of an account they are its devices, so they stand there already.
    if (row.addresses == row.linked)
        out += ",null";
    else
        add_names(row.addresses, out);
    add_names(row.user_agents, out);
    add_optional(row.owner, out);
    add_optional(row.site, out);
    add_optional(row.mailbox_type, out);
    put(out, ",[{},{},", strings_.name(row.class_.name), strings_.name(row.class_.source));
    strings_.append_sentence(row.class_.because, out);
    out += ']';
    add_factors(row, out);
    add_switches(row, out);
    out += row.remedy ? fmt::format(",{}", remedy_number(*row.remedy)) : ",null";
    out += row.internal_share ? "," + short_decimals(*row.internal_share, 4) : ",null";
    std::vector<std::string> marks;
    for (const std::string& mark : row.marks) marks.push_back(mark_words(mark));
    add_names(marks, out);
    add_texts(row.notes, out);
    add_texts(row.origins, out);
    out += ',';
    strings_.append_sentence(row.why, out);
    if (row.accepted)
        put(out, ",[{},{},{}]", script_json_text(row.accepted->reason),
            script_json_text(row.accepted->owner),
            script_json_text(format_day_long(row.accepted->until)));
    else
        out += ",null";
    out += has_mark(row, "band_could_change") ? ",1" : ",0";
    add_links(row, out);
    out += row.tenant ? fmt::format(",{}]", strings_.name(*row.tenant)) : "]";
}

Result<void> HtmlData::write(const Report& report, ByteSink& sink) {
    std::string out = "{\"status\":[";
    for (std::size_t i = 0; i < k_statuses; ++i)
        put(out, "{}[{},{},{}]", i == 0 ? "" : ",",
            script_json_text(to_string(static_cast<Status>(i))),
            script_json_text(status_words(static_cast<Status>(i))),
            static_cast<int>(fate_of(static_cast<Status>(i))));
    put(out, "],\n\"end\":{},\"dated\":{},\"cutoff\":{},\"next\":{},\n\"actions\":[",
        UtcTime(report.to.value_or(day_of(report.generated_at))).time_since_epoch().count(),
        report.from.has_value(), script_json_text(cutoff_words(report.cutoff)),
        report.cutoff.next ? script_json_text(next_words(*report.cutoff.next)) : "null");
    for (std::size_t i = 0; i < report.actions.size(); ++i) {
        put(out, "{}[{}", i == 0 ? "" : ",", strings_.name(report.actions[i].title));
        for (const std::string& id : report.actions[i].affects) put(out, ",{}", strings_.name(id));
        out += ']';
    }
    if (!report.tenants.empty()) {
        out += "],\n\"actionTenants\":[";
        for (std::size_t i = 0; i < report.actions.size(); ++i)
            put(out, "{}{}", i == 0 ? "" : ",",
                strings_.name(report.actions[i].tenant.value_or("")));
    }
    out += "],\n\"kinds\":[" + kinds_json_ + "],\n\"remedies\":[" + remedies_json_;
    SA_CHECK(sink.write(out + "],\n\"accounts\":["));
    SA_CHECK(sink.write(accounts_.rows));
    SA_CHECK(sink.write("],\n\"devices\":["));
    SA_CHECK(sink.write(devices_.rows));
    SA_CHECK(sink.write("],\n\"strings\":["));
    SA_CHECK(sink.write(strings_.json()));
    return sink.write("]}");
}

}  // namespace smtpaudit
