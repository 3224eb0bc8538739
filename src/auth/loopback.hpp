// The small listener on 127.0.0.1 that the browser comes back to after a sign-in (RFC 8252 7.3).
#pragma once

#include "auth/form.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

namespace smtpaudit {

// What to tell the browser, and whether the wait is over.
enum class LoopbackVerdict : std::uint8_t {
    signed_in,  // ends the wait, says that all is well
    refused,  // ends the wait, says to look at the terminal
    not_ours,  // another page's or program's request: answered and forgotten
};

class LoopbackListener {
public:
    // On a free port of 127.0.0.1 alone. No port to be had: Errc::local.
    static Result<std::unique_ptr<LoopbackListener>> open();
    LoopbackListener(const LoopbackListener&) = delete;
    LoopbackListener& operator=(const LoopbackListener&) = delete;
    ~LoopbackListener();

    std::uint16_t port() const { return port_; }

    // Serves until `judge` takes the query of a GET of "/". Everything else (other paths and
    // methods, requests over 16 KiB, slow or silent connections, more than eight at once) is
    // answered or dropped and does not hold up the rest. After `limit`: Errc::sign_in. The stop
    // token ends it at once: Errc::interrupted.
    using Judge = std::function<LoopbackVerdict(const FormFields&)>;
    Result<FormFields> wait(Clock& clock, std::chrono::seconds limit, const Judge& judge,
                            std::stop_token stop);

private:
    LoopbackListener(int listener, std::uint16_t port) : listener_(listener), port_(port) {}

    int listener_;
    std::uint16_t port_;
};

}  // namespace smtpaudit
