#include "net/paging.hpp"

#include <fmt/format.h>
#include <functional>
#include <utility>

namespace smtpaudit {

NextLinkGuard::NextLinkGuard(std::string first_url, std::size_t page_limit, LinkHosts hosts)
    : first_url_(std::move(first_url)), page_limit_(page_limit), hosts_(hosts) {
    seen_.insert(std::hash<std::string_view>{}(first_url_));
}

Result<std::string> NextLinkGuard::next(std::string_view next_link) {
    SA_TRY(std::string url, follow_link(first_url_, next_link, hosts_));
    if (seen_.size() >= page_limit_)
        return fail(Errc::service,
                    fmt::format("{}: more than {} pages; stopped here, the rows are partial",
                                redacted(first_url_), page_limit_));
    // A chance collision of 64-bit hashes over 100,000 pages: 3 in 10 thousand million.
    if (!seen_.insert(std::hash<std::string_view>{}(url)).second)
        return fail(Errc::service,
                    fmt::format("{}: the link to the next page leads back to a page already read "
                                "(after {} pages); stopped here, the rows are partial",
                                redacted(first_url_), seen_.size()));
    return url;
}

}  // namespace smtpaudit
