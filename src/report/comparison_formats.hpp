// The output formats of smtpaudit diff, by the same names as those of writer.hpp.
#pragma once

#include "base/files.hpp"
#include "model/comparison.hpp"
#include "report/writer.hpp"

#include <span>
#include <string_view>

namespace smtpaudit {

struct ComparisonWriter {
    std::string_view name;
    Result<void> (*write)(const Comparison&, const WriteOptions&, ByteSink&);
};

std::span<const ComparisonWriter> all_comparison_writers();
const ComparisonWriter* find_comparison_writer(std::string_view name);

// Behind the table of writers.
Result<void> write_comparison_table(const Comparison&, const WriteOptions&, ByteSink&);
Result<void> write_comparison_csv(const Comparison&, const WriteOptions&, ByteSink&);
Result<void> write_comparison_json(const Comparison&, const WriteOptions&, ByteSink&);
Result<void> write_comparison_markdown(const Comparison&, const WriteOptions&, ByteSink&);

// "LOUDER", "What is new": how a kind is called over its rows.
std::string_view change_title(ChangeKind kind);
// "3 new · 1 relapsed · 45 unchanged", in parts.
std::vector<std::string> change_counts(const Comparison& comparison);
// "medium → high", or the one that is known.
std::string band_words(const Change& change);
std::string priority_words(const Change& change);
std::string rate_words(const Change& change);  // "40 → 120"; s after sign-ins; – is unknown

}  // namespace smtpaudit
