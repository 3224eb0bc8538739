#include "auth/token_answer.hpp"

#include "auth/json_reply.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

// A token is renewed this long before it ends; one that lives shorter than twice that, at half.
constexpr std::chrono::seconds k_renew_before = 5min;
constexpr std::chrono::seconds k_longest_life = 24h;

bool is_header_text(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

tl::unexpected<Error> misread(std::string_view host, std::string_view what) {
    return fail(
        Errc::service,
        fmt::format("{} answered without a usable token: {}; is a proxy in between?", host, what));
}

std::optional<std::chrono::seconds> life_of(const JsonReply& reply, UtcTime now) {
    if (const auto lives = reply.number("expires_in"))
        return std::chrono::seconds(std::min<long long>(*lives, k_longest_life.count()));
    const auto ends = reply.number("expires_on");
    // A number that no calendar holds must not overflow the subtraction.
    constexpr long long k_latest = 253'402'300'799;  // the end of the year 9999
    if (!ends || *ends < 0 || *ends > k_latest) return std::nullopt;
    return UtcTime(std::chrono::seconds(*ends)) - now;
}

}  // namespace

std::optional<Token> token_for(Secret value, std::chrono::seconds life, UtcTime now,
                               std::optional<std::chrono::seconds> renew_after) {
    if (!is_header_text(value.reveal()) || life <= 0s) return std::nullopt;
    life = std::min(life, k_longest_life);
    auto renew = std::max(life - k_renew_before, life / 2);
    if (renew_after && *renew_after > 0s) renew = std::min(renew, *renew_after);
    return Token{std::move(value), now + life, now + renew};
}

Result<TokenGrant> read_token_grant(std::string_view body, std::string_view host, UtcTime now) {
    auto reply = JsonReply::parse(body);
    if (!reply) return misread(host, "not a JSON object");
    if (!equals_ignoring_case(reply->text("token_type").value_or(""), "Bearer"))
        return misread(host, "the token type is not Bearer");
    auto value = reply->take_secret("access_token");
    if (!value) return misread(host, "no access token");
    const auto life = life_of(*reply, now);
    if (!life || *life <= 0s) return misread(host, "no lifetime");

    std::optional<std::chrono::seconds> renew_after;
    if (const auto wished = reply->number("refresh_in"))
        renew_after = std::chrono::seconds(std::clamp<long long>(*wished, 0, 86'400));
    auto token = token_for(std::move(*value), *life, now, renew_after);
    if (!token) return misread(host, "no access token");
    TokenGrant grant;
    grant.token = std::move(*token);
    if (auto refresh = reply->take_secret("refresh_token"))
        grant.refresh_token = std::move(*refresh);
    return grant;
}

}  // namespace smtpaudit
