// The seam between an evidence file and the kinds of file: what a kind must give to be in the
// table of all_sources.cpp. Internal to this room.
#pragma once

#include "model/coverage.hpp"
#include "model/observation.hpp"
#include "sources/csv.hpp"
#include "sources/decode.hpp"
#include "sources/evidence_file.hpp"
#include "sources/table_header.hpp"

#include <string_view>

namespace smtpaudit {

struct KindEntry {
    FileKind kind;
    // Of a table with record ids: the column they are in, which a file may lack; empty: it never
    // does.
    std::string_view record_id_column = {};
    // Of a table with dates: the column that alone decides the days of its rows; empty: none does,
    // and all of a row is read to know its day.
    std::string_view day_column = {};
    // JSON kinds, tried on a text that begins with { or [: the opening is up to the first 64 KiB,
    // and may end anywhere. Null: no JSON.
    bool (*is_json)(const JsonOpening& opening) = nullptr;
    // Reads the whole text. Null for a kind that is no evidence.
    Result<Coverage> (*read_json)(TextDecoder& text, const EvidenceOptions& options,
                                  EvidenceSink& sink) = nullptr;
    // Delimited kinds: by the header record alone. Null: not delimited.
    bool (*is_table)(const TableHeader& header) = nullptr;
    // Reads all records behind the header. Also refuses a header that lacks a needed column.
    Result<Coverage> (*read_table)(CsvReader& csv, const TableHeader& header,
                                   const EvidenceOptions& options, EvidenceSink& sink) = nullptr;
};

}  // namespace smtpaudit
