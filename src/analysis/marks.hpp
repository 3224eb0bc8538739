// What the links between accounts and addresses suggest: a relay, a router, one password in many
// devices, a machine whose address changes, a person on the road. Always "suspected"
// (docs/devices.md).
#pragma once

#include "analysis/subject_view.hpp"

#include <string>
#include <vector>

namespace smtpaudit {

// Below these counts an office behind one address, or a laptop and a phone, look the same.
constexpr std::size_t k_relay_accounts = 10;
constexpr std::size_t k_shared_password_clients = 4;
constexpr int k_stable_client_days = 5;  // or a third of the active days, where that is less

// Of an account "shared_password", "changing_address" or "roaming_suspected"; of a device
// "relay_suspected" or "nat_suspected". At most one of each, and nothing where nothing can be told.
// `business`: what the account is, as far as it is known.
std::vector<std::string> link_marks(const UseProfile& profile, bool is_device, Business business);

// Different sets of TLS ciphers among the accounts of a device, as far as they exclude each other:
// as many machines stand behind its address at least. 0: no cipher is known.
std::size_t tls_stacks(const UseProfile& device);

}  // namespace smtpaudit
