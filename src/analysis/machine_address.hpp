// Which client addresses name a machine of the customer's at all.
#pragma once

#include "base/ip.hpp"

namespace smtpaudit {

// False for a private, loopback or link-local address and for Exchange Online's own ranges
// (service_ranges.json): behind them stands no machine that anybody could find by the address.
bool names_a_machine(const IpAddress& address);

}  // namespace smtpaudit
