// The seam to chance: identifiers, PKCE verifiers, jitter.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace smtpaudit {

class Random {
public:
    virtual ~Random() = default;
    // Fills from a source fit for secrets.
    virtual void fill(std::span<unsigned char> bytes) = 0;
};

class SystemRandom final : public Random {
public:
    void fill(std::span<unsigned char> bytes) override;
};

// A version 4 UUID in lower case.
std::string random_uuid(Random& random);
// Uniform in [0, 1).
double random_unit(Random& random);

}  // namespace smtpaudit
