#include "auth/loopback.hpp"

#include "base/secret.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t k_max_connections = 8;
constexpr std::size_t k_max_request = std::size_t{16} * 1024;
constexpr std::chrono::seconds k_max_request_time = 10s;
// The clock is asked this often; a stop does not wait for it.
constexpr std::chrono::milliseconds k_tick = 250ms;

class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    int get() const { return value_; }
    int release() { return std::exchange(value_, -1); }

private:
    int value_;
};

struct Connection {
    Descriptor socket;
    std::string request;
    std::chrono::steady_clock::time_point deadline;
};

// A whole page, with nothing of the request in it.
std::string page(std::string_view status, std::string_view text) {
    const std::string html = fmt::format(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>smtpaudit</title>"
        "</head><body><p>{}</p></body></html>\n",
        text);
    return fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n"
        "Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'\r\n"
        "Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
        "Connection: close\r\n\r\n{}",
        status, html.size(), html);
}

// Fits the socket's buffer; a browser that went away misses its page and nothing else.
void answer(const Connection& connection, const std::string& text) {
    [[maybe_unused]] const auto sent =
        ::send(connection.socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(connection.socket.get(), SHUT_WR);
}

// "GET /?code=… HTTP/1.1" -> its query; nullopt: another method, path or protocol.
std::optional<std::string_view> query_of(std::string_view request) {
    std::string_view line = request.substr(0, request.find("\r\n"));
    constexpr std::string_view k_begin = "GET /?";
    if (!line.starts_with(k_begin)) return std::nullopt;
    line.remove_prefix(k_begin.size());
    const auto space = line.find(' ');
    if (space == std::string_view::npos || !line.substr(space + 1).starts_with("HTTP/1."))
        return std::nullopt;
    return line.substr(0, space);
}

class Server {
public:
    Server(int listener, Clock& clock, const LoopbackListener::Judge& judge)
        : listener_(listener), clock_(clock), judge_(judge) {}
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() {
        for (Connection& connection : connections_) wipe(connection.request);
    }

    // Waits for events until `wake` speaks, a tick passes, or the fields that end the wait came.
    std::optional<FormFields> turn(int wake) {
        std::vector<pollfd> polled = {{listener_, POLLIN, 0}, {wake, POLLIN, 0}};
        for (const Connection& connection : connections_)
            polled.push_back({connection.socket.get(), POLLIN, 0});
        ::poll(polled.data(), polled.size(), static_cast<int>(k_tick.count()));

        std::optional<FormFields> taken;
        const auto now = clock_.steady_now();
        std::vector<Connection> kept;
        for (std::size_t i = 0; i < connections_.size(); ++i) {
            Connection& connection = connections_[i];
            const bool readable = polled[i + 2].revents != 0;
            if (!taken && now < connection.deadline && (!readable || serve(connection, taken)))
                kept.push_back(std::move(connection));
            else
                wipe(connection.request);
        }
        connections_ = std::move(kept);
        if (polled[0].revents != 0) accept_one(now);
        return taken;
    }

private:
    void accept_one(std::chrono::steady_clock::time_point now) {
        Descriptor socket(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (socket.get() < 0) return;
        // Browsers open connections ahead and leave them silent; the oldest makes room.
        if (connections_.size() == k_max_connections) {
            wipe(connections_.front().request);
            connections_.erase(connections_.begin());
        }
        Connection& added =
            connections_.emplace_back(Connection{std::move(socket), {}, now + k_max_request_time});
        added.request.reserve(k_max_request);  // grows in place: it will hold the code
    }

    // False: this connection is done.
    bool serve(Connection& connection, std::optional<FormFields>& taken) {
        std::array<char, 4096> room{};
        const ssize_t got = ::recv(connection.socket.get(), room.data(), room.size(), 0);
        if (got < 0) return errno == EAGAIN || errno == EINTR;
        if (got == 0) return false;
        const auto size = static_cast<std::size_t>(got);
        const bool fits = connection.request.size() + size <= k_max_request;
        if (fits) connection.request.append(room.data(), size);
        explicit_bzero(room.data(), room.size());
        if (!fits) {
            answer(connection, page("431 Request Header Fields Too Large", "Too large."));
            return false;
        }
        if (connection.request.find("\r\n\r\n") == std::string::npos) return true;
        finish(connection, taken);
        return false;
    }

    void finish(const Connection& connection, std::optional<FormFields>& taken) const {
        const auto query = query_of(connection.request);
        if (!query) {
            answer(connection, page("404 Not Found", "There is nothing here."));
            return;
        }
        auto fields = parse_form(*query);
        const auto verdict = fields ? judge_(*fields) : LoopbackVerdict::not_ours;
        switch (verdict) {
            case LoopbackVerdict::not_ours:
                answer(connection, page("400 Bad Request",
                                        "This does not belong to the sign-in that is waiting."));
                return;
            case LoopbackVerdict::signed_in:
                answer(connection, page("200 OK", "You are signed in. You may close this page."));
                break;
            case LoopbackVerdict::refused:
                answer(connection, page("200 OK",
                                        "The sign-in was refused. The terminal says why. You may "
                                        "close this page."));
                break;
        }
        taken = std::move(fields);
    }

    int listener_;
    Clock& clock_;
    const LoopbackListener::Judge& judge_;
    std::vector<Connection> connections_;
};

}  // namespace

Result<std::unique_ptr<LoopbackListener>> LoopbackListener::open() {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (socket.get() < 0 || ::bind(socket.get(), plain, size) != 0 ||
        ::listen(socket.get(), static_cast<int>(k_max_connections)) != 0 ||
        ::getsockname(socket.get(), plain, &size) != 0)
        return fail(Errc::local,
                    "no port of 127.0.0.1 can be opened for the browser to come back to; use "
                    "--auth device-code");
    return std::unique_ptr<LoopbackListener>(
        new LoopbackListener(socket.release(), ntohs(address.sin_port)));
}

LoopbackListener::~LoopbackListener() { ::close(listener_); }

Result<FormFields> LoopbackListener::wait(Clock& clock, std::chrono::seconds limit,
                                          const Judge& judge, std::stop_token stop) {
    const auto deadline = clock.steady_now() + limit;
    const Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    const std::stop_callback on_stop(stop, [&] { ::eventfd_write(wake.get(), 1); });
    Server server(listener_, clock, judge);
    while (!stop.stop_requested()) {
        if (auto fields = server.turn(wake.get())) return std::move(*fields);
        if (clock.steady_now() >= deadline)
            return fail(Errc::sign_in,
                        fmt::format("nobody signed in within {} minutes; start again",
                                    std::chrono::ceil<std::chrono::minutes>(limit).count()));
    }
    return fail(Errc::interrupted, "interrupted while signing in");
}

}  // namespace smtpaudit
