// Faults 16 and 17: addresses that an answer gives. A token must not follow them elsewhere.
#include "contract/chain.hpp"

#include <algorithm>

namespace smtpaudit::contract {
namespace {

using fake::LinkTrick;

Fault link_trick(LinkTrick trick, std::vector<unsigned> nth = {}) {
    Fault fault = on_sign_ins(Action::next_link, std::move(nth));
    fault.link = trick;
    return fault;
}

// Nothing reached any host but the two, nothing came without TLS, and the only words on the wire
// to Graph were to the paths that we chose.
void check_nothing_leaked(const Chain& chain, std::string_view path = "/beta/auditLogs/signIns") {
    for (const fake::Record& record : chain.tenant.records()) {
        CAPTURE(record.method, record.scheme, record.host, record.path);
        const bool known =
            record.host == "graph.microsoft.com" || record.host == "login.microsoftonline.com";
        CHECK(known);
        CHECK(record.scheme == "https");
        CHECK(record.method != "TLS");
        if (record.host == "graph.microsoft.com") CHECK(record.path == path);
    }
}

}  // namespace

TEST_CASE("fault 16: a next link that leaves the endpoint is refused and gets no token") {
    const std::pair<LinkTrick, std::string_view> cases[] = {
        {LinkTrick::other_host, "it goes to another host"},
        {LinkTrick::plain_http, "it is http, not https"},
        {LinkTrick::user_info, "it has a user name before its host"},
        {LinkTrick::user_name, "it has a user name before its host"},
        {LinkTrick::look_alike, "it goes to another host"},
        {LinkTrick::other_port, "it goes to another port"},
        {LinkTrick::other_version, "it leaves /beta for /v1.0"},
        {LinkTrick::relative, "it is not an absolute URL"},
    };
    for (const auto& [trick, reason] : cases) {
        CAPTURE(reason);
        Chain chain;
        chain.tenant.plan({link_trick(trick)});
        const Pulled pulled = chain.pull();
        CHECK(chain.requests().size() == 1);
        check_nothing_leaked(chain);
        CHECK(pulled.coverage.state == CoverageState::partial);
        CHECK(contains(pulled.coverage.reason, reason));
        CHECK(contains(pulled.coverage.reason, "nothing was sent to it"));
        CHECK(pulled.rows == whole_half_day());  // those of the page itself are good
    }
}

TEST_CASE("fault 16: a link to the page itself and a circle end the walk") {
    Chain itself;
    itself.tenant.plan({link_trick(LinkTrick::itself)});
    const Pulled first = itself.pull();
    CHECK(first.coverage.state == CoverageState::partial);
    CHECK(contains(first.coverage.reason, "leads back to a page already read"));
    CHECK(itself.requests().size() == 1);
    check_nothing_leaked(itself);

    Chain cycle;
    cycle.tenant.plan({link_trick(LinkTrick::cycle)});
    const Pulled second = cycle.pull();
    CHECK(second.coverage.state == CoverageState::partial);
    CHECK(contains(second.coverage.reason, "leads back to a page already read"));
    CHECK(cycle.requests().size() == 2);
    CHECK(second.rows == whole_half_day());
}

TEST_CASE("fault 16: pages without end stop at the limit and are told as partial") {
    Chain chain;
    chain.page_limit = 60;
    chain.tenant.plan({link_trick(LinkTrick::endless)});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::partial);
    CHECK(contains(pulled.coverage.reason, "60 pages"));
    CHECK(chain.requests().size() == 60);
    CHECK(pulled.rows.size() == 1);  // the same row again and again counts once
}

TEST_CASE("fault 16: the users' links are guarded in the same way") {
    for (const LinkTrick trick : {LinkTrick::other_host, LinkTrick::plain_http,
                                  LinkTrick::user_info, LinkTrick::look_alike, LinkTrick::itself}) {
        Chain chain;
        Fault fault;
        fault.path = "/users";
        fault.action = Action::next_link;
        fault.link = trick;
        chain.tenant.plan({fault});
        const Pulled pulled = chain.pull(k_graph_users);
        CHECK(pulled.coverage.state == CoverageState::partial);
        CHECK(chain.requests("/users").size() == 1);
        check_nothing_leaked(chain, "/v1.0/users");
    }
}

TEST_CASE("fault 17: a redirect to another host is not followed") {
    Chain chain;
    chain.tenant.plan({on_sign_ins(Action::redirect)});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::failed);
    CHECK(contains(pulled.coverage.reason, "HTTP 302"));
    CHECK(chain.requests().size() == 1);
    check_nothing_leaked(chain);
}

TEST_CASE("fault 17: a redirect of the token request does not take the secret along") {
    Chain chain;
    Fault fault;
    fault.path = "/token";
    fault.action = Action::redirect;
    chain.tenant.plan({fault});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::failed);
    CHECK(chain.token_requests() == 1);
    check_nothing_leaked(chain);
}

TEST_CASE("fault 17: a redirect within the host is not followed either") {
    Chain chain;
    Fault fault = on_sign_ins(Action::redirect);
    fault.target = "https://graph.microsoft.com/v1.0/me";
    chain.tenant.plan({fault});
    CHECK(chain.pull().coverage.state == CoverageState::failed);
    check_nothing_leaked(chain);
}

}  // namespace smtpaudit::contract
