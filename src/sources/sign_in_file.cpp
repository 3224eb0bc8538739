#include "sources/sign_in_file.hpp"

#include "base/text.hpp"
#include "sources/json_blocks.hpp"
#include "sources/json_splitter.hpp"
#include "sources/sign_in_json.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using Keys = std::set<std::string, std::less<>>;

bool has(const Keys& keys, std::string_view wanted) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](const std::string& key) { return equals_ignoring_case(key, wanted); });
}

bool is_record(const Keys& keys) {
    if (has(keys, "clientAppUsed")) return true;
    if (has(keys, "createdDateTime") && has(keys, "userPrincipalName")) return true;
    return has(keys, "properties") && (has(keys, "resultType") || has(keys, "category"));
}

bool is_sign_in_json(const JsonOpening& opening) {
    if (is_record(opening.keys) || is_record(opening.record_keys)) return true;
    // A Graph answer without rows shows nothing but its frame.
    return opening.record_keys.empty() && has(opening.keys, "value") &&
           fold_case(opening.context).find("signins") != std::string::npos;
}

class JsonFile {
public:
    JsonFile(TextDecoder& text, EvidenceSink& sink)
        : text_(text),
          sink_(sink),
          blocks_(text),
          splitter_(
              text.name(),
              [this](std::string_view record, const TextCursor& at) { return take(record, at); },
              [this](std::string_view wrapper, const TextCursor& at) {
                  return take_wrapper(wrapper, at);
              }) {
        splitter_.set_shortcut(
            [this](std::size_t offset, bool may_hold_list, const TextCursor& at) {
                return take_whole(offset, may_hold_list, at);
            });
    }

    Result<Coverage> read() {
        SA_CHECK(splitter_.read_all(blocks_));
        Coverage coverage = sign_in_file_coverage(tally_);
        if (has_more_) {
            coverage.state = CoverageState::partial;
            coverage.reason =
                "the answer has more pages than this file holds (@odata.nextLink); export them "
                "too, "
                "or use scan";
        }
        return coverage;
    }

private:
    tl::unexpected<Error> refuse(const TextCursor& at, std::string_view what) const {
        return fail(Errc::input, fmt::format("{}: {}; export the sign-ins again as JSON",
                                             at_cursor(text_.name(), at), what));
    }

    Result<void> take(std::string_view record, const TextCursor& at) {
        if (const auto problem = parse_sign_in(record, row_)) {
            TextCursor where = at;
            where.advance(record.substr(0, problem->offset));
            return refuse(where, problem->what);
        }
        return hand_on_row(at);
    }

    Result<std::size_t> take_whole(std::size_t offset, bool may_hold_list, const TextCursor& at) {
        const JsonPlace place = blocks_.place_at(offset);
        const std::size_t length = take_sign_in(place, may_hold_list, row_);
        if (length == 0 || length > k_json_record_limit) return 0;
        SA_CHECK(hand_on_row(at));
        return length;
    }

    Result<void> hand_on_row(const TextCursor& at) {
        auto seen = reader_.read(row_);
        if (!seen) return refuse(at, seen.error());
        if (*seen) {
            (*seen)->line = at.line();
            sink_.observe(**seen);
        }
        return {};
    }

    // What is around a list: the last one says whether more was to come.
    Result<void> take_wrapper(std::string_view wrapper, const TextCursor& at) {
        const auto parsed = nlohmann::json::parse(wrapper.begin(), wrapper.end(), nullptr, false);
        if (!parsed.is_object()) return refuse(at, "what is around the records is not valid JSON");
        const auto link = parsed.find("@odata.nextLink");
        has_more_ = link != parsed.end() && !link->is_null();
        return {};
    }

    TextDecoder& text_;
    EvidenceSink& sink_;
    SignInTally tally_;
    SignInReader reader_{tally_};
    SignInRow row_;
    bool has_more_ = false;
    JsonBlocks blocks_;
    JsonSplitter splitter_;
};

Result<Coverage> read_sign_in_json(TextDecoder& text, const EvidenceOptions&, EvidenceSink& sink) {
    return JsonFile(text, sink).read();
}

}  // namespace

Coverage sign_in_file_coverage(const SignInTally& tally) {
    Coverage coverage;
    coverage.source = "sign_ins";
    coverage.state = CoverageState::complete;
    coverage.from = tally.first;
    coverage.to = tally.last;
    coverage.rows = tally.smtp_rows;
    coverage.files = 1;
    coverage.notes = tally.notes();
    if (tally.smtp_rows == 0)
        coverage.notes.emplace_back(tally.other_rows == 0 ? "no rows"
                                                          : "no row is an SMTP AUTH sign-in");
    return coverage;
}

constinit const KindEntry k_sign_in_json_kind = {
    .kind = {.id = "sign_ins",
             .title = "Entra sign-in export (JSON)",
             .has_dates = true,
             .has_record_ids = true,
             .is_evidence = true},
    .is_json = is_sign_in_json,
    .read_json = read_sign_in_json,
    .is_table = nullptr,
    .read_table = nullptr,
};

}  // namespace smtpaudit
