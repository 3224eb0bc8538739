#include "net/trace.hpp"

#include "base/text.hpp"
#include "net/url.hpp"

#include <fmt/format.h>
#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace smtpaudit {
namespace {

constexpr std::size_t k_value_columns = 120;

// What tells of a request without telling its contents (facts/graph.md 6, "Log").
constexpr std::array<std::string_view, 1> k_request_headers = {"client-request-id"};
constexpr std::array<std::string_view, 7> k_response_headers = {
    "request-id",          "x-ms-request-id",
    "Retry-After",         "x-ms-throttle-limit-percentage",
    "x-ms-throttle-scope", "x-ms-resource-unit",
    "x-ms-ags-diagnostic"};

void append(std::string& line, std::string_view name, std::string_view value) {
    line += fmt::format(", {} {}", name, cut_to_width(value, k_value_columns));
}

std::string describe(const HttpRequest& request, const HttpResult& result,
                     std::chrono::milliseconds took) {
    std::string line = fmt::format("{} {}: ", request.method == HttpMethod::get ? "GET" : "POST",
                                   redacted(request.url));
    if (result)
        line += fmt::format("{}, {} bytes", result->status, result->body.size());
    else
        line += fmt::format("failed: {}", result.error().message);
    line += fmt::format(", {} ms", took.count());
    if (result)
        for (const auto name : k_response_headers)
            if (const auto value = result->header(name)) append(line, name, *value);
    for (const auto name : k_request_headers)
        for (const HttpHeader& header : request.headers)
            if (equals_ignoring_case(header.name, name)) append(line, name, header.value);
    return line;
}

}  // namespace

HttpResult TraceClient::send(const HttpRequest& request, std::stop_token stop) {
    if (log_.level() < LogLevel::verbose) return next_.send(request, stop);
    const auto before = clock_.steady_now();
    HttpResult result = next_.send(request, stop);
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - before);
    const std::string line = describe(request, result, took);
    const std::lock_guard lock(mutex_);
    log_.detail(line);
    return result;
}

}  // namespace smtpaudit
