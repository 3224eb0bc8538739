#include "app/run_file.hpp"

#include "report/run_document.hpp"

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_bytes = std::size_t{4} * 1024 * 1024 * 1024;

}  // namespace

Result<Report> read_run_file(const CommandContext& context, const std::string& path) {
    if (path == "-") {
        const std::string name = "standard input";
        SA_TRY(const std::string text, read_text(context.world.in, name, k_most_bytes));
        return read_run_document(text, name);
    }
    SA_TRY(const std::string text, read_text(context.world.files, path, k_most_bytes));
    return read_run_document(text, path);
}

}  // namespace smtpaudit
