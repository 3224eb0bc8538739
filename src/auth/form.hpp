// application/x-www-form-urlencoded, as the token endpoint and the loopback redirect use it.
#pragma once

#include "base/secret.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit {

// Builds a form. Names are ours and stay as they are; values are percent-encoded as net/url.hpp
// does it, so the text is also right as a query. Wiped when it goes: a form holds secrets.
class Form {
public:
    Form();
    Form(Form&&) noexcept = default;
    Form& operator=(Form&&) noexcept = default;
    Form(const Form&) = delete;
    Form& operator=(const Form&) = delete;
    ~Form();

    Form& add(std::string_view name, std::string_view value);
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

using FormFields = std::map<std::string, std::string, std::less<>>;

// The fields of a query. A field twice, a broken %XX or a NUL: nullopt, for who knows which one
// the sender meant.
std::optional<FormFields> parse_form(std::string_view query);

}  // namespace smtpaudit
