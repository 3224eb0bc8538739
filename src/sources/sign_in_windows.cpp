#include "sources/sign_in_windows.hpp"

#include "net/url.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

constexpr int k_page_rows = 1'000;  // the service's maximum, and its default

}  // namespace

std::vector<TimeWindow> sign_in_windows(TimeWindow whole, UtcTime now) {
    std::vector<TimeWindow> windows;
    const UtcTime kept_from = std::clamp(now - k_sign_in_retention, whole.from, whole.to);
    UtcTime end = whole.to;
    while (end > kept_from) {
        const UtcTime midnight = day_of(end - std::chrono::seconds(1));
        const UtcTime begin = std::max(midnight, kept_from);
        windows.push_back({begin, end});
        end = begin;
    }
    if (end > whole.from) windows.push_back({whole.from, end});
    return windows;
}

std::vector<TimeWindow> pieces_of(TimeWindow window, std::chrono::seconds span) {
    std::vector<TimeWindow> pieces;
    while (window.length() > span) {
        pieces.push_back({window.to - span, window.to});
        window.to -= span;
    }
    pieces.push_back(window);
    return pieces;
}

std::string sign_ins_url(std::string_view graph_url, SignInApi api, TimeWindow window) {
    // Instants have up to seven fraction digits: `le` the last of them is `lt` the next second,
    // and `lt` itself is not documented.
    std::string last = format_utc(window.to - std::chrono::seconds(1));
    last.insert(last.size() - 1, ".9999999");
    std::string filter = fmt::format(
        "createdDateTime ge {} and createdDateTime le {}"
        " and (clientAppUsed eq 'Authenticated SMTP' or clientAppUsed eq 'SMTP')",
        format_utc(window.from), last);
    if (api == SignInApi::beta)
        filter +=
            " and signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')";
    return fmt::format("{}/{}/auditLogs/signIns?$filter={}&$top={}", graph_url,
                       api == SignInApi::beta ? "beta" : "v1.0", percent_encode(filter),
                       k_page_rows);
}

}  // namespace smtpaudit
