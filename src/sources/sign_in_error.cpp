#include "sources/sign_in_error.hpp"

#include <algorithm>
#include <array>

namespace smtpaudit {
namespace {

using enum SignInErrorClass;

// Conditional Access runs after the first factor, so a blocked device with a wrong password shows
// 50126 and not 53003 (facts/graph.md 1.8).
constexpr std::array<SignInErrorMeaning, 22> k_errors = {{
    {0, none, "signed in"},
    {50034, no_such_account, "no such account in this tenant"},
    {50053, locked, "locked after too many tries, or the address is blocked as malicious"},
    {50055, expired_password, "the password has expired"},
    {50056, other, "the account has no password"},
    {50057, disabled, "the account is disabled"},
    {50072, mfa_required, "multi-factor registration is required"},
    {50074, mfa_required, "multi-factor authentication is required"},
    {50076, mfa_required, "multi-factor authentication is required here"},
    {50079, mfa_required, "multi-factor registration is required here"},
    {50126, wrong_password, "wrong user name or password"},
    {50131, risk, "blocked as suspicious or by Conditional Access"},
    {50135, risk, "the password must be changed because of risk"},
    {50144, expired_password, "the password in Active Directory has expired"},
    {53000, blocked_by_ca, "Conditional Access asks for a compliant device"},
    {53001, blocked_by_ca, "Conditional Access asks for a joined device"},
    {53003, blocked_by_ca, "blocked by Conditional Access"},
    {80002, other, "pass-through authentication: the agent's validation timed out"},
    {80014, other, "pass-through authentication: the agent took too long"},
    {500121, mfa_required, "the second factor failed"},
    {530032, blocked_by_ca, "blocked by a security policy of the tenant"},
    {530035, blocked_by_security_defaults, "blocked by security defaults: legacy authentication"},
}};

constexpr bool code_before(const SignInErrorMeaning& a, const SignInErrorMeaning& b) {
    return a.code < b.code;
}
static_assert(std::is_sorted(k_errors.begin(), k_errors.end(), code_before));

}  // namespace

std::string_view to_string(SignInErrorClass error_class) {
    constexpr std::array<std::string_view, 11> names = {
        "none",         "wrong_password", "no_such_account",
        "locked",       "blocked_by_ca",  "blocked_by_security_defaults",
        "mfa_required", "disabled",       "expired_password",
        "risk",         "other"};
    return names[static_cast<std::size_t>(error_class)];
}

SignInErrorMeaning sign_in_error_meaning(int code) {
    const auto found = std::lower_bound(k_errors.begin(), k_errors.end(),
                                        SignInErrorMeaning{code, other, {}}, code_before);
    if (found != k_errors.end() && found->code == code) return *found;
    return {code, other, "refused; Microsoft's list of AADSTS codes tells why"};
}

std::span<const SignInErrorMeaning> all_sign_in_errors() { return k_errors; }

}  // namespace smtpaudit
