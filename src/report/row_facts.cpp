#include "report/row_facts.hpp"

#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {

bool has_mark(const Row& row, std::string_view mark) {
    return std::find(row.marks.begin(), row.marks.end(), mark) != row.marks.end();
}

Fate fate_of(Status status) {
    switch (status) {
        case Status::blocked_retrying:
        case Status::mixed:
        case Status::active_basic:
        case Status::dormant_basic:
        case Status::unknown: return Fate::will_stop;
        case Status::attempted:
        case Status::enabled_unused: return Fate::not_sending;
        case Status::already_blocked:
        case Status::migrated:
        case Status::oauth_only: break;
    }
    return Fate::safe;
}

std::string tenant_title(const Report& report) {
    if (!report.tenants.empty()) {
        std::vector<std::string> failed;
        for (const TenantPart& part : report.tenants)
            if (part.state == CoverageState::failed) failed.push_back(part.name);
        const std::string count = counted(report.tenants.size(), "tenant");
        if (failed.empty()) return count;
        return fmt::format("{} ({} failed: {})", count, failed.size(), names_in_short(failed));
    }
    if (report.tenant_name) return *report.tenant_name;
    return report.tenant_id.value_or("");
}

}  // namespace smtpaudit
