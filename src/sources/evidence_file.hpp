// Files of evidence, told apart by what they hold and never by their name.
#pragma once

#include "base/files.hpp"
#include "base/time.hpp"
#include "model/coverage.hpp"
#include "model/observation.hpp"
#include "sources/column_captions.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

namespace smtpaudit {

// How a date without a year in front is read. A file whose dates allow both orders is refused
// under `automatic`: it is never guessed.
enum class DateFormat : std::uint8_t { automatic, iso, dmy, mdy };

struct EvidenceOptions {
    DateFormat date_format = DateFormat::automatic;
    CaptionTable captions = CaptionTable::built_in();
    std::stop_token stop;  // looked at between blocks; a stop is Errc::interrupted
};

struct FileKind {
    std::string_view id;  // "smtp_auth_report", also Coverage::source
    std::string_view title;  // "SmtpCSReport download", for people
    // What its observations carry, and so what "counted twice" can be decided by.
    bool has_dates;
    bool has_record_ids;  // if the file has the column: EvidenceFile::has_record_ids()
    bool is_evidence;  // false: a run document, read by report/ and not through read()
};

// One open file. Move-only.
class EvidenceFile {
public:
    // Reads the beginning and recognises the kind. Anything unknown, and an xlsx, PNG, message
    // trace or inventory given by mistake, is Errc::input with a line that says what it looks
    // like. `name` is for messages.
    static Result<EvidenceFile> open(std::unique_ptr<ByteSource> bytes, std::string name,
                                     const EvidenceOptions& options);
    EvidenceFile(EvidenceFile&&) noexcept;
    EvidenceFile& operator=(EvidenceFile&&) noexcept;
    ~EvidenceFile();

    const FileKind& kind() const;
    // Of this file: false where its kind has ids but the column is missing.
    bool has_record_ids() const;
    // Pushes every row into the sink; once. A malformed row ends it: Errc::input with
    // name:line:column; what was pushed before must then be thrown away by the caller.
    Result<Coverage> read(EvidenceSink& sink);
    // The days on which the file has rows, in a fraction of the time of read(); once, instead of
    // it. Empty: it has no dates. It may miss what is malformed elsewhere in a row.
    Result<std::set<Day>> days();
    // The whole decoded text (of a run document); once, instead of read().
    Result<std::string> text(std::size_t limit);

    struct State;

private:
    explicit EvidenceFile(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace smtpaudit
