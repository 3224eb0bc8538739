#include "sources/graph_messages.hpp"

#include "base/text.hpp"
#include "model/facts.hpp"
#include "sources/graph_list.hpp"
#include "sources/graph_object.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

namespace smtpaudit {
namespace {

using nlohmann::json;

constexpr std::array<Permission, 1> k_permissions = {
    {{"ServiceMessage.Read.All", "1b620472-6534-4fe6-9df2-4680e8aa28ec",
      "eda39fa6-f8cf-4c3c-a909-432c683e4c9b"}}};

constexpr std::string_view k_first_post = "MC786329";
constexpr std::string_view k_messages = "/v1.0/admin/serviceAnnouncement/messages";

// --- dates ------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 12> k_months = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};

// A word of letters or a number; everything between two is dropped.
std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t begin = i;
        if (is_digit(text[i]))
            while (i < text.size() && is_digit(text[i])) ++i;
        else if (is_letter(text[i]))
            while (i < text.size() && is_letter(text[i])) ++i;
        else
            ++i;
        if (is_digit(text[begin]) || is_letter(text[begin]))
            words.push_back(text.substr(begin, i - begin));
    }
    return words;
}

std::optional<unsigned> month_of(std::string_view word) {
    constexpr std::size_t k_short = 3;
    for (std::size_t i = 0; i < k_months.size(); ++i)
        if (equals_ignoring_case(word, k_months[i]) ||
            equals_ignoring_case(word, k_months[i].substr(0, k_short)))
            return static_cast<unsigned>(i + 1);
    return std::nullopt;
}

std::optional<int> number_of(std::string_view word, int least, int most) {
    int number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size() || number < least || number > most)
        return std::nullopt;
    return number;
}

// 1 or 2 for "first half of", "2H", "H2"; the index of the word behind it.
std::optional<std::pair<int, std::size_t>> half_at(const std::vector<std::string_view>& words,
                                                   std::size_t i) {
    const auto word = [&](std::size_t at) {
        return at < words.size() ? ascii_lower(words[at]) : std::string();
    };
    const std::string first = word(i);
    if ((first == "first" || first == "second") && word(i + 1) == "half" && word(i + 2) == "of")
        return std::pair(first == "first" ? 1 : 2, i + 3);
    if ((first == "1" || first == "2") && word(i + 1) == "h")
        return std::pair(first == "1" ? 1 : 2, i + 2);
    if (first == "h" && (word(i + 1) == "1" || word(i + 1) == "2"))
        return std::pair(word(i + 1) == "1" ? 1 : 2, i + 2);
    return std::nullopt;
}

std::optional<int> year_at(const std::vector<std::string_view>& words, std::size_t i) {
    return i < words.size() && words[i].size() == 4 ? number_of(words[i], 2000, 2099)
                                                    : std::nullopt;
}

std::optional<AnnouncedDate> date_at(const std::vector<std::string_view>& words, std::size_t i) {
    const auto make = [](int year, unsigned month, unsigned day,
                         Precision precision) -> std::optional<AnnouncedDate> {
        const auto made = make_day(year, month, day);
        if (!made) return std::nullopt;
        return AnnouncedDate{*made, precision};
    };
    if (const auto half = half_at(words, i))
        if (const auto year = year_at(words, half->second))
            return make(*year, half->first == 1 ? 1 : 7, 1, Precision::half);
    const auto month = month_of(words[i]);
    if (!month) return std::nullopt;
    if (const auto year = year_at(words, i + 1)) {  // [31] December 2026
        const auto day = i > 0 ? number_of(words[i - 1], 1, 31) : std::nullopt;
        if (day)
            if (auto made = make(*year, *month, static_cast<unsigned>(*day), Precision::day))
                return made;
        return make(*year, *month, 1, Precision::month);
    }
    const auto day = i + 1 < words.size() ? number_of(words[i + 1], 1, 31) : std::nullopt;
    if (const auto year = day ? year_at(words, i + 2) : std::nullopt)  // December 31, 2026
        return make(*year, *month, static_cast<unsigned>(*day), Precision::day);
    return std::nullopt;
}

// --- posts ------------------------------------------------------------------------------------

bool contains(std::string_view text, std::string_view part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end()) != text.end();
}

// The January 2026 text promised a follow-up under another number, so posts are found by what they
// say as well.
bool is_about_smtp_auth(const std::string& id, std::string_view text) {
    if (id == k_first_post) return true;
    const std::string folded = ascii_lower(text);
    const bool smtp = contains(folded, "smtp auth") || contains(folded, "client submission");
    return smtp && contains(folded, "basic auth");
}

