// The directory's objects as Graph shows them.
#pragma once

#include "fake_tenant/odata.hpp"
#include "fake_tenant/sign_ins.hpp"
#include "fake_tenant/spec.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smtpaudit::fake {

class Directory {
public:
    Directory(const TenantSpec& tenant, UtcTime now);
    ~Directory();

    std::size_t users() const;
    Value user_property(std::size_t user, std::string_view name) const;
    // Selection empty: the properties that Graph gives when none are asked for.
    void write_user(std::size_t user, const Selection& selection, std::string& out) const;

private:
    struct Users;
    std::unique_ptr<Users> users_;
};

// The service principals that a client can ask about: Graph's own, and one for each app.
std::string graph_principal_id();
std::string principal_id_of(const App& app);
// JSON objects; "" if the tenant has none with that appId.
std::string principal_json(const TenantSpec& tenant, const std::string& app_id);
std::string role_assignments_json(const App& app);  // {"value":[…]}
std::string organization_json(const TenantSpec& tenant);
std::string subscribed_skus_json(const TenantSpec& tenant);
std::string person_json(const Person& person);
std::string roles_json(const Person& person);

}  // namespace smtpaudit::fake
