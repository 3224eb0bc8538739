#include "sources/recognise.hpp"

#include "base/text.hpp"
#include "sources/all_sources.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <vector>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_in_message = 12;

struct Mistake {
    std::string_view looks_like;
    std::string_view advice;
    std::array<std::string_view, 3> captions;  // all of them in the header
};

constexpr std::string_view k_give_report =
    "give the SMTP AUTH clients report of the Exchange admin center instead";

// Message traces: the page's export, the downloadable summary and details, Get-MessageTraceV2
// (facts/exchange.md 4.4, 4.7). A trace does not tell the protocol of a submission.
constexpr std::array<Mistake, 6> k_mistakes = {{
    {"a message trace", k_give_report, {"origin_timestamp_utc", "sender_address", "message_id"}},
    {"a message trace", k_give_report, {"message_trace_id", "sender_address", "recipient_address"}},
    {"a message trace", k_give_report, {"sender_address", "recipient_address", "subject"}},
    {"a message trace", k_give_report, {"sender_address", "recipient_status", "message_subject"}},
    {"a message trace detail", k_give_report, {"date_time_utc", "source_context", "event_id"}},
    {"an inventory", "give it with --inventory", {"match", "class", "owner"}},
}};

bool fits(const Mistake& mistake, const TableHeader& header) {
    return std::all_of(
        mistake.captions.begin(), mistake.captions.end(),
        [&](std::string_view caption) { return caption.empty() || header.has_caption(caption); });
}

}  // namespace

const KindEntry* kind_of_json(const JsonOpening& opening) {
    for (const KindEntry* entry : all_file_kinds())
        if (entry->is_json != nullptr && entry->is_json(opening)) return entry;
    return nullptr;
}

const KindEntry* kind_of_table(const TableHeader& header) {
    for (const KindEntry* entry : all_file_kinds())
        if (entry->is_table != nullptr && entry->is_table(header)) return entry;
    return nullptr;
}

Error unknown_json(const std::string& name, const JsonOpening& opening) {
    const auto& keys = opening.record_keys.empty() ? opening.keys : opening.record_keys;
    return {Errc::input,
            fmt::format(
                "{}:1:1: JSON of no kind that is known here ({}); give the report as CSV", name,
                keys.empty()
                    ? std::string("it shows no keys")
                    : "its keys: " + quoted_list(std::vector<std::string>(keys.begin(), keys.end()),
                                                 k_most_in_message))};
}

Error unknown_table(const std::string& name, const TableHeader& header) {
    for (const Mistake& mistake : k_mistakes)
        if (fits(mistake, header))
            return {Errc::input, fmt::format("{}:1:1: looks like {}; {}", name, mistake.looks_like,
                                             mistake.advice)};
    return {
        Errc::input,
        fmt::format("{}:1:1: not a report that is known here; its first line reads {}; give the "
                    "SMTP AUTH clients table or the SmtpCSReport download, or name their "
                    "columns with --columns",
                    name, quoted_list(header.captions(), k_most_in_message))};
}

std::optional<Error> markup(const std::string& name, std::string_view opening) {
    const std::string begin = ascii_lower(trim(opening.substr(0, 200)));
    if (begin.starts_with("<!doctype html") || begin.starts_with("<html"))
        return Error{Errc::input,
                     name +
                         ":1:1: looks like an HTML page, perhaps a sign-in page saved by mistake; "
                         "download the report again in a browser that is signed in"};
    if (begin.starts_with("<?xml"))
        return Error{Errc::input, name + ":1:1: looks like XML; give the export as CSV or JSON"};
    return std::nullopt;
}

}  // namespace smtpaudit
