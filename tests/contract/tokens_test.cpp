// Faults 18, 19, 21 and 22: tokens that end, are refused, or never come.
#include "contract/chain.hpp"

#include <algorithm>

namespace smtpaudit::contract {
namespace {

Fault token_error(int status, std::string error, int aadsts) {
    Fault fault;
    fault.path = "/token";
    fault.action = Action::status;
    fault.status = status;
    fault.code = std::move(error);
    fault.aadsts = aadsts;
    return fault;
}

Fault revoked(std::vector<unsigned> nth = {}) {
    Fault fault = status_on_sign_ins(401, std::move(nth));
    fault.revoke = true;
    return fault;
}

std::string token_of(const fake::Record& record) {
    return record.header("Authorization").value_or("");
}

}  // namespace

TEST_CASE("fault 18: a 401 in mid-pull costs one new token and the same page again") {
    Chain calm;
    calm.tenant.plan({short_pages()});
    calm.pull();
    Chain chain;
    chain.tenant.plan({revoked({3}), short_pages()});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::complete);
    CHECK(pulled.rows == whole_half_day());
    CHECK(chain.token_requests() == 2);
    CHECK(chain.clock.sleeps() == calm.clock.sleeps());  // no wait but those of the pace
    const auto asked = chain.requests();
    REQUIRE(asked.size() == calm.requests().size() + 1);
    CHECK(asked[3].query == asked[2].query);
    CHECK(asked[3].connection == asked[2].connection);
    CHECK(token_of(asked[1]) == token_of(asked[2]));
    CHECK(token_of(asked[3]) != token_of(asked[2]));
    CHECK(token_of(asked[4]) == token_of(asked[3]));
}

TEST_CASE("fault 18: side by side a dead token is replaced once for all") {
    Chain chain;
    chain.from = parse_iso_instant("2026-11-15T00:00:00Z").value().at;
    chain.in_flight = 4;
    REQUIRE(chain.pull().coverage.state == CoverageState::complete);
    chain.tenant.state().revoke_all();
    CHECK(chain.pull().coverage.state == CoverageState::complete);
    CHECK(chain.token_requests() == 2);
}

TEST_CASE("fault 19: a 401 for ever costs one new token and ends") {
    Chain chain;
    chain.tenant.plan({status_on_sign_ins(401)});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::failed);
    CHECK(pulled.rows.empty());
    CHECK(pulled.coverage.reason.starts_with("the token was refused (HTTP 401, request-id "));
    CHECK(chain.token_requests() == 2);
    CHECK(chain.requests().size() == 2);
    CHECK(chain.clock.sleeps().empty());
}

TEST_CASE("fault 19: a 401 for ever in mid-pull keeps what came") {
    Chain chain;
    Fault first = short_pages();
    first.nth = {1};
    chain.tenant.plan({first, revoked()});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::partial);
    CHECK(pulled.rows.size() == 50);
    CHECK(chain.token_requests() == 2);
}

TEST_CASE("fault 21: a refusal of the token endpoint is told with code and hint and not repeated") {
    struct Case {
        int status;
        std::string error;
        int aadsts;
        std::string_view hint;
    };
    const Case cases[] = {
        {401, "invalid_client", 7000222, "secret"},
        {401, "invalid_client", 7000215, "secret"},
        {400, "unauthorized_client", 700016, "the application is not in this tenant"},
        {400, "invalid_request", 90002, "there is no such tenant in this cloud"},
        {400, "invalid_grant", 65001, "nobody has consented"},
        {401, "invalid_client", 700027, "upload this very certificate"},
        {400, "invalid_grant", 53003, "Conditional Access policy"},
        {401, "invalid_client", 7000112, "the application is disabled"},
        {400, "invalid_scope", 70011, "check --cloud"},
        {400, "invalid_client", 999999, "invalid_client, AADSTS999999"},
    };
    for (const Case& each : cases) {
        CAPTURE(each.aadsts);
        Chain chain;
        chain.tenant.plan({token_error(each.status, each.error, each.aadsts)});
        const Pulled pulled = chain.pull();
        const std::string& reason = pulled.coverage.reason;
        CAPTURE(reason);
        CHECK(pulled.coverage.state == CoverageState::failed);
        CHECK(reason.starts_with("login.microsoftonline.com refused the sign-in (" + each.error +
                                 ", AADSTS" + std::to_string(each.aadsts) + "): "));
        CHECK(contains(reason, each.hint));
        for (const auto part : {"Trace ID", "Correlation", "Timestamp"})
            CHECK_FALSE(contains(reason, part));
        CHECK(chain.token_requests() == 1);
        CHECK(chain.requests().empty());
        CHECK(chain.clock.sleeps().empty());
    }
}

