// Text inside the HTML report: it stays text, in the page and in its data.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace smtpaudit {

// For element content and quoted attributes; printable.
std::string html_text(std::string_view text);

// A JSON string that can stand inside a <script> element; printable.
std::string script_json_text(std::string_view text);

// "'sha256-…'" of an inline script or style sheet, for the Content-Security-Policy.
std::string policy_hash(std::string_view content);

// Texts of the data block, each once: fifty thousand rows say the same sentences. A sentence is
// kept without its numbers, so that "12 messages" and "13 messages" are one text.
class HtmlStrings {
public:
    // The number of a text, whole.
    std::uint32_t name(std::string_view text);
    // Appends "7", or "[7,12,90]" where 12 and 90 take the places of U+0001 in text 7; "null" for
    // an empty text.
    void append_sentence(std::string_view text, std::string& out);
    // All texts, as the inside of a JSON list.
    const std::string& json() const { return json_; }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    std::uint32_t number(std::string_view key, bool has_places);

    std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
    std::string json_, key_, arguments_;
};

}  // namespace smtpaudit
