#include "net/http.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <utility>

namespace smtpaudit {

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
    for (const HttpHeader& entry : headers)
        if (equals_ignoring_case(entry.name, name)) return entry.value;
    return std::nullopt;
}

std::string describe_failure(const HttpResponse& response) {
    constexpr std::size_t k_id_columns = 64;  // a GUID is 36
    std::string text = fmt::format("HTTP {}", response.status);
    auto id = response.header("request-id");
    if (!id) id = response.header("x-ms-request-id");
    if (id && !id->empty())
        text += fmt::format(", request-id {}", cut_to_width(printable(*id), k_id_columns));
    return text;
}

HttpResult check_body(const HttpRequest& request, HttpResponse&& response, std::string_view host) {
    const bool good = response.status >= 200 && response.status < 300;
    if (!good || !request.body_is_whole || request.body_is_whole(response.body))
        return std::move(response);
    if (trim(response.body).starts_with('<'))
        return http_fail(HttpFailureKind::not_http,
                         fmt::format("{}: the answer is a web page, not data; is a captive portal "
                                     "or a proxy's log-in page in between?",
                                     host));
    return http_fail(
        HttpFailureKind::cut_short,
        fmt::format("{}: the answer is cut or unreadable ({} bytes)", host, response.body.size()));
}

}  // namespace smtpaudit
