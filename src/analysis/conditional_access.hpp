// Does a Conditional Access policy refuse Basic for this account? (facts/graph.md 4, "CA rule")
#pragma once

#include "model/facts.hpp"
#include "model/report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace smtpaudit {

enum class CaVerdict : std::uint8_t {
    not_read,
    allows,  // no policy applies
    blocks,
    blocks_unless,  // applies, but has conditions that were not evaluated: neither yes nor no
    unknown,  // whether one applies is not known: a group, a role or the account's id was not read
};
constexpr std::size_t k_ca_verdicts = 5;

struct CaFinding {
    CaVerdict verdict = CaVerdict::not_read;
    std::optional<std::size_t> policy;  // that decides it; index into policies()
    std::vector<std::size_t> excluded_from;  // policies that would block, and leave it out
    std::vector<std::size_t> report_only;  // policies that would block once they are enforced
};

// The policies that can refuse a legacy client at Exchange Online, ordered by name and id.
class ConditionalAccess {
public:
    explicit ConditionalAccess(const TenantFacts& tenant);
    // `facts` as FactBook::read() gives them: names folded.
    CaFinding evaluate(const AccountFacts& facts) const;
    const std::vector<ConditionalAccessPolicy>& policies() const { return policies_; }
    // `"Block legacy" blocks`, `excluded from "Block legacy"`.
    std::string words(const CaFinding& finding) const;

private:
    struct Group {
        std::unordered_set<std::string> members;
        bool is_complete = false;
    };
    Ternary member_of(const std::vector<std::string>& groups, const AccountFacts& facts) const;
    Ternary holds_role(const std::vector<std::string>& roles, const AccountFacts& facts) const;
    Ternary included(const ConditionalAccessPolicy& policy, const AccountFacts& facts) const;
    Ternary excluded(const ConditionalAccessPolicy& policy, const AccountFacts& facts) const;
    std::string names(const std::vector<std::size_t>& policies) const;

    bool is_read_ = false, roles_complete_ = false;
    std::vector<ConditionalAccessPolicy> policies_;  // lists folded
    std::unordered_map<std::string, Group> groups_;
};

}  // namespace smtpaudit
