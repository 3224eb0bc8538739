#include "base/secret.hpp"

#include <cstring>
#include <utility>

namespace smtpaudit {

void wipe(std::string& text) {
    explicit_bzero(text.data(), text.capacity());
    text.clear();
}

// A copy, not a move: moving a short std::string leaves its bytes behind in the small buffer.
Secret::Secret(std::string&& text) : text_(text) { wipe(text); }

Secret::Secret(Secret&& other) noexcept { *this = std::move(other); }

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe(text_);
        text_.swap(other.text_);
    }
    return *this;
}

Secret::~Secret() { wipe(text_); }

Secret Secret::clone() const { return Secret(std::string(text_)); }

}  // namespace smtpaudit
