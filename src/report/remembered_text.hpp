// The senders that only the local history knows, in the formats for people. Each is nothing where
// there are none.
#pragma once

#include "model/report.hpp"
#include "report/writer.hpp"

#include <string>

namespace smtpaudit {

Result<void> write_remembered(const Report& report, const WriteOptions& options, ByteSink& sink);

// What explain says of one.
Result<void> write_remembered_explanation(const Remembered& one, const WriteOptions& options,
                                          ByteSink& sink);

// A part of the HTML report: a section of its own, because these have no band and no counts to sort
// or filter by.
std::string html_remembered(const Report& report);

// A section of the Markdown, of at most fifty rows.
std::string markdown_remembered(const Report& report, const WriteOptions& options);

}  // namespace smtpaudit
