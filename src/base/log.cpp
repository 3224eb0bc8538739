#include "base/log.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

// Enough of RFC 8259 for text that printable() has already cleaned.
std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

}  // namespace

void Log::line(std::string_view kind, LogLevel at_least, std::string_view message) {
    if (level_ < at_least) return;
    const std::string text = printable(message);
    std::string out;
    if (json_)
        out = fmt::format("{{\"level\":\"{}\",{}\"message\":{}}}\n", kind,
                          tenant_.empty() ? "" : "\"tenant\":" + json_text(tenant_) + ",",
                          json_text(text));
    else
        out = fmt::format("smtpaudit: {}{}{}{}{}\n", kind == "note" || kind == "detail" ? "" : kind,
                          kind == "note" || kind == "detail" ? "" : ": ", tenant_,
                          tenant_.empty() ? "" : ": ", text);
    // Standard error that cannot be written is nobody's to be told.
    if (sink_.write(out)) (void)sink_.flush();
}

}  // namespace smtpaudit
