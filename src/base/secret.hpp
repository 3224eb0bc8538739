// A secret text: cannot be formatted, copied by accident or compared; wiped when it goes.
#pragma once

#include <string>
#include <string_view>

namespace smtpaudit {

class Secret {
public:
    Secret() = default;
    // Takes the text over and wipes the caller's copy.
    explicit Secret(std::string&& text);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    bool empty() const { return text_.empty(); }
    // The text itself, for the one place that sends it. Name the call where a reviewer looks for it.
    std::string_view reveal() const { return text_; }
    Secret clone() const;

private:
    std::string text_;
};

// Overwrites the bytes so that the compiler cannot drop it, then empties the text.
void wipe(std::string& text);

}  // namespace smtpaudit
