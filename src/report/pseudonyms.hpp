// Names out of texts (--redact). The same name has the same pseudonym wherever it stands, by
// HMAC-SHA-256; who has not the key cannot try names until one fits.
#pragma once

#include "base/secret.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace smtpaudit {

class Pseudonyms {
public:
    explicit Pseudonyms(Secret key) : key_(std::move(key)) {}

    // "owner-4be1c02d93fa". Empty stays empty.
    std::string of(std::string_view kind, std::string_view name);
    // An id of a row: "account-….@domain-….invalid", or "device-…" for an address of the network.
    // Two spellings of one address are one.
    std::string of_id(std::string_view id);

    // A name that no pattern tells: sentences that hold it will hold its pseudonym.
    void learn(std::string_view kind, std::string_view name);
    // Every host under the domain of this mail address is a name from now on.
    void learn_domain_of(std::string_view address);
    // The sentence without the names that were learnt, and without anything that looks like a mail
    // address, a network address, a UUID or a file.
    std::string scrub(std::string_view sentence);

private:
    std::string token(std::string_view text);

    Secret key_;
    std::unordered_map<std::string, std::string> made_;  // by kind and name
    std::unordered_map<std::string, std::string> learnt_;  // name to kind
    std::array<std::vector<std::size_t>, 256> lengths_;  // of learnt names, by first byte, falling
    std::unordered_set<std::string> domains_;
};

}  // namespace smtpaudit
