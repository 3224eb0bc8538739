#include "report/flat_row.hpp"

#include "base/text.hpp"
#include "report/number_text.hpp"
#include "report/row_facts.hpp"

#include <fmt/format.h>
#include <array>

namespace smtpaudit {
namespace {

FlatCell text(std::string_view value) {
    if (value.empty()) return {};
    return {FlatCell::Kind::text, std::string(value)};
}
FlatCell text_of(const std::optional<std::string>& value) {
    return value ? text(*value) : FlatCell{};
}
FlatCell list(const std::vector<std::string>& values) { return text(join(values, ";")); }
FlatCell time(std::optional<UtcTime> at) { return at ? text(format_utc(*at)) : FlatCell{}; }

template <typename Integer>
FlatCell number(Integer value) {
    return {FlatCell::Kind::number, fmt::format("{}", value)};
}
FlatCell share(std::optional<double> value) {
    if (!value) return {};
    return {FlatCell::Kind::number, fixed_decimals(*value, 4)};
}

using In = const FlatRow&;

constexpr std::array k_columns = {
    FlatColumn{"kind", [](In r) { return text(r.is_device ? "device" : "account"); }},
    FlatColumn{"rank", [](In r) { return number(r.row.rank); }},
    FlatColumn{"id", [](In r) { return text(r.row.id); }},
    FlatColumn{"name", [](In r) { return text(r.row.name); }},
    FlatColumn{"status", [](In r) { return text(to_string(r.row.status)); }},
    FlatColumn{"band", [](In r) { return text(to_string(r.row.band)); }},
    FlatColumn{"priority", [](In r) { return number(r.row.priority); }},
    FlatColumn{"priority_low", [](In r) { return number(r.row.priority_low); }},
    FlatColumn{"priority_high", [](In r) { return number(r.row.priority_high); }},
    FlatColumn{"impact", [](In r) { return number(r.row.impact); }},
    FlatColumn{"exposure", [](In r) { return number(r.row.exposure); }},
    FlatColumn{"known_share", [](In r) { return share(r.row.known_share); }},
    FlatColumn{"basic_messages", [](In r) { return number(r.row.messages.basic); }},
    FlatColumn{"oauth_messages", [](In r) { return number(r.row.messages.oauth); }},
    FlatColumn{"unknown_messages", [](In r) { return number(r.row.messages.unknown); }},
    FlatColumn{"basic_share", [](In r) { return share(r.row.basic_share()); }},
    FlatColumn{"basic_sign_ins", [](In r) { return number(r.row.sign_ins.basic_ok); }},
    FlatColumn{"failed_sign_ins", [](In r) { return number(r.row.sign_ins.basic_failed); }},
    FlatColumn{"first_seen", [](In r) { return time(r.row.first_seen); }},
    FlatColumn{"last_basic", [](In r) { return time(r.row.last_basic); }},
    FlatColumn{"last_oauth", [](In r) { return time(r.row.last_oauth); }},
    FlatColumn{"overdue_days",
               [](In r) { return r.row.overdue_days ? number(*r.row.overdue_days) : FlatCell{}; }},
    FlatColumn{"addresses", [](In r) { return list(r.row.addresses); }},
    FlatColumn{"linked", [](In r) { return list(r.row.linked); }},
    FlatColumn{"owner", [](In r) { return text_of(r.row.owner); }},
    FlatColumn{"site", [](In r) { return text_of(r.row.site); }},
    FlatColumn{"class", [](In r) { return text(r.row.class_.name); }},
    FlatColumn{"old_tls_share", [](In r) { return share(r.row.old_tls_share()); }},
    FlatColumn{"basic_usable",
               [](In r) {
                   return r.row.switches ? text(to_string(r.row.switches->basic_usable))
                                         : FlatCell{};
               }},
    FlatColumn{"remedy",
               [](In r) { return r.row.remedy ? text(r.row.remedy->class_name) : FlatCell{}; }},
    FlatColumn{"marks", [](In r) { return list(r.row.marks); }},
    FlatColumn{"why", [](In r) { return text(r.row.why); }},
    FlatColumn{
        "accepted_until",
        [](In r) { return r.row.accepted ? text(format_day(r.row.accepted->until)) : FlatCell{}; }},
    FlatColumn{"tenant",
               [](In r) { return text(r.row.tenant ? *r.row.tenant : tenant_title(r.report)); }},
    FlatColumn{"generated_at", [](In r) { return time(r.report.generated_at); }},
};

}  // namespace

FlatCell failed_tenant_cell(std::string_view column, const Report& report, const TenantPart& part) {
    if (column == "kind") return text("tenant");
    if (column == "id" || column == "name" || column == "tenant") return text(part.name);
    if (column == "status") return text(to_string(part.state));
    if (column == "why") return text(part.reason);
    if (column == "generated_at") return time(report.generated_at);
    return {};
}

std::span<const FlatColumn> flat_columns() { return k_columns; }

}  // namespace smtpaudit
