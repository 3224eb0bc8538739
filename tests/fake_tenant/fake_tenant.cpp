#include "fake_tenant/fake_tenant.hpp"

#include "base/text.hpp"
#include "fake_tenant/codec.hpp"
#include "fake_tenant/delivery.hpp"
#include "fake_tenant/exchange.hpp"
#include "fake_tenant/graph.hpp"
#include "fake_tenant/identity.hpp"
#include "fake_tenant/kusto.hpp"
#include "fake_tenant/listener.hpp"
#include "fake_tenant/senders.hpp"

#include <algorithm>
#include <atomic>

namespace smtpaudit::fake {

namespace {

enum class Door : std::uint8_t { https, proxy, plain };

// On the plain port no host name tells the services apart; the path does.
std::string host_for_plain(const std::string& path) {
    return path.find("/oauth2/") != std::string::npos ? "login.microsoftonline.com"
                                                      : "graph.microsoft.com";
}

ThrottleOptions for_scale(ThrottleOptions throttle, double scale) {
    // Five real milliseconds are many in a fast clock.
    throttle.grace = std::max(throttle.grace, milliseconds(static_cast<std::int64_t>(5 * scale)));
    return throttle;
}

}  // namespace

class FakeTenant::Server {
public:
    Server(TenantSpec spec, Options given)
        : options(std::move(given)),
          state(std::move(spec), options.now, options.time_scale, options.clock_offset,
                options.tokens),
          identity(state, options.device),
          graph(state, for_scale(options.throttle, options.time_scale), options.latency),
          searches(state, options.on_report),
          exchange(state, searches),
          listeners(options.max_connections) {
        https_port = open(options.https_port, Door::https);
        proxy_port = open(options.proxy_port, Door::proxy);
        if (options.plain_port) plain_port = open(*options.plain_port, Door::plain);
    }

    const Options options;
    Authority authority;
    TenantState state;
    FaultBook faults;
    Identity identity;
    Graph graph;
    HistoricalSearches searches;
    Exchange exchange;
    std::uint16_t https_port = 0, proxy_port = 0, plain_port = 0;
    mutable std::mutex records_mutex;
    std::vector<Record> records;
    std::atomic<unsigned> connections{0};
    Listeners listeners;  // last: its threads use all of the above, and end first

private:
    struct Visit {  // one connection
        Connection& connection;
        Door door;
        unsigned number;
        std::string tunnel;  // the host that CONNECT named
    };

    std::uint16_t open(std::uint16_t port, Door door) {
        return listeners.listen(port, [this, door](int socket) {
            Connection connection(socket);
            Visit visit{connection, door, ++connections, ""};
            if (secure_if_asked(visit)) converse(visit);
            listeners.give_up(socket);
        });
    }

    void keep(Record record) {
        const std::lock_guard lock(records_mutex);
        if (options.on_request) options.on_request(record);
        records.push_back(std::move(record));
    }

    // What a client says on the TLS port without TLS is heard too: it is a leak that tests look for.
    bool secure_if_asked(Visit& visit) {
        if (!visit.connection.looks_like_tls()) return true;
        const auto choose = [this](const std::string& host) { return faults.decide_tls(host); };
        if (visit.connection.secure(authority, choose)) return true;
        Record refused;
        refused.method = "TLS";
        refused.scheme = "https";
        refused.host = visit.connection.tls().sni;
        refused.at = state.time.passed();
        refused.via_proxy = !visit.tunnel.empty();
        refused.connection = visit.number;
        keep(std::move(refused));
        return false;
    }

    void converse(Visit& visit) {
        for (;;) {
            auto request = visit.connection.read_request();
            if (!request) return;
            request->at = state.time.passed();
            request->connection = visit.number;
            request->via_proxy = visit.door == Door::proxy;
            const bool go_on = request->method == "CONNECT" ? tunnel(visit, std::move(*request))
                                                            : serve(visit, std::move(*request));
            if (!go_on) return;
        }
    }

    bool proxy_allows(const Record& request) const {
        if (options.proxy_credentials.empty()) return true;
        const std::string header = request.header("Proxy-Authorization").value_or("");
        return header.starts_with("Basic ") &&
               from_base64(std::string_view(header).substr(6)) == options.proxy_credentials;
    }

    bool tunnel(Visit& visit, Record request) {
        Answer answer;
        const auto decision = faults.decide(request);
        if (decision.delay.count() > 0 && !state.time.wait(decision.delay)) return false;
        if (!proxy_allows(request)) {
            answer.status = 407;
            answer.set("Proxy-Authenticate", "Basic realm=\"proxy\"");
        } else if (decision.fault) {
            answer.status = decision.fault->status;
        } else if (cloud_of(request.host) == nullptr && request.host != k_report_host) {
            answer.status = 502;  // there is no such host in this world
        }
        request.status = answer.status;
        visit.tunnel = request.host;
        keep(std::move(request));
        if (answer.status != 200)
            return visit.connection.write(head_of(answer, Framing::length, 0));
        return visit.connection.write("HTTP/1.1 200 Connection established\r\n\r\n") &&
               secure_if_asked(visit);
    }

