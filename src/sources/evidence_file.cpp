#include "sources/evidence_file.hpp"

#include "sources/recognise.hpp"
#include "sources/values.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <optional>
#include <utility>

namespace smtpaudit {
namespace {

// Rows come in runs of one day, so most of them cost a comparison.
class DaySet {
public:
    void add(Day day) {
        if (last_ == day) return;
        last_ = day;
        days_.insert(day);
    }
    std::set<Day> take() { return std::move(days_); }

private:
    std::set<Day> days_;
    std::optional<Day> last_;
};

class DaySink final : public EvidenceSink {
public:
    void observe(const Observation& observation) override {
        if (observation.at) days.add(day_of(*observation.at));
    }
    void account(const AccountFacts& /*facts*/) override {}
    void tenant(const TenantFacts& /*facts*/) override {}

    DaySet days;
};

Result<std::set<Day>> days_of_column(CsvReader& csv, std::size_t column, DateFormat format) {
    DateReader dates(format);
    DaySet days;
    for (;;) {
        SA_TRY(const bool found, csv.next());
        if (!found) return days.take();
        const auto date = dates.read(csv.field(column));
        if (!date) return tl::unexpected(csv.error(column, date.error().what, date.error().advice));
        days.add(day_of(date->at));
    }
}

}  // namespace

struct EvidenceFile::State {
    std::string name;
    EvidenceOptions options;
    const KindEntry* entry = nullptr;
    std::optional<TextDecoder> text;  // of JSON
    std::optional<CsvReader> csv;  // of a table
    std::optional<TableHeader> header;

    Result<void> open_json(TextDecoder decoder, const JsonOpening& opening);
    Result<void> open_table(TextDecoder decoder);
};

Result<void> EvidenceFile::State::open_json(TextDecoder decoder, const JsonOpening& opening) {
    entry = kind_of_json(opening);
    if (entry == nullptr) return tl::unexpected(unknown_json(name, opening));
    text.emplace(std::move(decoder));
    return {};
}

Result<void> EvidenceFile::State::open_table(TextDecoder decoder) {
    CsvOptions csv_options;
    csv_options.known = [this](std::span<const std::string_view> cells) {
        return static_cast<std::size_t>(std::count_if(
            cells.begin(), cells.end(),
            [this](std::string_view cell) { return options.captions.column(cell).has_value(); }));
    };
    SA_TRY(CsvReader reader, CsvReader::open(std::move(decoder), csv_options));
    header.emplace(reader.header(), options.captions);
    entry = kind_of_table(*header);
    if (entry == nullptr) return tl::unexpected(unknown_table(name, *header));
    SA_CHECK(header->check_unique(name));
    csv.emplace(std::move(reader));
    return {};
}

EvidenceFile::EvidenceFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
EvidenceFile::EvidenceFile(EvidenceFile&&) noexcept = default;
EvidenceFile& EvidenceFile::operator=(EvidenceFile&&) noexcept = default;
EvidenceFile::~EvidenceFile() = default;

Result<EvidenceFile> EvidenceFile::open(std::unique_ptr<ByteSource> bytes, std::string name,
                                        const EvidenceOptions& options) {
    auto state = std::make_unique<State>();
    state->name = name;
    state->options = options;
    SA_TRY(TextDecoder decoder, TextDecoder::open(std::move(bytes), std::move(name), options.stop));
    if (const auto json = json_opening(decoder.opening())) {
        SA_CHECK(state->open_json(std::move(decoder), *json));
    } else if (auto error = markup(state->name, decoder.opening())) {
        return tl::unexpected(std::move(*error));
    } else {
        SA_CHECK(state->open_table(std::move(decoder)));
    }
    return EvidenceFile(std::move(state));
}

const FileKind& EvidenceFile::kind() const { return state_->entry->kind; }

bool EvidenceFile::has_record_ids() const {
    const KindEntry& entry = *state_->entry;
    if (!entry.kind.has_record_ids || entry.record_id_column.empty())
        return entry.kind.has_record_ids;
    return state_->header && state_->header->has(entry.record_id_column);
}

Result<Coverage> EvidenceFile::read(EvidenceSink& sink) {
    const KindEntry& entry = *state_->entry;
    if (!entry.kind.is_evidence)
        return fail(Errc::input, fmt::format("{}: is a {}, not evidence; give it alone",
                                             state_->name, entry.kind.title));
    SA_TRY(Coverage coverage,
           state_->csv ? entry.read_table(*state_->csv, *state_->header, state_->options, sink)
                       : entry.read_json(*state_->text, state_->options, sink));
    coverage.source = entry.kind.id;
    coverage.files = 1;
    return coverage;
}

Result<std::set<Day>> EvidenceFile::days() {
    const KindEntry& entry = *state_->entry;
    if (state_->csv && !entry.day_column.empty())
        if (const auto column = state_->header->find(entry.day_column))
            return days_of_column(*state_->csv, *column, state_->options.date_format);
    DaySink sink;
    SA_TRY(const Coverage ignored, read(sink));
    (void)ignored;
    return sink.days.take();
}

Result<std::string> EvidenceFile::text(std::size_t limit) {
    if (!state_->text)
        return fail(Errc::input, fmt::format("{}: is a {}, not a run document", state_->name,
                                             state_->entry->kind.title));
    std::string all;
    for (;;) {
        SA_TRY(const std::string_view block, state_->text->next());
        if (block.empty()) return all;
        if (all.size() + block.size() > limit)
            return fail(Errc::input,
                        fmt::format("{}: is larger than {} bytes", state_->name, limit));
        all += block;
    }
}

}  // namespace smtpaudit
