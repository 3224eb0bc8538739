// Guards a walk along @odata.nextLink: same endpoint, no circle, an end.
#pragma once

#include "base/result.hpp"
#include "net/url.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>

namespace smtpaudit {

class NextLinkGuard {
public:
    // One page is up to 1,000 rows (facts/graph.md 1.5): a hundred million rows is no tenant.
    static constexpr std::size_t k_page_limit = 100'000;

    explicit NextLinkGuard(std::string first_url, std::size_t page_limit = k_page_limit,
                           LinkHosts hosts = LinkHosts::same);

    // The URL of the next page, ready to send. Errc::service: the link leaves the endpoint of the
    // first request (follow_link), repeats a page already asked for, or the limit is reached; the
    // walk ends there, its rows are partial, and nothing may be sent to the link. Once for each
    // page, not for each attempt. Keeps a hash for each page, not the link.
    Result<std::string> next(std::string_view next_link);

    std::size_t pages() const { return seen_.size(); }

private:
    std::string first_url_;
    std::size_t page_limit_;
    LinkHosts hosts_;
    std::unordered_set<std::size_t> seen_;
};

}  // namespace smtpaudit