    // A token of this tenant at a host that it is not for; a host below Exchange's own is Exchange.
    std::string stray_token(const Record& request) const {
        const std::string header = request.header("Authorization").value_or("");
        const auto token = state.token(header.size() > 7 ? header.substr(7) : "");
        if (!token) return {};
        const Cloud* cloud = cloud_of(request.host);
        const bool is_exchange = cloud != nullptr && is_exchange_host(request.host);
        std::string host = is_exchange ? std::string(cloud->exchange) : request.host;
        // Log Analytics takes tokens for its old name (facts/graph.md 3.2).
        if (is_log_analytics_host(host)) host = "api.loganalytics.io";
        return token->audience == "https://" + host
                   ? ""
                   : "a token for " + token->audience + " at " + request.host;
    }

    Answer ask_service(const Record& request, const Fault* fault) {
        Answer answer;
        // A stray token is recorded too, and refused by the service itself.
        if (!violation_of(request).empty())
            answer.status = 405;
        else if (is_login_host(request.host))
            answer = identity.answer(request);
        else if (is_graph_host(request.host))
            answer = graph.answer(request, fault);
        else if (is_log_analytics_host(request.host))
            answer = graph.log_analytics(request);
        else if (request.host == k_report_host)
            answer = usage_download(state, request);
        else if (is_exchange_host(request.host))
            answer = exchange.answer(request);
        else
            answer.status = 404;
        return answer;
    }

    bool serve(Visit& visit, Record request) {
        if (visit.door == Door::plain) request.host = host_for_plain(request.path);
        request.violation = violation_of(request);
        if (request.violation.empty()) request.violation = stray_token(request);
        const auto decision = faults.decide(request);
        const Fault* fault = decision.fault ? &*decision.fault : nullptr;
        if (decision.delay.count() > 0 && !state.time.wait(decision.delay)) return false;
        std::optional<Answer> answer;
        if (fault != nullptr) {
            const std::string header = request.header("Authorization").value_or("");
            if (fault->revoke && header.size() > 7) state.revoke(header.substr(7));
            answer = answer_instead(*fault, request, state.time.now());
            request.fault = action_name(fault->action);
        }
        if (!answer) {
            answer = ask_service(request, fault);
            if (fault != nullptr) spoil_body(*answer, *fault);
        }
        answer->set("Date", http_date(state.time.now()));
        answer->keep = !equals_ignoring_case(request.header("Connection").value_or(""), "close");
        const bool zipped =
            options.gzip && fault == nullptr &&
            request.header("Accept-Encoding").value_or("").find("gzip") != std::string::npos;
        // Recorded before it is sent, so that a test that has its answer also finds the record.
        const bool silent = fault != nullptr && (fault->action == Action::not_http ||
                                                 fault->action == Action::empty_reply ||
                                                 fault->action == Action::reset);
        request.status = silent ? 0 : answer->status;
        keep(std::move(request));
        return deliver(visit.connection, std::move(*answer), fault, zipped, state.time);
    }
};

FakeTenant::FakeTenant(TenantSpec spec, Options options)
    : server_(std::make_unique<Server>(std::move(spec), std::move(options))) {}
FakeTenant::~FakeTenant() { stop(); }

void FakeTenant::stop() {
    server_->state.time.end();
    server_->listeners.stop();
}

const std::string& FakeTenant::ca_pem() const { return server_->authority.pem(); }
std::uint16_t FakeTenant::https_port() const { return server_->https_port; }
std::uint16_t FakeTenant::proxy_port() const { return server_->proxy_port; }
std::uint16_t FakeTenant::plain_port() const { return server_->plain_port; }
std::string FakeTenant::connect_to() const { return "::127.0.0.1:" + std::to_string(https_port()); }
std::string FakeTenant::proxy_url() const {
    return "http://127.0.0.1:" + std::to_string(proxy_port());
}

std::vector<Record> FakeTenant::records() const {
    const std::lock_guard lock(server_->records_mutex);
    return server_->records;
}
void FakeTenant::clear_records() {
    const std::lock_guard lock(server_->records_mutex);
    server_->records.clear();
}

std::vector<std::string> FakeTenant::violations() const {
    std::vector<std::string> all;
    for (const Record& record : records())
        if (!record.violation.empty()) all.push_back(record.violation);
    return all;
}

void FakeTenant::plan(FaultPlan plan) { server_->faults.set(std::move(plan)); }
TenantState& FakeTenant::state() { return server_->state; }

void FakeTenant::register_certificate(const std::string& client_id, const std::string& pem) {
    server_->state.change([&](TenantSpec& spec) {
        if (App* app = spec.app(client_id)) app->certificates.push_back(pem);
    });
}
void FakeTenant::grant(const std::string& client_id, const std::string& permission) {
    server_->state.change([&](TenantSpec& spec) {
        if (App* app = spec.app(client_id)) {
            app->permissions.push_back(permission);
            app->delegated.push_back(permission);
        }
    });
}
void FakeTenant::take_away(const std::string& client_id, const std::string& permission) {
    server_->state.change([&](TenantSpec& spec) {
        if (App* app = spec.app(client_id)) {
            std::erase(app->permissions, permission);
            std::erase(app->delegated, permission);
        }
    });
}
void FakeTenant::set_device_flow(const DeviceFlow& device) {
    server_->identity.set_device_flow(device);
}
void FakeTenant::set_authorize_error(const std::string& error) {
    server_->identity.set_authorize_error(error);
}

}  // namespace smtpaudit::fake
