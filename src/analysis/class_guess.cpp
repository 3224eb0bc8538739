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

const ClassPatterns& ClassPatterns::built_in() {
    static const ClassPatterns patterns = [] {
        ClassPatterns table;
        const auto document = nlohmann::json::parse(embedded::k_class_patterns);
        for (const auto& entry : document.at("classes")) {
            const auto business = parse_business(entry.at("class").get<std::string>());
            if (!business) throw std::logic_error("class_patterns.json names an unknown class");
            for (const auto& pattern : entry.at("patterns"))
                table.patterns_.push_back({*business, pattern.get<std::string>()});
        }
        for (std::size_t i = 0; i < table.patterns_.size(); ++i) {
            const std::string_view text = table.patterns_[i].text;
            if (text.ends_with('*'))
                table.beginnings_.push_back(i);
            else
                table.whole_words_.emplace(text, i);
        }
        return table;
    }();
    return patterns;
}

std::size_t ClassPatterns::find(std::string_view word) const {
    const auto whole = whole_words_.find(word);
    std::size_t first = whole == whole_words_.end() ? patterns_.size() : whole->second;
    for (const std::size_t i : beginnings_) {
        if (i >= first) break;
        const std::string_view text = patterns_[i].text;
        if (word.starts_with(text.substr(0, text.size() - 1))) first = i;
    }
    return first;
}

std::string ClassGuess::because() const {
    if (word.empty()) return fmt::format("the shape of a name (pattern \"{}\")", pattern);
    return fmt::format("the word \"{}\" (pattern \"{}\")", word, pattern);
}

std::optional<ClassGuess> ClassPatterns::guess(std::string_view name) const {
    const std::string local = join_known_phrases(fold_case(name.substr(0, name.find('@'))));
    std::size_t first = patterns_.size();
    std::string_view hit;
    for (const std::string_view word : words_of(local)) {
        const std::size_t found = find(word);
        if (found >= first) continue;
        first = found;
        hit = word;
    }
    if (first < patterns_.size())
        return ClassGuess{patterns_[first].business, std::string(hit), patterns_[first].text};
    if (is_person_shape(local)) return ClassGuess{Business::person, {}, "first.last"};
    return std::nullopt;
}

}  // namespace smtpaudit
