#include "report/tenant_text.hpp"

#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <string_view>

namespace smtpaudit {
namespace {

struct Group {
    Coverage row;
    std::vector<std::string> tenants;
};

// A reason without the number of the request, which differs where nothing else does.
std::string gist(const std::string& reason) {
    constexpr std::string_view k_number = "request-id ";
    const auto at = reason.find(k_number);
    if (at == std::string::npos) return reason;
    const auto end = reason.find_first_of(",)", at);
    return reason.substr(0, at) + (end == std::string::npos ? "" : reason.substr(end));
}

bool is_alike(const Coverage& a, const Coverage& b) {
    return a.source == b.source && a.state == b.state && a.cause == b.cause &&
           gist(a.reason) == gist(b.reason);
}

bool has_failed(const Report& report, const std::string& tenant) {
    return std::any_of(report.tenants.begin(), report.tenants.end(), [&](const TenantPart& part) {
        return part.name == tenant && part.state == CoverageState::failed;
    });
}

void add(Coverage& sum, const Coverage& more) {
    sum.rows += more.rows;
    sum.files += more.files;
    if (more.from) sum.from = std::min(sum.from.value_or(*more.from), *more.from);
    if (more.to) sum.to = std::max(sum.to.value_or(*more.to), *more.to);
}

}  // namespace

std::vector<Coverage> shown_coverage(const Report& report) {
    if (report.tenants.empty()) return report.coverage;
    std::vector<Group> groups;
    for (const Coverage& row : report.coverage) {
        // Why a tenant failed is said once.
        if (row.source != "tenant" && has_failed(report, row.tenant.value_or(""))) continue;
        const auto known = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
            return is_alike(group.row, row);
        });
        const std::string tenant = row.tenant.value_or("");
        if (known == groups.end()) {
            groups.push_back({row, {tenant}});
            continue;
        }
        add(known->row, row);
        if (known->tenants.back() != tenant) known->tenants.push_back(tenant);
    }
    std::vector<Coverage> rows;
    for (Group& group : groups) {
        group.row.tenant = names_in_short(group.tenants);
        const bool is_of_all =
            std::none_of(report.tenants.begin(), report.tenants.end(), [&](const TenantPart& part) {
                return part.state != CoverageState::failed &&
                       std::find(group.tenants.begin(), group.tenants.end(), part.name) ==
                           group.tenants.end();
            });
        if (is_of_all && group.row.source != "tenant") group.row.tenant.reset();
        rows.push_back(std::move(group.row));
    }
    return rows;
}

std::string tenant_prefix(const std::optional<std::string>& tenant) {
    return tenant ? *tenant + ": " : std::string();
}

std::vector<std::string> coverage_notes(const Report& report) {
    std::vector<std::string> notes;
    for (const Coverage& source : report.coverage)
        for (const std::string& note : source.notes)
            notes.push_back(fmt::format("{}{}: {}", tenant_prefix(source.tenant),
                                        source_words(source.source), note));
    return notes;
}

}  // namespace smtpaudit
