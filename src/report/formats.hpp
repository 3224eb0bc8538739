// The functions behind the table of writers: one file each.
#pragma once

#include "report/writer.hpp"

namespace smtpaudit {

Result<void> write_table(const Report& report, const WriteOptions& options, ByteSink& sink);
Result<void> write_csv(const Report& report, const WriteOptions& options, ByteSink& sink);
Result<void> write_json(const Report& report, const WriteOptions& options, ByteSink& sink);
Result<void> write_jsonl(const Report& report, const WriteOptions& options, ByteSink& sink);
Result<void> write_prometheus(const Report& report, const WriteOptions& options, ByteSink& sink);
Result<void> write_markdown(const Report& report, const WriteOptions& options, ByteSink& sink);
Result<void> write_html(const Report& report, const WriteOptions& options, ByteSink& sink);
Result<void> write_inventory(const Report& report, const WriteOptions& options, ByteSink& sink);

}  // namespace smtpaudit
