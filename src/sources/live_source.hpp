// The seam to live evidence: one LiveSource for each endpoint that is pulled, and their table.
#pragma once

#include "base/clock.hpp"
#include "model/coverage.hpp"
#include "model/observation.hpp"
#include "net/http.hpp"
#include "net/rate_limit.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// A permission of an application. The ids are the same in every tenant (facts/graph.md 4.4).
struct Permission {
    std::string_view name;  // "AuditLog.Read.All"
    std::string_view application_id;  // app role
    std::string_view delegated_id;  // scope; empty: not known
    std::string_view resource = "Microsoft Graph";  // whose it is, as the admin center lists it
    std::string_view resource_app_id = "00000003-0000-0000-c000-000000000000";
};

struct PullProgress {
    std::string_view source;
    std::uint64_t pages = 0;
    std::uint64_t rows = 0;
    std::optional<double> done = {};  // 0 to 1: how much of the question is answered
};

class SignInCheckpoint;

struct PullContext {
    HttpClient& http;  // the whole chain: bearer, retry, rate limit
    Clock& clock;
    std::string graph_url;  // "https://graph.microsoft.com", no slash at the end
    UtcTime from, to;  // the window asked for, from inclusive, to exclusive
    bool chosen_by_name = false;  // then a missing licence is a failure, else `unavailable`
    unsigned in_flight = 4;  // requests at a time, for sources that can; from 1
    std::uint64_t page_limit = 100'000;
    std::function<void(const PullProgress&)> progress;  // may be empty; from the thread of pull()
    std::stop_token stop;
    // graph_url of the cloud's other services; empty: this cloud has none that we know.
    std::string exchange_url{}, log_analytics_url{};
    // Adds no token, writes no trace, tries once: for the one address that lets in whoever knows it
    // (facts/graph.md 2.2). Null: there is none.
    HttpClient* bare_http = nullptr;
    // What earlier pulls of sign-ins finished. Null: everything is asked for.
    const SignInCheckpoint* checkpoint = nullptr;
    std::string tenant{};  // as the user named it: its id or one of its domains
    // Of a source that asks for each sender: whom to ask for, what matters most first, and how many
    // requests it may send.
    std::vector<std::string> senders{};
    std::uint64_t request_budget = 0;
    std::string person{};  // UPN of the person who signed in; empty: an app, or not known
    std::string workspace{};  // of Log Analytics: its id, a GUID in lower case; empty: none named
};

struct LiveSource {
    std::string_view id;  // also Coverage::source
    std::string_view title;  // for people
    std::span<const Permission> permissions;  // the least that will do
    std::string_view roles;  // directory roles of which a person who signs in needs one; or empty
    std::string_view licence;  // empty: none
    std::string_view retention;  // how far back the service goes; empty: no matter
    std::string_view budget;  // sources of one budget share a RateLimit and run one by one
    // Asks for each of PullContext::senders: pulled after the others, when they are known.
    bool asks_by_sender = false;
    // Pushes all rows into the sink, from the calling thread only. Never fails as a whole: what
    // came is kept, and Coverage says what is missing, why, and what to do about it.
    Coverage (*pull)(PullContext& context, EvidenceSink& sink);
    // The smallest request that shows whether pull() would be let in. complete: it would.
    Coverage (*probe)(PullContext& context);
    // What it is good for: "senders" (who sends), "names" (who they are), "settings".
    std::string_view tier = "settings";
    // What to do where the licence is missing; empty: nothing can be done.
    std::string_view by_hand = {};
    // Its observations count many sign-ins at once and have no record ids, so that nothing but the
    // larger count tells what a file has too.
    bool counts = false;
};

// What the service allows for a budget that LiveSource::budget names.
struct ThrottleBudget {
    std::string_view name;
    RateBudget rate;
};
std::span<const ThrottleBudget> all_budgets();
const ThrottleBudget* find_budget(std::string_view name);  // nullptr: no such budget

// In the order of reports.
std::span<const LiveSource> all_live_sources();
const LiveSource* find_live_source(std::string_view id);  // nullptr: no such source

}  // namespace smtpaudit
