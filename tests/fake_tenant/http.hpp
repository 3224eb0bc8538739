// Requests and answers of HTTP/1.1, and the connection they travel on.
#pragma once

#include "fake_tenant/service_time.hpp"
#include "fake_tenant/tls.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpaudit::fake {

using Headers = std::vector<std::pair<std::string, std::string>>;

// What arrived and what was answered: the record that tests look at.
struct Record {
    std::string method;  // "CONNECT" is a request to the proxy
    std::string scheme;  // "https", "http", or "proxy" for CONNECT
    std::string host;  // without the port
    std::string path;
    std::string query;  // raw, without "?"
    Headers headers;
    std::string body;
    milliseconds at{0};  // service time since the start, when the request was complete
    bool via_proxy = false;
    std::string tls_version;
    unsigned connection = 0;
    int status = 0;  // 0: nothing that is HTTP was sent
    std::string fault;  // the name of the fault that was injected, "" for none
    std::string violation;  // why it must never be asked for, "" for no reason

    // The first header of that name, case ignored.
    std::optional<std::string> header(std::string_view name) const;
    // A query option or a form field, decoded.
    std::optional<std::string> query_value(const std::string& name) const;
    std::optional<std::string> form_value(const std::string& name) const;
};

struct Answer {
    int status = 200;
    Headers headers;
    std::string body;
    bool keep = true;  // the connection stays open
    void set(std::string name, std::string value) {
        headers.emplace_back(std::move(name), std::move(value));
    }
};

std::string_view reason_phrase(int status);
std::string gzip(std::string_view bytes);

// A connected socket, with or without TLS. Owned and used by one thread.
class Connection {
public:
    explicit Connection(int socket) : socket_(socket) {}
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // True if the next byte begins a TLS handshake.
    bool looks_like_tls() const;
    // Talks TLS from here on. False: the handshake failed.
    bool secure(Authority& authority, const TlsChoice& choose);
    const TlsSession& tls() const { return tls_; }

    // The next request, with everything but `at`, `connection`, `via_proxy`, `host` set when the
    // head lacks one. Empty: the client is gone or does not speak HTTP.
    std::optional<Record> read_request();
    // False: the client is gone.
    bool write(std::string_view bytes);
    // Ends TLS properly, then the connection: what was sent counts as a whole body.
    void close_cleanly();
    // The client sees a reset (RST).
    void reset();

private:
    bool fill();
    std::optional<std::string> read_line();
    bool read_body(Record& request);

    int socket_;
    TlsSession tls_;
    std::string buffer_;
};

// Status line, headers, and the body with its length or in chunks.
enum class Framing : unsigned char { length, chunked };
std::string head_of(const Answer& answer, Framing framing, std::size_t length);
std::string chunk_of(std::string_view bytes);

}  // namespace smtpaudit::fake
