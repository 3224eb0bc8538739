// The run document: the report as JSON, schema_version "1.0" (cli.md). Written by the "json"
// writer of writer.hpp; read back here.
#pragma once

#include "base/result.hpp"
#include "model/report.hpp"

#include <string>
#include <string_view>

namespace smtpaudit {

// A major schema version we do not know, or anything that is not a run document: Errc::input
// ("name: …"). Members we do not know are ignored.
Result<Report> read_run_document(std::string_view text, const std::string& name);

// JSON Schema (2020-12) of the run document.
std::string_view run_document_schema();

}  // namespace smtpaudit
