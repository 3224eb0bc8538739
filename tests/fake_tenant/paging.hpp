// Lists in pages: opaque skip tokens, bound to the query they came with, and everything that can
// be wrong with a page.
#pragma once

#include "fake_tenant/faults.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace smtpaudit::fake {

// Thread-safe. The same position of the same query has the same token in one run.
class SkipTokens {
public:
    explicit SkipTokens(std::string key) : key_(std::move(key)) {}
    std::string issue(const std::string& query, std::size_t position, std::size_t salt);
    // Empty: not a token of this query.
    std::optional<std::size_t> position(const std::string& token, const std::string& query) const;

private:
    std::string key_;
    mutable std::mutex mutex_;
    std::map<std::string, std::pair<std::string, std::size_t>> positions_;
    std::size_t salt_ = 0;
};

struct ListView {
    // Positions of up to `count` rows that the query lets through, from `position` on.
    std::function<std::vector<std::size_t>(std::size_t position, std::size_t count)> find;
    std::function<void(std::size_t position, std::string& out)> write;
    std::size_t begin = 0;  // where the query's first row can be
    std::size_t top = 1000;
    std::string context;  // "$metadata#users"
};

// {"@odata.context","@odata.nextLink","value":[…]}; empty: the skip token is not of this query.
std::optional<std::string> list_page(const Record& request, const ListView& view,
                                     SkipTokens& tokens, const Fault* fault);

}  // namespace smtpaudit::fake
