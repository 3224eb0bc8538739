#include "app/redaction.hpp"

#include "app/evidence.hpp"
#include "auth/private_file.hpp"
#include "report/redact.hpp"

#include <fmt/format.h>
#include <array>

namespace smtpaudit {
namespace {

constexpr std::size_t k_key_bytes = 32;
constexpr std::size_t k_least_key_bytes = 16;
constexpr std::size_t k_most_key_bytes = std::size_t{64} * 1024;

Result<Secret> redaction_key(const CommandContext& context) {
    const auto& path = context.options.redact_key;
    if (!path) {
        std::array<unsigned char, k_key_bytes> bytes{};
        context.world.random.fill(bytes);
        return Secret(std::string(bytes.begin(), bytes.end()));
    }
    SA_TRY(Secret key, read_private_file(*path, k_most_key_bytes));
    if (key.reveal().size() < k_least_key_bytes)
        return fail(Errc::input,
                    fmt::format("{}: a key under {} bytes can be guessed; make one with "
                                "\"openssl rand -hex 32\"",
                                *path, k_least_key_bytes));
    return key;
}

}  // namespace

std::vector<std::string> named_files(const CommandContext& context) {
    const Options& o = context.options;
    std::vector<std::string> names = o.files;
    if (const auto paths = expand_paths(context, o.files))
        names.insert(names.end(), paths->begin(), paths->end());
    for (const auto& path :
         {o.inventory, o.products, o.timeline, o.weights, o.columns, o.from, o.accept, o.baseline})
        if (path) names.push_back(*path);
    return names;
}

Result<Redactor> Redactor::make(const CommandContext& context, std::vector<std::string> files) {
    if (!context.options.redact && !context.options.redact_key)
        return Redactor(std::nullopt, std::move(files));
    SA_TRY(Secret key, redaction_key(context));
    return Redactor(std::move(key), std::move(files));
}

Report Redactor::report_to_write(const Report& report) const {
    return key_ ? redacted(report, key_->clone(), files_) : report;
}

}  // namespace smtpaudit
