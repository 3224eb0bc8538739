// Signed in to one tenant: from options, environment and settings file to HTTP clients that carry
// the token, wait where the service says so, and stop when the user says so.
//
//     SA_TRY(const auto session, Session::open(context));
//     PullContext pull = session->pull_context(source);
//     source.pull(pull, ledger);
#pragma once

#include "app/commands.hpp"
#include "auth/all_credentials.hpp"
#include "auth/bearer.hpp"
#include "net/retry.hpp"
#include "sources/live_source.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace smtpaudit {

class Session {
public:
    // Settles who signs in where, and how the network is reached. Sends nothing. What is missing or
    // wrong is Errc::usage and names its option and variable; a bad key, secret or authority file is
    // Errc::input. `context` outlives the session.
    static Result<std::unique_ptr<Session>> open(const CommandContext& context);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    const Cloud& cloud() const { return *sign_in_.cloud; }
    const std::string& tenant() const { return sign_in_.tenant; }  // as the user named it
    const std::string& client_id() const { return sign_in_.client_id; }
    // "signing in to contoso.com (global) with …": for one line on standard error.
    const std::string& said() const { return sign_in_.said; }
    TokenSource& token_source() { return *sign_in_.source; }
    CachedTokens& tokens() { return tokens_; }

    // Called before each wait of a request, by the thread that waits. Set it before any request.
    using WaitWatch = std::function<void(std::string_view budget, const WaitNotice&)>;
    void watch_waits(WaitWatch watch) { on_wait_ = std::move(watch); }

    // UPN of the person who signed in, for PullContext::person (find_person in who_am_i.hpp).
    void set_person(std::string upn) { person_ = std::move(upn); }

    // The whole chain for one budget of all_budgets(): bearer, retry, and one pace for all who ask
    // by that name. Make it before threads begin; the client itself is thread-safe. A budget that
    // the table does not know is a bug: std::out_of_range.
    HttpClient& http(std::string_view budget);
    // All that does not depend on the question: client, clock, addresses, stop. The caller sets the
    // window and the rest.
    PullContext pull_context(const LiveSource& source);

private:
    struct Chain {
        RateLimit rate;
        RetryClient retry;
        Chain(const RateBudget& budget, HttpClient& next, RetryParts parts)
            : rate(budget), retry(next, with_rate(std::move(parts), rate)) {}
        static RetryParts with_rate(RetryParts parts, RateLimit& rate) {
            parts.rate = &rate;
            return parts;
        }
    };

    Session(const CommandContext& context, std::unique_ptr<HttpClient> network,
            std::unique_ptr<HttpClient> trace, SignIn sign_in);

    const CommandContext& context_;
    const std::unique_ptr<HttpClient> network_, trace_;
    const SignIn sign_in_;
    CachedTokens tokens_;
    BearerClient bearer_;
    WaitWatch on_wait_;
    std::string person_;
    std::map<std::string, Chain, std::less<>> chains_;  // nodes stay where they are
};

}  // namespace smtpaudit
