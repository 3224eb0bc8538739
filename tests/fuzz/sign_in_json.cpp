// Sign-ins: the scanner takes exactly what another JSON reader takes, records do not depend on
// blocks, and no row outside the question gets through.
#include "fuzz/evidence.hpp"
#include "fuzz/other_json.hpp"

#include "sources/json_splitter.hpp"
#include "sources/sign_in_answer.hpp"
#include "sources/sign_in_json.hpp"

#include <nlohmann/json.hpp>

namespace smtpaudit::fuzz {
namespace {

using nlohmann::json;

struct Pieces {
    std::vector<std::string> records, wrappers;
    std::string error;
};

Pieces split_json(std::string_view text, std::size_t step) {
    Pieces out;
    const auto keep = [](std::vector<std::string>& to) {
        return [&to](std::string_view record, const TextCursor& at) -> Result<void> {
            to.push_back(at_cursor("f", at) + " " + std::string(record));
            return {};
        };
    };
    JsonSplitter splitter("f", keep(out.records), keep(out.wrappers));
    Result<void> result;
    for (std::size_t at = 0; at < text.size() && result; at += step)
        result = splitter.feed(text.substr(at, step));
    if (result) result = splitter.finish();
    if (!result) out.error = result.error().message;
    return out;
}

std::size_t depth_of(std::string_view text) {
    std::size_t depth = 0, deepest = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
            continue;
        }
        if (text[i] == '"') quoted = !quoted;
        if (quoted) continue;
        if (text[i] == '{' || text[i] == '[') deepest = std::max(deepest, ++depth);
        if ((text[i] == '}' || text[i] == ']') && depth > 0) --depth;
    }
    return deepest;
}

void check_page(std::string_view body) {
    std::uint64_t rows = 0;
    const auto page = parse_sign_in_page(body, [&](std::uint64_t number, const SignInRow&) {
        require(number == rows, "rows are numbered in order");
        ++rows;
    });
    const bool is_deep = depth_of(body) > k_json_depth_limit;
    // The other reader skips a BOM, which our decoder has taken off, and ends at a NUL.
    const bool is_comparable =
        !is_deep && !body.starts_with("\xEF\xBB\xBF") && body.find('\0') == std::string_view::npos;
    const bool is_json = page.has_value() || !page.error().syntax;
    const std::optional<bool> elsewhere = is_json_elsewhere(body);
    if (is_comparable && elsewhere)
        require(is_json == *elsewhere, "JSON is what another reader takes for JSON",
                page ? "taken" : page.error().what);
    if (!page) {
        require_message(page.error().what);
        require(page.error().offset <= body.size(), "a problem lies in the text");
        return;
    }
    require(page->rows == rows, "rows are counted");
    if (!elsewhere) return;
    const json other = json::parse(body);
    require(other.is_object(), "a page is an object");
    if (page->next_link && other.contains("@odata.nextLink") &&
        other["@odata.nextLink"].is_string())
        require(!page->next_link->empty() || other["@odata.nextLink"] == "",
                "a link is read as it is written");
}

void check_answer(std::string_view body) {
    const UtcTime from = parse_iso_instant("2026-11-01T00:00:00Z")->at;
    const TimeWindow window{from, from + std::chrono::hours(24 * 30)};
    const auto answer = read_sign_in_answer(body, window);
    if (!answer) return;
    for (std::size_t i = 0; i < answer->rows.size(); ++i) {
        const Observation seen = answer->rows.at(i);
        require(seen.at && window.contains(*seen.at), "no row lies outside the question");
        require(!seen.account.empty() || !seen.user_id.empty(), "a sign-in is somebody's");
        require(seen.sign_ins > 0 && seen.messages == 0, "a sign-in counts no messages");
    }
    if (answer->unreadable > 0) require_message(answer->first_unreadable);
}

}  // namespace

void sign_in_json(std::string_view bytes) {
    check_page(bytes);
    check_answer(bytes);
    SignInRow row;
    if (const auto problem = parse_sign_in(bytes, row)) require_message(problem->what);
    const Pieces whole = split_json(bytes, bytes.size() + 1);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}}) {
        const Pieces pieces = split_json(bytes, step);
        require(whole.records == pieces.records && whole.wrappers == pieces.wrappers &&
                    whole.error == pieces.error,
                "records do not depend on blocks", whole.error + " / " + pieces.error);
    }
    check_evidence(std::string(bytes), DateFormat::automatic);
}

}  // namespace smtpaudit::fuzz
