#include "sources/values.hpp"

#include "base/text.hpp"
#include "sources/csv.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>

namespace smtpaudit {
namespace {

tl::unexpected<Unreadable> unreadable(std::string what) {
    return tl::unexpected(Unreadable{std::move(what), "put it right, or export the file again"});
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The separators of thousands; the no-break, thin and narrow no-break space, and both apostrophes.
constexpr std::array<std::string_view, 8> k_group_marks = {
    ",", ".", " ", "'", "\xC2\xA0", "\xE2\x80\x89", "\xE2\x80\xAF", "\xE2\x80\x99"};

std::size_t digits_at_front(std::string_view text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    return count;
}

Reading<std::uint64_t> whole_number(std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || value > k_most_messages)
        return unreadable(in_quotes(digits) + " is too large a number");
    return value;
}

// "1,234,567" without its marks, or empty where the groups are not well formed.
std::string ungrouped(std::string_view text) {
    const std::size_t first = digits_at_front(text);
    if (first == 0 || first > 3 || text.front() == '0') return {};
    std::string digits(text.substr(0, first));
    text.remove_prefix(first);
    const auto mark = std::find_if(k_group_marks.begin(), k_group_marks.end(),
                                   [&](std::string_view m) { return text.starts_with(m); });
    if (mark == k_group_marks.end()) return {};
    while (!text.empty()) {
        if (!text.starts_with(*mark)) return {};
        text.remove_prefix(mark->size());
        if (digits_at_front(text) != 3) return {};
        digits += text.substr(0, 3);
        text.remove_prefix(3);
    }
    return digits;
}

std::string_view without_percent_sign(std::string_view text) {
    if (text.empty() || text.back() != '%') return text;
    text = trim(text.substr(0, text.size() - 1));
    if (text.ends_with("\xE2\x80\xAF")) text.remove_suffix(3);
    return text;
}

}  // namespace

Reading<std::uint64_t> read_count(std::string_view cell) {
    const std::string_view text = trim(cell);
    if (text.empty()) return unreadable("a number is missing");
    if (digits_at_front(text) == text.size()) return whole_number(text);
    const std::string digits = ungrouped(text);
    if (digits.empty()) return unreadable(in_quotes(text) + " is not a whole number");
    return whole_number(digits);
}

Reading<Share> read_share(std::string_view cell) {
    const std::string_view text = without_percent_sign(trim(cell));
    const auto bad = [&](std::string_view why) {
        return unreadable(fmt::format("{} {}", in_quotes(trim(cell)), why));
    };
    const std::size_t whole = digits_at_front(text);
    if (whole == 0 || whole > 3) return bad("is not a per cent");
    Share share;
    for (const char c : text.substr(0, whole))
        share.parts = share.parts * 10 + static_cast<std::uint64_t>(c - '0');
    share.is_whole_number = whole == text.size();
    share.parts *= k_whole / 100;
    if (!share.is_whole_number) {
        const std::string_view fraction = text.substr(whole + 1);
        const bool is_fraction = (text[whole] == '.' || text[whole] == ',') && !fraction.empty() &&
                                 digits_at_front(fraction) == fraction.size();
        if (!is_fraction) return bad("is not a per cent");
        std::uint64_t unit = k_whole / 1000;
        for (std::size_t i = 0; i < fraction.size() && unit > 0; ++i, unit /= 10)
            share.parts += static_cast<std::uint64_t>(fraction[i] - '0') * unit;
    }
    if (share.parts > k_whole) return bad("is more than 100 %");
    return share;
}

void Spellings::add(std::string_view text) {
    ++count_;
    text = trim(text).substr(0, 100);  // no whole cell is kept: it may be a megabyte
    if (std::find(seen_.begin(), seen_.end(), text) != seen_.end()) return;
    if (seen_.size() < k_most) {
        seen_.emplace_back(text);
    } else {
        more_ = true;
    }
}

std::string Spellings::list() const {
    std::string out;
    for (const std::string& text : seen_)
        out +=
            (out.empty() ? "" : ", ") + (text.empty() ? std::string("(empty)") : in_quotes(text));
    return more_ ? out + " and others" : out;
}

namespace {

struct MethodWord {
    std::string_view folded;
    bool whole_word;  // no letter before or after it
    Protocol protocol;
    std::string_view language;
};

// English as the service and the admin center write it (facts/exchange.md 1.2, 1.4); the others
// are what Microsoft's pages in that language call Basic authentication. "Modern" is in modern,
// moderna and moderne.
constexpr std::array<MethodWord, 7> k_method_words = {{
    {"basic", false, Protocol::basic, "en"},
    {"base", true, Protocol::basic, "it fr"},
    {"standardauthentifizierung", false, Protocol::basic, "de"},
    {"basisauthentifizierung", false, Protocol::basic, "de"},
    {"básic", false, Protocol::basic, "es"},
    {"oauth", false, Protocol::oauth, "en"},
    {"modern", false, Protocol::oauth, "en"},
}};

bool is_letter_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 'a' && byte <= 'z') || byte >= 0x80;
}

