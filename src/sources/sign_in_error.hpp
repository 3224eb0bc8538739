// What Entra's error codes of a refused sign-in mean (facts/graph.md 1.8). The table is data: a
// code that is not in it is `other`, never a guess.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace smtpaudit {

enum class SignInErrorClass : std::uint8_t {
    none,  // code 0: the sign-in succeeded
    wrong_password,
    no_such_account,
    locked,
    blocked_by_ca,  // Conditional Access or another policy of the tenant
    blocked_by_security_defaults,
    mfa_required,  // a legacy client cannot answer: it is refused by that
    disabled,
    expired_password,
    risk,
    other,
};

struct SignInErrorMeaning {
    int code;
    SignInErrorClass error_class;
    std::string_view words;  // a clause without a full stop
};

std::string_view to_string(SignInErrorClass error_class);  // "wrong_password" …
// Never fails: an unknown code has class other and words that send to Microsoft's list.
SignInErrorMeaning sign_in_error_meaning(int code);
// The known codes, ascending.
std::span<const SignInErrorMeaning> all_sign_in_errors();

}  // namespace smtpaudit
