#include "fake_tenant/http.hpp"

#include "base/text.hpp"
#include "fake_tenant/codec.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <zlib.h>

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace smtpaudit::fake {

namespace {

constexpr std::size_t k_max_head = std::size_t{64} * 1024;
constexpr std::size_t k_max_body = std::size_t{8} * 1024 * 1024;

std::optional<std::size_t> to_size(std::string_view text, int base) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size() || value > k_max_body)
        return std::nullopt;
    return value;
}

// "https://host:1/path?x" or "/path?x" or "host:443" into its parts.
void split_target(std::string_view target, Record& request) {
    if (request.method == "CONNECT") {
        request.scheme = "proxy";
        request.host = std::string(target.substr(0, target.rfind(':')));
        return;
    }
    if (const auto scheme = target.find("://"); scheme != std::string_view::npos) {
        request.scheme = std::string(target.substr(0, scheme));
        target.remove_prefix(scheme + 3);
        const auto authority = target.substr(0, target.find_first_of("/?"));
        request.host = std::string(authority.substr(0, authority.rfind(':')));
        target.remove_prefix(authority.size());
    }
    const auto question = target.find('?');
    request.path = std::string(target.substr(0, question));
    if (question != std::string_view::npos)
        request.query = std::string(target.substr(question + 1));
}

}  // namespace

std::optional<std::string> Record::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (equals_ignoring_case(key, name)) return value;
    return std::nullopt;
}
std::optional<std::string> Record::query_value(const std::string& name) const {
    const auto form = parse_form(query);
    const auto found = form.find(name);
    return found == form.end() ? std::nullopt : std::optional(found->second);
}
std::optional<std::string> Record::form_value(const std::string& name) const {
    const auto form = parse_form(body);
    const auto found = form.find(name);
    return found == form.end() ? std::nullopt : std::optional(found->second);
}

std::string_view reason_phrase(int status) {
    static const std::map<int, std::string_view> phrases{{200, "OK"},
                                                         {302, "Found"},
                                                         {400, "Bad Request"},
                                                         {401, "Unauthorized"},
                                                         {403, "Forbidden"},
                                                         {404, "Not Found"},
                                                         {405, "Method Not Allowed"},
                                                         {407, "Proxy Authentication Required"},
                                                         {408, "Request Timeout"},
                                                         {429, "Too Many Requests"},
                                                         {500, "Internal Server Error"},
                                                         {501, "Not Implemented"},
                                                         {502, "Bad Gateway"},
                                                         {503, "Service Unavailable"},
                                                         {504, "Gateway Timeout"}};
    const auto found = phrases.find(status);
    return found == phrases.end() ? "Status" : found->second;
}

std::string gzip(std::string_view bytes) {
    z_stream stream{};
    // 15 + 16: the largest window, in gzip's own frame.
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("fake tenant: zlib cannot start");
    std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string head_of(const Answer& answer, Framing framing, std::size_t length) {
    std::string head =
        fmt::format("HTTP/1.1 {} {}\r\n", answer.status, reason_phrase(answer.status));
    for (const auto& [name, value] : answer.headers) head += fmt::format("{}: {}\r\n", name, value);
    head += framing == Framing::chunked ? std::string("Transfer-Encoding: chunked\r\n")
                                        : fmt::format("Content-Length: {}\r\n", length);
    if (!answer.keep) head += "Connection: close\r\n";
    return head + "\r\n";
}

std::string chunk_of(std::string_view bytes) {
    return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

Connection::~Connection() {
    tls_.ssl.reset();
    ::close(socket_);
}

bool Connection::looks_like_tls() const {
    unsigned char first = 0;
    return ::recv(socket_, &first, 1, MSG_PEEK) == 1 && first == 0x16;
}

bool Connection::secure(Authority& authority, const TlsChoice& choose) {
    tls_ = accept_tls(authority, socket_, choose);
    buffer_.clear();
    return tls_.done;
}

bool Connection::fill() {
    std::array<char, 16384> block{};
    ssize_t count = 0;
    if (tls_.done) {
        count = SSL_read(tls_.ssl.get(), block.data(), static_cast<int>(block.size()));
        ERR_clear_error();
    } else {
        count = ::recv(socket_, block.data(), block.size(), 0);
    }
    if (count <= 0) return false;
    buffer_.append(block.data(), static_cast<std::size_t>(count));
    return true;
}

bool Connection::write(std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t count = 0;
        if (tls_.done) {
            const auto part = std::min<std::size_t>(bytes.size(), 1U << 20U);
            count = SSL_write(tls_.ssl.get(), bytes.data(), static_cast<int>(part));
            ERR_clear_error();
        } else {
            count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        }
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

void Connection::close_cleanly() {
    if (tls_.done) {
        SSL_shutdown(tls_.ssl.get());
        ERR_clear_error();
    }
    ::shutdown(socket_, SHUT_WR);
    // What the client still sends must be read, or the kernel answers it with a reset.
    timeval patience{0, 200'000};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::array<char, 4096> rest{};
    while (::recv(socket_, rest.data(), rest.size(), 0) > 0) continue;
}

void Connection::reset() {
    const linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    if (tls_.ssl) SSL_set_quiet_shutdown(tls_.ssl.get(), 1);
}

std::optional<std::string> Connection::read_line() {
    for (;;) {
        if (const auto end = buffer_.find("\r\n"); end != std::string::npos) {
            std::string line = buffer_.substr(0, end);
            buffer_.erase(0, end + 2);
            return line;
        }
        if (buffer_.size() > k_max_head || !fill()) return std::nullopt;
    }
}

bool Connection::read_body(Record& request) {
    if (request.header("Expect").value_or("") == "100-continue")
        write("HTTP/1.1 100 Continue\r\n\r\n");
    const auto take = [this](std::size_t size, std::string& into) {
        while (buffer_.size() < size)
            if (!fill()) return false;
        into += buffer_.substr(0, size);
        buffer_.erase(0, size);
        return true;
    };
    if (request.header("Transfer-Encoding").has_value()) {
        for (;;) {
            const auto size = to_size(read_line().value_or("?"), 16);
            if (!size || request.body.size() > k_max_body) return false;
            if (!take(*size, request.body) || !read_line()) return false;
            if (*size == 0) return true;
        }
    }
    const auto size = to_size(request.header("Content-Length").value_or("0"), 10);
    return size && take(*size, request.body);
}

std::optional<Record> Connection::read_request() {
    const auto line = read_line();
    if (!line) return std::nullopt;
    const auto words = split(*line, ' ');
    if (words.size() != 3 || !words[2].starts_with("HTTP/1.")) return std::nullopt;
    Record request;
    request.method = std::string(words[0]);
    request.scheme = tls_.done ? "https" : "http";
    request.tls_version = tls_.version;
    for (std::size_t size = 0;;) {
        const auto field = read_line();
        if (!field || (size += field->size()) > k_max_head) return std::nullopt;
        if (field->empty()) break;
        const auto colon = field->find(':');
        if (colon == std::string::npos) return std::nullopt;
        request.headers.emplace_back(field->substr(0, colon), trim(field->substr(colon + 1)));
    }
    const std::string host = request.header("Host").value_or("");
    request.host = host.substr(0, host.rfind(':'));
    split_target(words[1], request);
    if (request.method != "CONNECT" && !read_body(request)) return std::nullopt;
    return request;
}

}  // namespace smtpaudit::fake
