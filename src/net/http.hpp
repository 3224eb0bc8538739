// The seam to the network. A chain of decorators implements it: curl <- trace <- bearer <- retry.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

enum class HttpMethod : std::uint8_t { get, post };

struct HttpHeader {
    std::string name;
    std::string value;
};

struct HttpRequest {
    HttpMethod method = HttpMethod::get;
    std::string url;  // https only (CurlSettings::allow_plain_http: managed identity alone)
    std::vector<HttpHeader> headers;
    std::string body;  // form or JSON; never traced
    // A body that fails this test is a cut one: retried, then an error. Empty: any body will do.
    std::function<bool(std::string_view)> body_is_whole;
    // False: not sent again where a first try may have had its effect (time-out, cut answer, 500).
    bool is_repeatable = true;
    std::size_t max_body = std::size_t{32} * 1024 * 1024;  // decompressed bytes
    std::chrono::seconds total_timeout{120};
};

struct HttpResponse {
    int status = 0;
    std::vector<HttpHeader> headers;
    std::string body;
    // The first header of that name, without regard to case.
    std::optional<std::string_view> header(std::string_view name) const;
};

enum class HttpFailureKind : std::uint8_t {
    resolve,  // DNS
    connect,  // refused, unreachable
    tls,  // certificate or handshake: never retried
    timeout,  // connect, low speed or total
    cut_short,  // reset, empty reply, body shorter than promised, body_is_whole said no
    not_http,  // the answer is not HTTP, or is a web page where body_is_whole wanted data
    too_large,  // over max_body: never retried
    refused,  // nothing was sent: scheme, userinfo, header; or the proxy refused the tunnel (407)
    interrupted,  // the stop token
    sign_in,  // bearer could not get a token; `message` is the credential's own
};

struct HttpFailure {
    HttpFailureKind kind = HttpFailureKind::connect;
    std::string message;  // one line, host and reason, no secret, no query
};

using HttpResult = tl::expected<HttpResponse, HttpFailure>;

inline tl::unexpected<HttpFailure> http_fail(HttpFailureKind kind, std::string message) {
    return tl::unexpected<HttpFailure>(HttpFailure{kind, std::move(message)});
}

// "HTTP 403, request-id 8f1c…": what an error line says of an answer. The id is the server's own
// ("request-id" of Graph and Exchange, "x-ms-request-id" of the identity platform), if it sent one.
std::string describe_failure(const HttpResponse& response);

// What body_is_whole says of a 2xx answer, as the failure it is; every client at the inner end of
// the chain ends with this. `host` is for the message.
HttpResult check_body(const HttpRequest& request, HttpResponse&& response, std::string_view host);

class HttpClient {
public:
    virtual ~HttpClient() = default;
    // Any status is a response; a failure is the absence of a response. Thread-safe.
    virtual HttpResult send(const HttpRequest& request, std::stop_token stop) = 0;
};

}  // namespace smtpaudit
