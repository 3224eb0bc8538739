#include "app/run_file.hpp"

#include "report/run_document.hpp"

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_bytes = std::size_t{4} * 1024 * 1024 * 1024;

// Rows of two tenants may have one id, so only the rankings of one tenant can be compared.
Result<Report> of_one_tenant(Result<Report> report, const std::string& name) {
    if (report && !report->tenants.empty())
        return fail(Errc::input, name +
                                     ": is a ranking of several tenants; compare the run documents "
                                     "of each (--out json=run-{tenant}.json)");
    return report;
}

}  // namespace

Result<Report> read_run_file(const CommandContext& context, const std::string& path) {
    if (path == "-") {
        const std::string name = "standard input";
        SA_TRY(const std::string text, read_text(context.world.in, name, k_most_bytes));
        return of_one_tenant(read_run_document(text, name), name);
    }
    SA_TRY(const std::string text, read_text(context.world.files, path, k_most_bytes));
    return of_one_tenant(read_run_document(text, path), path);
}

}  // namespace smtpaudit
