// Records of accounts kept for later: their bytes one behind the other, some hundred for a mailbox,
// where AccountFacts with its texts takes a kilobyte.
#pragma once

#include "model/facts.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace smtpaudit {

class PackedAccounts {
public:
    void add(const AccountFacts& facts);
    std::size_t size() const { return size_; }
    std::size_t bytes() const { return bytes_.size(); }
    // Each once, as it was added and in that order.
    void each(const std::function<void(const AccountFacts&)>& take) const;

private:
    std::string bytes_;
    std::size_t size_ = 0;
    std::vector<std::string> origins_;  // a source has one or few
};

}  // namespace smtpaudit