bool has_word(std::string_view text, const MethodWord& word) {
    for (std::size_t at = text.find(word.folded); at != std::string_view::npos;
         at = text.find(word.folded, at + 1)) {
        const std::size_t end = at + word.folded.size();
        const bool is_bounded = (at == 0 || !is_letter_byte(text[at - 1])) &&
                                (end == text.size() || !is_letter_byte(text[end]));
        if (is_bounded || !word.whole_word) return true;
    }
    return false;
}

struct TlsSpelling {
    std::string_view folded;  // lower case, letters and digits only
    TlsVersion version;
};

// SP_PROT_TLS1_SERVER is Schannel's name for TLS 1.0; "TLSv1" is OpenSSL's.
constexpr std::array<TlsSpelling, 5> k_tls_spellings = {{
    {"1", TlsVersion::tls10},
    {"10", TlsVersion::tls10},
    {"11", TlsVersion::tls11},
    {"12", TlsVersion::tls12},
    {"13", TlsVersion::tls13},
}};

}  // namespace

std::string_view sender_of(std::string_view name, std::string_view domain, std::string& room) {
    name = trim(name);
    domain = trim(domain);
    if (name.empty() || domain.empty() || name.find('@') != std::string_view::npos) return name;
    room.assign(name);
    room += '@';
    room += domain;
    return room;
}

std::string row_count(std::uint64_t count) {
    return group_thousands(count) + (count == 1 ? " row" : " rows");
}

void NamelessRows::add(std::uint64_t row_messages, std::uint64_t line) {
    if (rows++ == 0) first_line = line;
    messages += row_messages;
}

void NamelessRows::note(std::vector<std::string>& notes) const {
    if (rows == 0) return;
    notes.push_back(fmt::format(
        "{} without a sender (the first on line {}), {} message{}: of no account, so not counted",
        row_count(rows), first_line, group_thousands(messages), messages == 1 ? "" : "s"));
}

Protocol protocol_of(std::string_view cell) {
    if (cell.size() > 200) return Protocol::unknown;
    const std::string text = fold_case(cell);
    bool basic = false;
    bool oauth = false;
    for (const MethodWord& word : k_method_words) {
        if (!has_word(text, word)) continue;
        basic = basic || word.protocol == Protocol::basic;
        oauth = oauth || word.protocol == Protocol::oauth;
    }
    if (basic == oauth) return Protocol::unknown;
    return basic ? Protocol::basic : Protocol::oauth;
}

TlsVersion tls_version_of(std::string_view cell) {
    if (cell.size() > 100) return TlsVersion::unknown;
    std::string text;
    for (const char c : ascii_lower(cell))
        if (is_digit(c) || is_letter_byte(c)) text += c;
    std::string_view rest = text;
    const auto drop_front = [&](std::string_view part) {
        if (rest.starts_with(part)) rest.remove_prefix(part.size());
    };
    drop_front("spprot");
    drop_front("tls");
    drop_front("v");
    for (const std::string_view side : {"server", "client"})
        if (rest.ends_with(side)) rest.remove_suffix(side.size());
    for (const TlsSpelling& spelling : k_tls_spellings)
        if (rest == spelling.folded) return spelling.version;
    return TlsVersion::unknown;
}

}  // namespace smtpaudit