class MessagesPull {
public:
    MessagesPull(PullContext& context, EvidenceSink& sink) : context_(context), sink_(sink) {}

    Coverage run() {
        Coverage coverage;
        coverage.source = k_graph_messages.id;
        coverage.state = CoverageState::complete;
        const GraphList list{
            context_, k_graph_messages, [&](const json& row) { take(row); },
            [&] {
                ++coverage.files;
                if (context_.progress)
                    context_.progress({k_graph_messages.id, coverage.files, rows_});
            }};
        const auto problem = list.walk(context_.graph_url + std::string(k_messages));
        coverage.rows = rows_;
        if (problem) end_with(coverage, *problem, context_.chosen_by_name);
        // The post itself, where the list did not bring it: it may be archived for the tenant.
        if (!problem && !posts_.contains(std::string(k_first_post))) ask_for_first_post(coverage);
        if (coverage.state != CoverageState::complete && posts_.empty()) return coverage;
        TenantFacts facts;
        for (auto& [id, post] : posts_) facts.announcements.push_back(std::move(post));
        facts.origin = "Microsoft 365 message center";
        sink_.tenant(facts);
        return coverage;
    }

private:
    void take(const json& row) {
        ++rows_;
        const std::string id = json_text(row, "id");
        if (id.empty()) return;
        const auto body = row.find("body");
        const std::string text =
            body != row.end() ? text_of_html(json_text(*body, "content")) : std::string();
        const std::string title = json_text(row, "title");
        if (!is_about_smtp_auth(id, title + ' ' + text)) return;
        Announcement post;
        post.id = id;
        post.title = title;
        if (const auto at = parse_iso_instant(json_text(row, "lastModifiedDateTime")))
            post.modified = at->at;
        // Never startDateTime or endDateTime: they still held dates that were superseded
        // (facts/graph.md 4.2).
        post.dates = dates_in(title + ". " + text);
        posts_.insert_or_assign(id, std::move(post));
    }

    void ask_for_first_post(Coverage& coverage) {
        const auto found =
            graph_object(context_, k_graph_messages,
                         fmt::format("{}{}/{}", context_.graph_url, k_messages, k_first_post));
        ++coverage.files;
        if (found) return take(*found);
        if (found.error().kind == GraphProblemKind::no_such_api)
            coverage.notes.push_back(fmt::format(
                "{} is not in this tenant's message center: the built-in timeline stands alone",
                k_first_post));
        else
            end_with(coverage, found.error(), context_.chosen_by_name);
    }

    PullContext& context_;
    EvidenceSink& sink_;
    std::map<std::string, Announcement> posts_;
    std::uint64_t rows_ = 0;
};

Coverage pull_messages(PullContext& context, EvidenceSink& sink) {
    return MessagesPull(context, sink).run();
}

Coverage probe_messages(PullContext& context) {
    return probe_graph(context, k_graph_messages,
                       fmt::format("{}{}?$top=1", context.graph_url, k_messages));
}

}  // namespace

std::string text_of_html(std::string_view html) {
    std::string text;
    bool in_tag = false;
    for (std::size_t i = 0; i < html.size(); ++i) {
        if (html[i] == '<') in_tag = true;
        if (!in_tag && html[i] == '&' && html.substr(i, 6) == "&nbsp;") {
            text += ' ';
            i += 5;
        } else if (!in_tag) {
            text += html[i];
        }
        if (html[i] == '>' && in_tag) {
            in_tag = false;
            text += ' ';
        }
    }
    return text;
}

std::vector<AnnouncedDate> dates_in(std::string_view text) {
    std::vector<AnnouncedDate> dates;
    const auto words = words_of(text);
    for (std::size_t i = 0; i < words.size(); ++i)
        if (const auto date = date_at(words, i)) dates.push_back(*date);
    const auto key = [](const AnnouncedDate& date) { return std::tuple(date.day, date.precision); };
    std::sort(dates.begin(), dates.end(),
              [&](const AnnouncedDate& a, const AnnouncedDate& b) { return key(a) < key(b); });
    dates.erase(std::unique(dates.begin(), dates.end(),
                            [&](const AnnouncedDate& a, const AnnouncedDate& b) {
                                return key(a) == key(b);
                            }),
                dates.end());
    return dates;
}

constinit const LiveSource k_graph_messages = {
    .id = "message_center",
    .title = "Message center posts about SMTP AUTH (Microsoft Graph)",
    .permissions = k_permissions,
    .roles = "Message Center Reader or Global Reader",
    .licence = {},
    .retention = {},
    .budget = "graph-announcements",
    .pull = pull_messages,
    .probe = probe_messages,
    .tier = "announcements",
};

}  // namespace smtpaudit
