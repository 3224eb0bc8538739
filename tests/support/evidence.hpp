// Files of evidence from texts, in any encoding, and what reading them gives.
#pragma once

#include "sources/evidence_file.hpp"
#include "support/fakes.hpp"
#include "support/recording_sink.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit::test {

// For texts of ASCII and of two- and three-byte characters.
inline std::string to_utf16(std::string_view utf8, bool big_endian) {
    std::string out;
    const auto put = [&](unsigned unit) {
        const char low = static_cast<char>(unit & 0xFFU);
        const char high = static_cast<char>(unit >> 8U);
        out += big_endian ? high : low;
        out += big_endian ? low : high;
    };
    for (std::size_t i = 0; i < utf8.size();) {
        const auto byte = [&](std::size_t at) {
            return static_cast<unsigned>(static_cast<unsigned char>(utf8[at]));
        };
        if (byte(i) < 0x80) {
            put(byte(i));
            i += 1;
        } else if (byte(i) < 0xE0) {
            put((byte(i) & 0x1FU) << 6U | (byte(i + 1) & 0x3FU));
            i += 2;
        } else {
            put((byte(i) & 0x0FU) << 12U | (byte(i + 1) & 0x3FU) << 6U | (byte(i + 2) & 0x3FU));
            i += 3;
        }
    }
    return out;
}

struct Evidence {
    std::string kind;  // empty: not recognised
    bool has_record_ids = false;
    Coverage coverage;
    std::vector<std::string> seen;
    std::uint64_t messages = 0;
    std::string error;  // empty: none
    Errc code = Errc::input;

    bool noted(std::string_view part) const {
        for (const std::string& note : coverage.notes)
            if (note.find(part) != std::string::npos) return true;
        return false;
    }
};

inline Evidence read_evidence(std::string bytes, const EvidenceOptions& options = {},
                              std::size_t step = 64 * 1024) {
    Evidence out;
    RecordingSink sink;
    auto file =
        EvidenceFile::open(std::make_unique<TextSource>(std::move(bytes), step), "f.csv", options);
    if (file) {
        out.kind = file->kind().id;
        out.has_record_ids = file->has_record_ids();
        auto coverage = file->read(sink);
        if (coverage)
            out.coverage = *coverage;
        else
            file = tl::unexpected(coverage.error());
    }
    if (!file) {
        out.error = file.error().message;
        out.code = file.error().code;
    }
    out.seen = sink.seen;
    out.messages = sink.messages;
    return out;
}

inline Evidence read_evidence(std::string bytes, DateFormat format) {
    EvidenceOptions options;
    options.date_format = format;
    return read_evidence(std::move(bytes), options);
}

}  // namespace smtpaudit::test
