#include "sources/oauth_tally.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <string_view>

namespace smtpaudit {

void OauthTally::add_application(const std::string& app_id, UtcTime last, std::uint64_t sign_ins) {
    Use& use = uses_[app_id];
    use.count += sign_ins;
    use.last = std::max(use.last, last);
}

void OauthTally::note_in(Coverage& coverage) const {
    const auto note = [&](std::uint64_t count, std::string_view words) {
        if (count > 0) coverage.notes.push_back(group_thousands(count) + std::string(words));
    };
    note(failed_, " sign-ins failed: not counted");
    note(unplaced_,
         " sign-ins without a person have no address: the log keeps that of the first token");
    for (const auto& [id, use] : uses_) {
        const auto name = names_.find(id);
        coverage.notes.push_back(fmt::format(
            "{} ({}) signed in as itself {} times, the last {}: possibly SMTP, and of no account",
            name == names_.end() || name->second.empty() ? id : name->second, id,
            group_thousands(use.count), format_utc(use.last)));
    }
    if (coverage.rows > 0)
        coverage.notes.emplace_back(
            "a token for Exchange Online may also be for IMAP or EWS, and one token covers many "
            "messages: these are never counted as OAuth messages");
}

}  // namespace smtpaudit
