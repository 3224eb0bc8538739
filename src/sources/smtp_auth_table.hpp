// The SMTP AUTH clients table as the admin center exports it: one row a sender and protocol, no
// dates, no client addresses (facts/exchange.md 1.2, 1.3).
#pragma once

#include "sources/file_kinds.hpp"
#include "sources/values.hpp"

#include <array>
#include <optional>

namespace smtpaudit {

extern const KindEntry k_smtp_auth_table;

// A row's per cents by TlsVersion, without `unknown`; nullopt: the file does not tell.
using TlsShares = std::array<std::optional<Share>, k_tls_versions - 1>;
using TlsCounts = std::array<std::uint64_t, k_tls_versions>;

// Messages by TLS version, estimated from per cents; always sums to `messages`. Largest remainder,
// ties to the older version. Per cents that rounding alone keeps from 100 are taken as the whole,
// else what is missing to 100 is unknown; nullopt: they sum to more than rounding explains (half a
// per cent; half a per cent for each whole number).
std::optional<TlsCounts> estimate_tls(std::uint64_t messages, const TlsShares& shares);

}  // namespace smtpaudit
