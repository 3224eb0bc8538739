// A Microsoft 365 tenant on 127.0.0.1: the identity platform and Graph under their own host names,
// behind TLS with an authority made at the start, also through an HTTPS proxy.
//
//     fake::FakeTenant tenant(spec, {});
//     curl: CURLOPT_CONNECT_TO = tenant.connect_to(), CURLOPT_CAINFO_BLOB = tenant.ca_pem()
//     program: HTTPS_PROXY=http://127.0.0.1:<proxy_port>, --ca-bundle FILE
#pragma once

#include "fake_tenant/faults.hpp"
#include "fake_tenant/http.hpp"
#include "fake_tenant/spec.hpp"
#include "fake_tenant/state.hpp"
#include "fake_tenant/throttle.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smtpaudit::fake {

struct Options {
    std::uint16_t https_port = 0;  // 0: any free port
    std::uint16_t proxy_port = 0;
    std::optional<std::uint16_t> plain_port;  // plain HTTP for tools that cannot do TLS; absent: no
    // The services' clock: its start, its speed (service seconds in a real one), its error.
    std::optional<UtcTime> now;
    double time_scale = 1;
    std::chrono::seconds clock_offset{0};
    ThrottleOptions throttle;
    milliseconds latency{0};  // of each answer of auditLogs, in service time
    TokenOptions tokens;
    DeviceFlow device;
    // Not empty: the proxy answers 407 without this "user:password".
    std::string proxy_credentials;
    bool gzip = true;
    unsigned max_connections = 64;
    // Called for each request, by the thread that serves it, one at a time; must not call the
    // tenant.
    std::function<void(const Record&)> on_request;
    // The file of a report job that is done, UTF-8, as a person would download it.
    std::function<void(const std::string& name, const std::string& bytes)> on_report;
};

class FakeTenant {
public:
    // Listens when it returns. Throws std::runtime_error if a port cannot be had.
    explicit FakeTenant(TenantSpec spec, Options options = {});
    ~FakeTenant();  // stops
    FakeTenant(const FakeTenant&) = delete;
    FakeTenant& operator=(const FakeTenant&) = delete;

    // Ends all connections and waits for them; after it the ports refuse connections.
    void stop();

    const std::string& ca_pem() const;
    std::uint16_t https_port() const;
    std::uint16_t proxy_port() const;
    std::uint16_t plain_port() const;  // 0: none
    std::string connect_to() const;  // "::127.0.0.1:PORT", for every host and port
    std::string proxy_url() const;  // "http://127.0.0.1:PORT"

    // Every request so far, each before its answer was sent; also CONNECT, and handshakes that were
    // refused (method "TLS").
    std::vector<Record> records() const;
    void clear_records();

    // What was asked for and must never be: anything that could change a tenant (refused with 405),
    // or a token at a host that it is not for.
    std::vector<std::string> violations() const;

    void plan(FaultPlan plan);  // replaces the plan and its counters
    // Permissions, licence, person, tokens: change(), revoke_all() … Users and sign-ins stay as
    // they were at the start.
    TenantState& state();
    void register_certificate(const std::string& client_id, const std::string& pem);
    void grant(const std::string& client_id, const std::string& permission);
    void take_away(const std::string& client_id, const std::string& permission);
    void set_device_flow(const DeviceFlow& device);
    void set_authorize_error(const std::string& error);

private:
    class Server;
    std::unique_ptr<Server> server_;
};

}  // namespace smtpaudit::fake
