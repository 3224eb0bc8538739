// Evidence handed over to a thread of its own, so that a large file is read on one processor and
// counted on another. Order is kept, so nothing depends on timing.
#pragma once

#include "model/observation.hpp"

#include <memory>

namespace smtpaudit {

// Observations wait in batches of some hundred; the thread begins with the second batch, so that a
// small file costs none, and not at all on one processor. Until finish() or the end of this object
// nobody else may touch the target.
class SinkThread final : public EvidenceSink {
public:
    explicit SinkThread(EvidenceSink& target);
    ~SinkThread() override;  // what was not taken yet is thrown away
    SinkThread(const SinkThread&) = delete;
    SinkThread& operator=(const SinkThread&) = delete;

    void observe(const Observation& observation) override;
    void account(const AccountFacts& facts) override;
    void tenant(const TenantFacts& facts) override;
    void traced(const TracedMessage& message) override;
    void machine(const MachineName& machine) override;
    // Returns when the target has taken everything; an exception of it is thrown here.
    void finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace smtpaudit
