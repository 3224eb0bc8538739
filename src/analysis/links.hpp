// What ties an account to an address, and how sure that is (docs/devices.md, "Links").
#pragma once

#include "analysis/use_profile.hpp"
#include "model/report.hpp"

#include <string>

namespace smtpaudit {

// `id`: of the other side. `many_machines`: the address is suspected to be a router's, so the link
// names the address and not the machine.
Link make_link(const LinkedUse& use, std::string id, bool many_machines);

// Two names of one account at one address.
void join_use(LinkedUse& all, const LinkedUse& more);

}  // namespace smtpaudit
