#include "auth/form.hpp"

#include "base/text.hpp"
#include "net/url.hpp"

#include <charconv>

namespace smtpaudit {
namespace {

// A form with an assertion or a refresh token fits, so it never grows and leaves no copy behind.
constexpr std::size_t k_room = std::size_t{16} * 1024;

std::optional<std::string> decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            decoded += ' ';
        } else if (text[i] != '%') {
            decoded += text[i];
        } else {
            unsigned value = 0;
            const std::string_view digits = text.substr(i + 1, 2);
            const auto [end, error] =
                std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
            if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2 ||
                value == 0)
                return std::nullopt;
            decoded += static_cast<char>(value);
            i += 2;
        }
    }
    return decoded;
}

}  // namespace

Form::Form() { text_.reserve(k_room); }

Form::~Form() { wipe(text_); }

Form& Form::add(std::string_view name, std::string_view value) {
    std::string encoded = percent_encode(value);
    if (!text_.empty()) text_ += '&';
    text_ += name;
    text_ += '=';
    text_ += encoded;
    wipe(encoded);
    return *this;
}

std::optional<FormFields> parse_form(std::string_view query) {
    FormFields fields;
    if (query.empty()) return fields;
    for (const std::string_view part : split(query, '&')) {
        if (part.empty()) continue;
        const auto equals = part.find('=');
        auto name = decode(part.substr(0, equals));
        auto value =
            decode(equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1));
        if (!name || !value) return std::nullopt;
        if (!fields.emplace(std::move(*name), std::move(*value)).second) return std::nullopt;
    }
    return fields;
}

}  // namespace smtpaudit
