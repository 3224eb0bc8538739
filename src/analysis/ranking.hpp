// The ledger becomes a ranked report. Pure: no clock, no files, no network.
#pragma once

#include "analysis/inventory.hpp"
#include "analysis/products.hpp"
#include "analysis/risk_model.hpp"
#include "analysis/timeline.hpp"
#include "ledger/ledger.hpp"
#include "model/report.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

struct RankingOptions {
    Timeline timeline;
    Cutoff cutoff;
    UtcTime now;
    int window_days = 90;
    std::optional<int> table_days;  // --period; absent: 7, and a note says so
    Weights weights;
    std::shared_ptr<const Inventory> inventory = std::make_shared<Inventory>();
    std::shared_ptr<const ProductList> products =
        std::make_shared<ProductList>(ProductList::built_in());
};

// The whole report but tool_version, run_id and gate.fail_on. The rows are made when a writer asks
// for them, so the report keeps the ledger.
Report rank(std::shared_ptr<const Ledger> ledger, std::vector<Coverage> coverage,
            RankingOptions options);

}  // namespace smtpaudit
