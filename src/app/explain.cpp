// smtpaudit explain: one account or device, with every point and its evidence.
#include "app/commands.hpp"
#include "app/make_report.hpp"
#include "app/output.hpp"
#include "app/settings.hpp"
#include "base/ip.hpp"
#include "base/text.hpp"
#include "report/explain_text.hpp"
#include "report/remembered_text.hpp"
#include "report/replies.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

struct Found {
    Row row;
    bool is_device = false;
};

// The id itself, the name, or for a device any address inside it.
bool names(const Row& row, bool is_device, const std::string& folded,
           const std::optional<IpAddress>& ip) {
    if (fold_case(row.id) == folded || fold_case(row.name) == folded) return true;
    if (!is_device || !ip) return false;
    const auto range = parse_ip_range(row.id);
    return range && range->contains(*ip);
}

// Fills `near` with a few ids that look like what was meant.
std::optional<Found> find_row(const Report& report, const std::string& subject,
                              const std::optional<std::string>& tenant,
                              std::vector<std::string>& near) {
    constexpr std::size_t k_most_suggestions = 5;
    const std::string folded = fold_case(trim(subject));
    const auto ip = parse_ip(folded);
    const auto search = [&](const RowList& rows, bool is_device) -> std::optional<Found> {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            Row row = rows.at(i);
            if (tenant && row.tenant != tenant) continue;
            if (names(row, is_device, folded, ip)) return Found{std::move(row), is_device};
            if (near.size() < k_most_suggestions && row.id.find(folded) != std::string::npos)
                near.push_back(row.id);
        }
        return std::nullopt;
    };
    if (auto found = search(*report.accounts, false)) return found;
    return search(*report.devices, true);
}

// In a ranking of several tenants one address may be a device of each.
Result<void> check_one_tenant(const Report& report, const Found& found,
                              const std::optional<std::string>& tenant) {
    if (report.tenants.empty() && tenant)
        return fail(Errc::usage, "explain: --tenant is for a ranking of several tenants");
    if (tenant || report.tenants.empty()) return {};
    std::vector<std::string> tenants;
    const RowList& rows = found.is_device ? *report.devices : *report.accounts;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows.id(i) == found.row.id) tenants.push_back(rows.at(i).tenant.value_or(""));
    if (tenants.size() < 2) return {};
    return fail(Errc::usage, fmt::format("explain: {} is in several tenants, {}: say which with "
                                         "--tenant NAME",
                                         found.row.id, join(tenants, ", ")));
}

const Remembered* find_remembered(const Report& report, const std::string& folded) {
    for (const Remembered& one : report.remembered)
        if (fold_case(one.id) == folded) return &one;
    return nullptr;
}

}  // namespace

Result<int> run_explain(CommandContext& context) {
    const Options& options = context.options;
    if (options.error_text) {
        if (options.subject || options.from || !options.files.empty())
            return fail(Errc::usage,
                        "explain: --error TEXT stands alone, without SUBJECT and FILE");
        SA_CHECK(end_screen(
            context,
            write_reply_meaning(*options.error_text, screen_options(context), context.world.out)));
        return 0;
    }
    if (!options.subject)
        return fail(Errc::usage,
                    "explain: name an account or a device, for example "
                    "\"smtpaudit explain scan@contoso.com --from run.json\"");
    std::vector<std::string> files = options.files;
    if (options.from) {
        if (!files.empty())
            return fail(Errc::usage, "explain: give --from RUN.json or FILEs, not both");
        files.push_back(*options.from);
    }
    if (files.empty())
        return fail(Errc::usage, "explain: give --from RUN.json (of an earlier run), or the FILEs");
    SA_TRY(const Report report, report_from_files(context, files));
    std::vector<std::string> near;
    const auto& tenant = options.sign_in.tenant;
    const auto found = find_row(report, *options.subject, tenant, near);
    const Remembered* remembered =
        found ? nullptr : find_remembered(report, fold_case(trim(*options.subject)));
    if (!found && remembered == nullptr)
        return fail(Errc::usage, fmt::format("explain: no account or device \"{}\" in this "
                                             "evidence{}{}",
                                             *options.subject,
                                             near.empty() ? "" : "; near: ", join(near, ", ")));
    if (found) SA_CHECK(check_one_tenant(report, *found, tenant));
    const WriteOptions screen = screen_options(context);
    SA_CHECK(end_screen(
        context,
        found ? write_explanation(report, found->row, found->is_device, screen, context.world.out)
              : write_remembered_explanation(*remembered, screen, context.world.out)));
    return report.incomplete() ? 3 : 0;
}

}  // namespace smtpaudit
