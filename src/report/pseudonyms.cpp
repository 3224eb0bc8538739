#include "report/pseudonyms.hpp"

#include "base/digest.hpp"
#include "base/ip.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

constexpr std::size_t k_hex_digits = 12;  // 48 bits: among 50,000 names two alike are not expected
constexpr std::size_t k_shortest_learnt = 2;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
}
// What an address, a path or an id is made of.
bool is_token(char c) {
    return is_word(c) || std::string_view("._%+@:/\\#~=&*-").find(c) != std::string_view::npos;
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const char c = text[i];
        const bool hex = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !hex) return false;
    }
    return true;
}

bool is_web_address(std::string_view text) {
    return text.starts_with("https://") || text.starts_with("http://");
}

bool is_file(std::string_view lower) {
    for (const std::string_view ending :
         {".csv", ".json", ".jsonl", ".ndjson", ".txt", ".toml", ".eml", ".zip", ".gz", ".xml",
          ".log", ".xlsx", ".db", ".sqlite"})
        if (lower.ends_with(ending) && lower.size() > ending.size()) return true;
    return false;
}

// ":17" or ":17:4" at the end of a file name.
std::string_view place_in_file(std::string_view text) {
    std::size_t end = text.size();
    for (;;) {
        std::size_t at = end;
        while (at > 0 && is_digit(text[at - 1])) --at;
        if (at == end || at == 0 || text[at - 1] != ':') return text.substr(end);
        end = at - 1;
    }
}

}  // namespace

std::string Pseudonyms::of(std::string_view kind, std::string_view name) {
    if (name.empty()) return {};
    std::string key = fmt::format("{}\n{}", kind, name);
    const auto found = made_.find(key);
    if (found != made_.end()) return found->second;
    std::string made =
        fmt::format("{}-{}", kind, keyed_digest(key_.reveal(), key).substr(0, k_hex_digits));
    made_.emplace(std::move(key), made);
    return made;
}

std::string Pseudonyms::of_id(std::string_view id) {
    const std::string folded = fold_case(id);
    if (const auto ip = parse_ip(folded)) return of("device", format_device(ip->device_key()));
    if (parse_ip_range(folded)) return of("device", folded);
    const std::size_t at = folded.rfind('@');
    if (at == std::string::npos) return of("account", folded);
    return fmt::format("{}@{}.invalid", of("account", folded),
                       of("domain", std::string_view(folded).substr(at + 1)));
}

void Pseudonyms::learn(std::string_view kind, std::string_view name) {
    name = trim(name);
    if (name.size() < k_shortest_learnt) return;
    if (!learnt_.emplace(name, kind).second) return;
    auto& lengths = lengths_[static_cast<unsigned char>(name.front())];
    const auto place =
        std::lower_bound(lengths.begin(), lengths.end(), name.size(), std::greater<>());
    if (place == lengths.end() || *place != name.size()) lengths.insert(place, name.size());
}

void Pseudonyms::learn_domain_of(std::string_view address) {
    const std::size_t at = address.rfind('@');
    if (at != std::string_view::npos) domains_.insert(fold_case(address.substr(at + 1)));
}

// A run of token characters, as it is or as a pseudonym.
std::string Pseudonyms::token(std::string_view text) {
    std::string_view core = text;
    while (!core.empty() && std::string_view(".:/=&#").find(core.back()) != std::string_view::npos)
        core.remove_suffix(1);
    const std::string_view tail = text.substr(core.size());
    const auto with_tail = [&](std::string made) { return made.append(tail); };
    if (core.size() < 3 || is_web_address(core)) return std::string(text);
    const std::size_t at = core.find('@');
    if (at != std::string_view::npos && at > 0 && at + 1 < core.size())
        return with_tail(of_id(core));
    if (parse_ip_range(core) || parse_ip(core)) return with_tail(of_id(core));
    if (is_uuid(core)) return with_tail(of("id", ascii_lower(core)));
    const std::string_view place = place_in_file(core);
    const std::string_view file = core.substr(0, core.size() - place.size());
    const std::string lower = ascii_lower(file);
    if (is_file(lower)) return with_tail(of("file", file) + std::string(place));
    for (std::string_view rest = lower; !rest.empty();) {
        if (domains_.count(std::string(rest)) > 0 || rest == "onmicrosoft.com")
            return with_tail(rest.size() == lower.size() ? of("domain", lower) + ".invalid"
                                                         : of("host", lower) + ".invalid");
        const std::size_t dot = rest.find('.');
        rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
    return std::string(text);
}

std::string Pseudonyms::scrub(std::string_view sentence) {
    std::string out;
    // The analysis quotes the word of a name that a guess rests on.
    constexpr std::string_view k_quoted_word = "the word \"";
    const auto ends_before = [&](std::size_t at) {
        return at == 0 || !is_word(sentence[at]) || !is_word(sentence[at - 1]);
    };
    for (std::size_t at = 0; at < sentence.size();) {
        const std::string_view rest = sentence.substr(at);
        if (rest.starts_with(k_quoted_word)) {
            const std::size_t close = rest.find('"', k_quoted_word.size());
            out += "a word";
            at += close == std::string_view::npos ? rest.size() : close + 1;
            continue;
        }
        std::size_t taken = 0;
        if (ends_before(at))
            for (const std::size_t length : lengths_[static_cast<unsigned char>(rest.front())]) {
                if (length > rest.size()) continue;
                const bool ends =
                    length == rest.size() || !is_word(rest[length]) || !is_word(rest[length - 1]);
                if (!ends) continue;
                const auto found = learnt_.find(std::string(rest.substr(0, length)));
                if (found == learnt_.end()) continue;
                out += found->second == "account" || found->second == "device"
                           ? of_id(found->first)
                           : of(found->second, found->first);
                taken = length;
                break;
            }
        if (taken == 0 && is_token(rest.front())) {
            while (taken < rest.size() && is_token(rest[taken])) ++taken;
            out += token(rest.substr(0, taken));
        }
        if (taken == 0) out += rest[taken++];
        at += taken;
    }
    return out;
}

}  // namespace smtpaudit
