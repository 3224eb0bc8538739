// Reading bytes as a file of evidence, for the targets of its kinds.
#pragma once

#include "fuzz/fuzz.hpp"

#include "base/text.hpp"
#include "sources/evidence_file.hpp"
#include "support/fakes.hpp"
#include "support/recording_sink.hpp"

#include <optional>
#include <set>
#include <vector>

namespace smtpaudit::fuzz {

// Keeps what was told, and holds every observation to what the header promises.
class CheckingSink final : public EvidenceSink {
public:
    test::RecordingSink kept;
    std::set<Day> days;

    void observe(const Observation& seen) override {
        std::uint64_t tls = 0;
        for (const std::uint64_t count : seen.tls) tls += count;
        require(tls == seen.messages, "the TLS versions sum to the messages");
        require(seen.messages == 0 || seen.sign_ins == 0, "messages and sign-ins are never mixed");
        require(!seen.account.empty() || !seen.user_id.empty(), "an observation is somebody's");
        require(seen.line > 0, "an observation has its line");
        if (seen.at) {
            days.insert(day_of(*seen.at));
            const auto again = parse_iso_instant(format_utc(*seen.at));
            require(again && again->at == *seen.at, "an instant is read again as it was");
        }
        kept.observe(seen);
    }
    void account(const AccountFacts& facts) override { kept.account(facts); }
    void tenant(const TenantFacts& facts) override { kept.tenant(facts); }
};

struct ReadFile {
    std::string kind;  // empty: not recognised
    std::optional<Coverage> coverage;  // absent: see error
    std::string error;
    std::vector<std::string> seen;
    std::set<Day> days;
};

inline ReadFile read_file(const std::string& text, DateFormat format, std::size_t step) {
    ReadFile out;
    EvidenceOptions options;
    options.date_format = format;
    auto file =
        EvidenceFile::open(std::make_unique<test::TextSource>(text, step), "f.csv", options);
    if (!file) {
        out.error = file.error().message;
        return out;
    }
    out.kind = file->kind().id;
    if (!file->kind().is_evidence) return out;
    CheckingSink sink;
    auto coverage = file->read(sink);
    out.seen = std::move(sink.kept.seen);
    out.days = std::move(sink.days);
    if (coverage)
        out.coverage = std::move(*coverage);
    else
        out.error = coverage.error().message;
    return out;
}

// Reads it twice in different pieces, and its days by themselves.
inline ReadFile check_evidence(const std::string& text, DateFormat format) {
    ReadFile once = read_file(text, format, std::size_t{64} * 1024);
    const ReadFile pieces = read_file(text, format, 3);
    require(once.seen == pieces.seen && once.error == pieces.error && once.kind == pieces.kind,
            "rows do not depend on how the bytes come");
    if (!once.error.empty()) require_message(once.error);
    if (!once.coverage) return once;
    require(once.coverage->source == once.kind, "coverage is of the kind that was recognised");
    for (const std::string& note : once.coverage->notes)
        require(is_safe_text(note, false), "a note is one printable line", note);
    EvidenceOptions options;
    options.date_format = format;
    auto again = EvidenceFile::open(std::make_unique<test::TextSource>(text), "f.csv", options);
    require(again.has_value(), "a file that was opened opens again");
    const auto days = again->days();
    require(days.has_value(), "a file that was read tells its days");
    for (const Day day : once.days)
        require(days->contains(day), "the days alone hold every day of a row", format_day(day));
    return once;
}

constexpr DateFormat k_date_formats[] = {DateFormat::automatic, DateFormat::iso, DateFormat::dmy,
                                         DateFormat::mdy};

// The bytes as a file if they are one, else as the rows of one with this header, so that the fuzzer
// need not find captions.
inline ReadFile check_with_header(std::string_view bytes, std::string_view header) {
    const DateFormat format = k_date_formats[take_choice(bytes) % std::size(k_date_formats)];
    const std::string text(bytes);
    const bool is_file =
        EvidenceFile::open(std::make_unique<test::TextSource>(text), "f.csv", {}).has_value();
    return check_evidence(is_file ? text : std::string(header) + "\n" + text, format);
}

}  // namespace smtpaudit::fuzz
