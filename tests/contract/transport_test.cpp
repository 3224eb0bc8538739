// Faults 6 to 13: what breaks on the way. Nothing that is broken ever passes for an empty page.
#include "contract/chain.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <set>

namespace smtpaudit::contract {
namespace {

// A port of 127.0.0.1 on which nobody listens.
class DeafPort {
public:
    DeafPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        text_ = std::to_string(ntohs(address.sin_port));
    }
    DeafPort(const DeafPort&) = delete;
    DeafPort& operator=(const DeafPort&) = delete;
    ~DeafPort() { ::close(socket_); }
    const std::string& text() const { return text_; }

private:
    int socket_;
    std::string text_;
};

ChainOptions mapped(const std::string& mapping) {
    ChainOptions options;
    options.curl.connect_to = {mapping};
    return options;
}

// The fault once, in the middle of the pages: one more request after one wait, and nothing lost. The
// second page goes out on a kept connection: were it libcurl that sends it again when that one dies,
// there would be no wait, and one client-request-id twice.
void check_survives(Action action) {
    CAPTURE(fake::action_name(action));
    Chain calm;
    calm.tenant.plan({short_pages()});
    calm.pull();
    Chain chain;
    chain.tenant.plan({on_sign_ins(action, {2}), short_pages()});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::complete);
    CHECK(pulled.rows == whole_half_day());
    CHECK(chain.requests().size() == calm.requests().size() + 1);
    CHECK(chain.waits().size() == 1);
    CHECK(chain.token_requests() == 1);
    std::set<std::string> ids;
    for (const fake::Record& request : chain.requests())
        ids.insert(request.header("client-request-id").value_or(""));
    CHECK(ids.size() == chain.requests().size());
}

// The fault for ever: bounded attempts, then an error, and never an empty page.
void check_ends(Action action, std::size_t attempts, std::string_view reason) {
    CAPTURE(fake::action_name(action));
    Chain chain;
    chain.tenant.plan({on_sign_ins(action)});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::failed);
    CHECK(pulled.coverage.files == 0);
    CHECK(pulled.rows.empty());
    CHECK(pulled.coverage.reason.starts_with("graph.microsoft.com: "));
    CAPTURE(pulled.coverage.reason);
    CHECK(contains(pulled.coverage.reason, reason));
    CHECK(chain.requests().size() == attempts);
    CHECK(chain.waits().size() == attempts - 1);
}

}  // namespace

TEST_CASE("fault 6: a body shorter than its Content-Length is asked for again") {
    check_survives(Action::cut_length);
    check_ends(Action::cut_length, 16, "the answer was cut short (after 16 attempts)");
}

TEST_CASE("fault 7: a chunked body that is cut is asked for again") {
    check_survives(Action::cut_chunked);
    check_ends(Action::cut_chunked, 16, "cut short (after 16 attempts)");
}

TEST_CASE("fault 8: JSON that is cut without any length is asked for again and never empty") {
    check_survives(Action::cut_close);
    check_ends(Action::cut_close, 16, "the answer is cut or unreadable (");
}

TEST_CASE("fault 9: a reset and a reset in mid-body and an empty reply are asked for again") {
    check_survives(Action::reset);
    check_survives(Action::empty_reply);
    check_survives(Action::reset_midway);
    for (const Action action : {Action::reset, Action::reset_midway, Action::empty_reply})
        check_ends(action, 16, "(after 16 attempts)");
}

TEST_CASE("fault 10: an answer that stops half-way is given up and asked for again") {
    ChainOptions options;
    options.curl.stall_timeout = 400ms;
    Chain chain(std::move(options));
    chain.tenant.plan({on_sign_ins(Action::stall, {1})});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::complete);
    CHECK(pulled.rows == whole_half_day());
    CHECK(chain.requests().size() == 2);
    REQUIRE(chain.notices().size() == 1);
    CHECK(chain.notices()[0].kind == RetryClass::slow);
    CHECK(chain.notices()[0].reason == "graph.microsoft.com: the answer stopped half-way");
}

TEST_CASE("fault 10: a slow body that goes on is taken and one that outlasts its time is not") {
    ChainOptions options;
    options.services.time_scale = 100;
    Chain chain(std::move(options));
    Fault slow = on_sign_ins(Action::slow_body);
    slow.bytes = 20'000;
    chain.tenant.plan({slow});
    CHECK(chain.pull().rows == whole_half_day());
    CHECK(chain.waits().empty());

    Chain trickle;
    slow.bytes = 10;  // a byte each 0.1 s: never stalled, never done
    trickle.tenant.plan({slow});
    HttpRequest request;
    request.url = k_sign_ins;
    request.total_timeout = 1s;
    REQUIRE(trickle.pull(k_graph_users).coverage.state == CoverageState::complete);
    request.headers = {
        {"Authorization", *trickle.requests("/users").at(0).header("Authorization")}};
    const auto result = trickle.traced().send(request, {});
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == HttpFailureKind::timeout);
    CHECK(result.error().message == "graph.microsoft.com: no whole answer within 1 s");
}

TEST_CASE("fault 11: a refused connection is tried five times and told") {
    const DeafPort deaf;
    Chain chain(mapped("graph.microsoft.com:443:127.0.0.1:" + deaf.text()));
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::failed);
    CHECK(pulled.coverage.reason ==
          "graph.microsoft.com: no connection (refused or unreachable); check the network, or give "
          "--proxy (after 5 attempts)");
    CHECK(chain.waits().size() == 4);
}

TEST_CASE("fault 11: a name that is not in DNS is told as that") {
    // ".invalid" is never a name (RFC 6761).
    Chain chain(mapped("graph.microsoft.com:443:no-such-host.invalid:443"));
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::failed);
    CHECK(contains(pulled.coverage.reason, "the name is not in DNS"));
    CHECK(chain.waits().size() == 4);
}

TEST_CASE("fault 11: a sign-in host that cannot be reached ends the pull before any request") {
    const DeafPort deaf;
    Chain chain(mapped("login.microsoftonline.com:443:127.0.0.1:" + deaf.text()));
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::failed);
    CHECK(contains(pulled.coverage.reason, "sign-in failed: login.microsoftonline.com: "));
    CHECK(chain.tenant.records().empty());
}

TEST_CASE("fault 12: an answer that is not HTTP is tried five times and told") {
    check_survives(Action::not_http);
    check_ends(Action::not_http, 5, "the answer is not HTTP (after 5 attempts)");
}

TEST_CASE("fault 13: a captive portal's page with a 200 is no empty page") {
    check_survives(Action::html);
    check_ends(Action::html, 5, "is a captive portal or a proxy's log-in page in between?");
}

TEST_CASE("fault 13: a captive portal at the token endpoint is told and gets the secret no more") {
    Chain chain;
    Fault portal;
    portal.path = "/token";
    portal.action = Action::html;
    chain.tenant.plan({portal});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::failed);
    CHECK(contains(pulled.coverage.reason, "captive portal"));
    CHECK(chain.token_requests() <= 5);
    CHECK(chain.requests().empty());
}

}  // namespace smtpaudit::contract
