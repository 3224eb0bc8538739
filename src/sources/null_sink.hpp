// For probes: whether rows would come matters, not what is in them.
#pragma once

#include "model/observation.hpp"

namespace smtpaudit {

class NullSink final : public EvidenceSink {
public:
    void observe(const Observation& /*observation*/) override {}
    void account(const AccountFacts& /*facts*/) override {}
    void tenant(const TenantFacts& /*facts*/) override {}
};

}  // namespace smtpaudit
