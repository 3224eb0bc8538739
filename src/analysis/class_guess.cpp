#include "analysis/class_guess.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace smtpaudit {

namespace embedded {
extern const std::string_view k_class_patterns;
}

namespace {

// Letters of any language: every byte over 0x7F is part of one.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = at;
        while (at < text.size() && is_letter(text[at])) ++at;
        if (at > start) words.push_back(text.substr(start, at - start));
        while (at < text.size() && !is_letter(text[at])) ++at;
    }
    return words;
}

bool fits(std::string_view pattern, std::string_view word) {
    if (!pattern.ends_with('*')) return pattern == word;
    return word.starts_with(pattern.substr(0, pattern.size() - 1));
}

// "no-reply" and "do-not-reply" are one word to people.
std::string join_known_phrases(std::string text) {
    for (const std::string_view phrase :
         {"do-not-reply", "do_not_reply", "do.not.reply", "no-reply", "no_reply", "no.reply"}) {
        const auto at = text.find(phrase);
        if (at != std::string::npos)
            text.replace(at, phrase.size(), phrase.starts_with("do") ? "donotreply" : "noreply");
    }
    return text;
}

bool is_person_shape(std::string_view local) {
    const auto parts = split(local, '.');
    return parts.size() == 2 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
               return part.size() >= 2 && std::all_of(part.begin(), part.end(), is_letter);
           });
}

}  // namespace

ClassPatterns ClassPatterns::built_in() {
    ClassPatterns table;
    const auto document = nlohmann::json::parse(embedded::k_class_patterns);
    for (const auto& entry : document.at("classes")) {
        const auto business = parse_business(entry.at("class").get<std::string>());
        if (!business) throw std::logic_error("class_patterns.json names an unknown class");
        for (const auto& pattern : entry.at("patterns"))
            table.patterns_.push_back({*business, pattern.get<std::string>()});
    }
    return table;
}

std::optional<ClassGuess> ClassPatterns::guess(std::string_view name) const {
    const std::string local = join_known_phrases(fold_case(name.substr(0, name.find('@'))));
    const auto words = words_of(local);
    for (const Pattern& pattern : patterns_)
        for (const std::string_view word : words)
            if (fits(pattern.text, word))
                return ClassGuess{pattern.business, fmt::format("the word \"{}\" (pattern \"{}\")",
                                                                word, pattern.text)};
    if (is_person_shape(local))
        return ClassGuess{Business::person, "the shape of a name (pattern \"first.last\")"};
    return std::nullopt;
}

}  // namespace smtpaudit
