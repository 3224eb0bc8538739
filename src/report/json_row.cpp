#include "report/json_row.hpp"

#include "report/json_text.hpp"
#include "report/row_facts.hpp"

#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::ordered_json;

// Appends a member. A row has forty: ordered_json's own [] would compare the name with each of
// them, and copy them when it grows.
void put(ordered_json& out, const char* name, ordered_json value) {
    auto& members = out.get_ref<ordered_json::object_t&>();
    if (members.empty()) members.reserve(8);
    members.emplace_back(name, std::move(value));
}

ordered_json tls_to_json(const std::array<std::uint64_t, k_tls_versions>& tls) {
    ordered_json out = ordered_json::object();
    for (std::size_t i = 0; i < k_tls_versions; ++i)
        put(out, to_string(static_cast<TlsVersion>(i)).data(), tls[i]);
    return out;
}

ordered_json factors_to_json(const std::vector<Factor>& factors) {
    ordered_json out = ordered_json::array();
    for (const Factor& factor : factors) {
        ordered_json one = ordered_json::object();
        put(one, "axis", factor.axis == Axis::impact ? "impact" : "exposure");
        put(one, "name", factor.name);
        put(one, "points", json_number(factor.points, 1));
        put(one, "max", json_number(factor.max, 1));
        put(one, "evidence", factor.evidence);
        out.push_back(std::move(one));
    }
    return out;
}

ordered_json switches_to_json(const std::optional<Switches>& switches) {
    if (!switches) return nullptr;
    ordered_json out = ordered_json::object();
    put(out, "basic_usable", to_string(switches->basic_usable));
    put(out, "decided_by", json_text(switches->decided_by));
    ordered_json chain = ordered_json::array();
    for (const SwitchState& state : switches->chain) {
        ordered_json one = ordered_json::object();
        put(one, "switch", state.name);
        put(one, "value", json_text_or_null(state.value));
        put(one, "effect_basic", json_text_or_null(state.effect_basic));
        put(one, "effect_oauth", json_text_or_null(state.effect_oauth));
        put(one, "origin", json_text_or_null(state.origin));
        chain.push_back(std::move(one));
    }
    put(out, "chain", std::move(chain));
    return out;
}

ordered_json links_to_json(const std::vector<Link>& links) {
    ordered_json out = ordered_json::array();
    for (const Link& link : links) {
        ordered_json one = ordered_json::object();
        put(one, "id", link.id);
        put(one, "confidence", to_string(link.confidence));
        put(one, "basic_messages", link.basic_messages);
        put(one, "messages", link.messages);
        put(one, "sign_ins", link.sign_ins_ok);
        put(one, "failed_sign_ins", link.sign_ins_failed);
        put(one, "days", link.days);
        put(one, "because", link.because);
        out.push_back(std::move(one));
    }
    return out;
}

ordered_json remedy_to_json(const std::optional<Remedy>& remedy) {
    if (!remedy) return nullptr;
    ordered_json out = ordered_json::object();
    put(out, "class", remedy->class_name);
    put(out, "title", remedy->title);
    put(out, "why", remedy->why);
    put(out, "needs", remedy->needs);
    return out;
}

ordered_json acceptance_to_json(const std::optional<Acceptance>& accepted) {
    if (!accepted) return nullptr;
    ordered_json out = ordered_json::object();
    put(out, "reason", accepted->reason);
    put(out, "owner", json_text_or_null(accepted->owner));
    put(out, "until", format_day(accepted->until));
    return out;
}

void add_ranking(const Row& row, ordered_json& out) {
    put(out, "rank", row.rank);
    put(out, "id", row.id);
    put(out, "name", json_text_or_null(row.name));
    put(out, "status", to_string(row.status));
    put(out, "band", to_string(row.band));
    put(out, "priority", row.priority);
    put(out, "priority_range", ordered_json::array({row.priority_low, row.priority_high}));
    put(out, "impact", row.impact);
    put(out, "exposure", row.exposure);
    put(out, "known_share", json_number(row.known_share, 2));
}

void add_use(const Row& row, ordered_json& out) {
    put(out, "messages", message_counts_to_json(row.messages));
    ordered_json sign_ins = ordered_json::object();
    put(sign_ins, "basic_ok", row.sign_ins.basic_ok);
    put(sign_ins, "basic_failed", row.sign_ins.basic_failed);
    put(sign_ins, "oauth_possible", row.sign_ins.oauth_possible);
    put(out, "sign_ins", std::move(sign_ins));
    put(out, "first_seen", json_time(row.first_seen));
    put(out, "last_basic", json_time(row.last_basic));
    put(out, "last_oauth", json_time(row.last_oauth));
    put(out, "overdue_days", row.overdue_days ? ordered_json(*row.overdue_days) : ordered_json());
    put(out, "tls", tls_to_json(row.tls));
    put(out, "addresses", row.addresses);
    put(out, "user_agents", row.user_agents);
    put(out, "linked", row.linked);
}

}  // namespace

ordered_json message_counts_to_json(const MessageCounts& counts) {
    ordered_json out = ordered_json::object();
    put(out, "basic", counts.basic);
    put(out, "oauth", counts.oauth);
    put(out, "unknown", counts.unknown);
    return out;
}

ordered_json row_to_json(const Row& row) {
    ordered_json out = ordered_json::object();
    out.get_ref<ordered_json::object_t&>().reserve(40);
    add_ranking(row, out);
    add_use(row, out);
    put(out, "owner", json_text(row.owner));
    put(out, "site", json_text(row.site));
    put(out, "mailbox_type", json_text(row.mailbox_type));
    ordered_json kind = ordered_json::object();
    put(kind, "name", row.class_.name);
    put(kind, "source", row.class_.source);
    put(kind, "because", json_text_or_null(row.class_.because));
    put(out, "class", std::move(kind));
    put(out, "factors", factors_to_json(row.factors));
    put(out, "switches", switches_to_json(row.switches));
    put(out, "remedy", remedy_to_json(row.remedy));
    put(out, "internal_share", json_number(row.internal_share, 4));
    put(out, "marks", row.marks);
    put(out, "notes", row.notes);
    put(out, "origins", row.origins);
    put(out, "why", row.why);
    put(out, "accepted", acceptance_to_json(row.accepted));
    // The model has no "absent" here: without dates nobody knows what the last 30 days were.
    put(out, "messages_30d",
        is_undated(row) ? ordered_json() : message_counts_to_json(row.messages_30d));
    put(out, "links", links_to_json(row.links));
    if (row.tenant) put(out, "tenant", *row.tenant);
    return out;
}

}  // namespace smtpaudit
