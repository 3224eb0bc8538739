// A small tenant behind the HttpClient seam: answers by path, for tests of whole commands. For
// delays, limits and broken answers there is the fake tenant of tests/fake_tenant.
#pragma once

#include "app/world.hpp"
#include "net/http.hpp"
#include "support/fake_http.hpp"

#include <fmt/format.h>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace smtpaudit::test {

inline HttpResponse graph_refusal(int status, const std::string& code) {
    return reply(status, fmt::format(R"({{"error":{{"code":"{}","message":"SENTINEL"}}}})", code),
                 {{"request-id", "req-1"}});
}

class GraphTenant {
public:
    // By a part of the URL; an answer that is set here comes before those of the tenant.
    std::map<std::string, HttpResponse> answers;
    std::vector<std::string> sign_ins;  // rows; each given to the window of its day
    std::vector<std::string> users;
    bool is_person = false;
    std::function<void(const HttpRequest&)> on_request;  // may be empty; one at a time

    MakeHttp factory() {
        return [this](CurlSettings) -> Result<std::unique_ptr<HttpClient>> {
            return std::make_unique<Client>(*this);
        };
    }
    std::vector<std::string> asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }
    bool was_asked(const std::string& part) const {
        const auto all = asked();
        return std::any_of(all.begin(), all.end(), [&](const std::string& url) {
            return url.find(part) != std::string::npos;
        });
    }

private:
    class Client final : public HttpClient {
    public:
        explicit Client(GraphTenant& tenant) : tenant_(tenant) {}
        HttpResult send(const HttpRequest& request, std::stop_token stop) override {
            if (stop.stop_requested()) return http_fail(HttpFailureKind::interrupted, "stopped");
            const std::lock_guard lock(tenant_.mutex_);
            tenant_.asked_.push_back(request.url);
            if (tenant_.on_request) tenant_.on_request(request);
            return check_body(request, tenant_.answer(request.url, request.body), "fake");
        }

    private:
        GraphTenant& tenant_;
    };

    static HttpResponse list(const std::vector<std::string>& rows) {
        return reply(200, fmt::format(R"({{"value":[{}]}})", fmt::join(rows, ",")));
    }
    // Windows begin at midnight: the day of "createdDateTime ge" tells.
    std::vector<std::string> sign_ins_of(const std::string& url) const {
        std::vector<std::string> rows;
        constexpr std::string_view k_created = "\"createdDateTime\":\"";
        for (const std::string& row : sign_ins) {
            const std::string day = row.substr(row.find(k_created) + k_created.size(), 10);
            if (url.find("ge%20" + day + "T") != std::string::npos) rows.push_back(row);
        }
        return rows;
    }
    HttpResponse answer(const std::string& url, const std::string& body) {
        const auto has = [&](const char* part) { return url.find(part) != std::string::npos; };
        for (const auto& [part, response] : answers)
            if (has(part.c_str())) return response;
        if (has("/oauth2/v2.0/token"))
            return reply(200, R"({"token_type":"Bearer","expires_in":3599,"access_token":"t"})");
        if (has("/auditLogs/signIns")) return list(sign_ins_of(url));
        if (has("/users")) return list(users);
        if (has("/organization"))
            return list({R"({"id":"c0c0c0c0-aaaa-4bbb-8ccc-dddddddddddd","displayName":"Contoso",)"
                         R"("verifiedDomains":[{"name":"contoso.com"}]})"});
        if (has("/namedLocations") || has("/messageTraces")) return list({});
        if (is_person && has("/me/memberOf"))
            return list({R"({"@odata.type":"#microsoft.graph.directoryRole",)"
                         R"("displayName":"Global Reader"})"});
        if (is_person && has("/me?"))
            return reply(200, R"({"displayName":"Auditor",)"
                              R"("userPrincipalName":"auditor@contoso.com"})");
        if (has("/identitySecurityDefaultsEnforcementPolicy"))
            return reply(200, R"({"isEnabled":false})");
        if (body.find("Get-AcceptedDomain") != std::string::npos)
            return list({R"({"DomainName":"contoso.com","DomainType":"Authoritative"})"});
        // Policies, roles and settings: there are none.
        for (const char* part :
             {"/identity/", "/roleManagement/", "/reports/authenticationMethods/",
              "/admin/exchange/", "/InvokeCommand"})
            if (has(part)) return list({});
        return graph_refusal(has("/me") ? 400 : 403, "Authorization_RequestDenied");
    }

    mutable std::mutex mutex_;
    std::vector<std::string> asked_;
};

}  // namespace smtpaudit::test
