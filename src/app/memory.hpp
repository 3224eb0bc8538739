// The history as rank and scan use it: looked into before the report is written, added to after.
#pragma once

#include "app/commands.hpp"
#include "app/make_report.hpp"
#include "store/store.hpp"

#include <optional>

namespace smtpaudit {

class Memory {
public:
    // Opens the store. A store that cannot be used never costs the report: what is wrong is said by
    // conclude().
    Memory(const CommandContext& context, const MadeRun& run);

    void recall(Report& report) const;
    void keep(const Report& report);
    // The exit code of the run whose report ended with `code`: 6 where the history was not kept.
    int conclude(int code) const;

private:
    Result<void> keep_all(const Report& report);
    void fail_with(const Error& error) const;

    const CommandContext& context_;
    const MadeRun& run_;
    std::vector<std::string> account_ids_;  // by ledger account
    TenantIdentity identity_;
    mutable std::optional<Store> store_;
    mutable std::optional<Error> error_;
};

}  // namespace smtpaudit
