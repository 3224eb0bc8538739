// The identity platform: token, device code and authorize endpoints (facts/graph.md 5).
#pragma once

#include "fake_tenant/http.hpp"
#include "fake_tenant/state.hpp"

#include <map>
#include <mutex>
#include <set>
#include <string>

namespace smtpaudit::fake {

class Identity {
public:
    Identity(TenantState& state, DeviceFlow device) : state_(state), device_(device) {}

    Answer answer(const Record& request);
    void set_device_flow(DeviceFlow device);
    // The browser's sign-in ends with this error ("access_denied"); empty: it succeeds.
    void set_authorize_error(std::string error);

private:
    using Form = std::map<std::string, std::string>;
    struct Grant {  // behind an authorization code or a refresh token
        std::string client_id;
        std::string scope;
        std::string redirect;
        std::string challenge;
        UtcTime expires;
    };
    struct DeviceCode {
        std::string client_id;
        std::string scope;
        UtcTime expires;
        milliseconds last_poll{-3600000};
        milliseconds interval{0};
        unsigned polls = 0;
    };
    struct Target {  // what a scope asks for
        std::string audience;
        std::vector<std::string> scopes;
        bool refresh = false;
    };

    Answer authorize(const Record& request, std::string_view tenant);
    Answer token(const Record& request, std::string_view tenant);
    Answer device_code(const Record& request, std::string_view tenant);
    Answer configuration(const Record& request, std::string_view tenant) const;

    Answer client_credentials(const Record& request, const App& app, const Form& form);
    Answer redeem_code(const Record& request, const App& app, const Form& form);
    Answer redeem_refresh(const Record& request, const App& app, const Form& form);
    Answer poll_device(const Record& request, const App& app, const Form& form);
    // Empty: the client is who it says.
    std::optional<Answer> check_client(const Record& request, const App& app, const Form& form);
    std::optional<Answer> check_assertion(const Record& request, const App& app,
                                          const std::string& assertion);
    Answer grant(const Record& request, const App& app, const std::string& scope, bool delegated);
    tl::expected<Target, Answer> target_of(const Record& request, const std::string& scope) const;
    Answer error(int status, const std::string& name, int aadsts,
                 const std::string& message = "") const;

    TenantState& state_;
    std::mutex mutex_;
    DeviceFlow device_;
    std::string authorize_error_;
    std::map<std::string, Grant> codes_;
    std::map<std::string, Grant> refresh_tokens_;
    std::map<std::string, DeviceCode> device_codes_;
    std::set<std::string> used_assertions_;  // jti of every assertion accepted before
};

}  // namespace smtpaudit::fake