TEST_CASE("fault 21: the tenant's own refusals of a wrong and an expired secret are told") {
    for (const auto& [secret, code] :
         {std::pair<std::string, std::string>{"not-that-one", "AADSTS7000215"},
          {"contoso-old-secret", "AADSTS7000222"}}) {
        ChainOptions options;
        options.secret = secret;
        Chain chain(std::move(options));
        const std::string reason = chain.pull().coverage.reason;
        CHECK(contains(reason, code));
        CHECK_FALSE(contains(reason, secret));
        CHECK(chain.token_requests() == 1);
    }
}

TEST_CASE("fault 21: a token endpoint that fails for a while is asked again as it asks") {
    Chain chain;
    Fault busy = token_error(429, "temporarily_unavailable", 90055);
    busy.nth = {1};
    busy.retry_after = "3";
    Fault broken = token_error(503, "temporarily_unavailable", 0);
    broken.nth = {2};
    broken.retry_after = "4";
    chain.tenant.plan({busy, broken});
    CHECK(chain.pull().rows == whole_half_day());
    CHECK(chain.clock.sleeps() == Waits{3s, 4s});
    CHECK(chain.token_requests() == 3);
}

TEST_CASE("fault 22: a token that lives shorter than the pull is renewed before it ends") {
    ChainOptions options;
    options.services.tokens.life = 600s;
    Chain chain(std::move(options));
    // Each page costs two seconds of the pace; a long pause brings the half of its life.
    Fault pause = status_on_sign_ins(429, {4}, "290");
    chain.tenant.plan({pause, short_pages(10)});
    const Pulled pulled = chain.pull();
    CHECK(pulled.rows == whole_half_day());
    CHECK(chain.token_requests() == 2);
    const auto asked = chain.requests();
    // Not one request met a dead token.
    CHECK(std::none_of(asked.begin(), asked.end(),
                       [](const auto& record) { return record.status == 401; }));
}

TEST_CASE("fault 22: tokens that die within seconds are replaced page after page") {
    ChainOptions options;
    options.services.tokens.life = 20s;
    options.services.time_scale = 400;  // twenty seconds in a twentieth of one
    Chain chain(std::move(options));
    chain.tenant.plan({short_pages(10)});
    CHECK(chain.pull().rows == whole_half_day());
    CHECK(chain.token_requests() > 1);
}

TEST_CASE("fault 22: a clock that is off by hours does not matter to a client secret") {
    for (const auto offset : {std::chrono::seconds(5h), std::chrono::seconds(-5h)}) {
        ChainOptions options;
        options.services.clock_offset = offset;
        Chain chain(std::move(options));
        CHECK(chain.pull().rows == whole_half_day());
        CHECK(chain.token_requests() == 1);
    }
}

TEST_CASE("fault 22: a refusal while the clocks are apart names the minutes") {
    ChainOptions options;
    options.secret = "wrong";
    options.services.clock_offset = -90min;
    Chain chain(std::move(options));
    CHECK(
        contains(chain.pull().coverage.reason,
                 "; this machine's clock is off: 90 minutes ahead of the server's; set it right"));
}

}  // namespace smtpaudit::contract
