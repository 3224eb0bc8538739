// Checks a client assertion as the identity platform does (facts/graph.md 5.2).
#pragma once

#include "base/time.hpp"

#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace smtpaudit::fake {

struct AssertionCheck {
    std::string token_url;  // what `aud` must be
    std::string client_id;
    std::vector<std::string> certificates;  // PEM, registered for the client
    UtcTime now;
};

struct AssertionFault {
    int aadsts = 700027;
    std::string message;
};

// The assertion's jti.
tl::expected<std::string, AssertionFault> verify_assertion(const std::string& assertion,
                                                           const AssertionCheck& check);

}  // namespace smtpaudit::fake
