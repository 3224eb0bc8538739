// Errors as values. Every function that can fail in an expected way returns Result<T>.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace smtpaudit {

// What went wrong, by who has to act. The program's exit code follows from it (exit_code()).
enum class Errc {
    usage,  // a bad option or argument
    input,  // a file that cannot be read or understood, a bad config
    sign_in,  // credentials or permission
    service,  // network, TLS, throttling beyond the limit, protocol
    local,  // output or store cannot be written
    closed_pipe,  // the reader of our output went away: ends quietly
    interrupted,  // SIGINT or SIGTERM
};

// One line for a person: what failed, where, what to do. Holds no secret and no library's what().
struct Error {
    Errc code = Errc::input;
    std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Errc code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

// The exit code of cli.md for an error that ends the run (interrupted: the caller knows the signal).
int exit_code(Errc code);

#define SA_JOIN_(a, b) a##b
#define SA_JOIN(a, b) SA_JOIN_(a, b)

// SA_TRY(auto page, http.send(request)); returns the error to the caller, or binds the value.
#define SA_TRY(declaration, expression)                        \
    auto SA_JOIN(sa_result_, __LINE__) = (expression);         \
    if (!SA_JOIN(sa_result_, __LINE__))                        \
        return tl::unexpected<::smtpaudit::Error>(             \
            std::move(SA_JOIN(sa_result_, __LINE__)).error()); \
    declaration = std::move(*SA_JOIN(sa_result_, __LINE__))  // NOLINT(bugprone-macro-parentheses)

// SA_CHECK(sink.write(text)); the same for Result<void>.
#define SA_CHECK(expression)                                                          \
    do {                                                                              \
        if (auto sa_checked = (expression); !sa_checked)                              \
            return tl::unexpected<::smtpaudit::Error>(std::move(sa_checked).error()); \
    } while (false)

}  // namespace smtpaudit
