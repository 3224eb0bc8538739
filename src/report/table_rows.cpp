#include "report/table_rows.hpp"

#include "base/text.hpp"
#include "report/row_facts.hpp"
#include "report/table_head.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <limits>
#include <numeric>

namespace smtpaudit {
namespace {

// What gives way first on a narrow screen: the reasons, then the names, then whole columns. What to
// do is kept readable: it is what the table is for.
const std::vector<GridStep>& narrow_steps() {
    static const std::vector<GridStep> steps = {
        {c_why, 30},  {c_do, 30},  {c_tenant, 16}, {c_id, 40},     {c_why, 20},
        {c_do, 20},   {c_id, 24},  {c_why, 16},    {c_tenant, 10}, {c_id, 20},
        {c_links, 0}, {c_why, 14}, {c_oauth, 0},   {c_why, 0},     {c_do, 16},
        {c_id, 16},   {c_last, 0}, {c_do, 8},      {c_tenant, 6},  {c_basic, 0},
    };
    return steps;
}

// Bands fall with the rank.
std::size_t count_at_least(const RowList& rows, Band band) {
    std::size_t low = 0, high = rows.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (rows.head(middle).band >= band)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

std::string count_cell(std::uint64_t count) { return count == 0 ? "–" : group_thousands(count); }

std::string basic_cell(const Row& row, bool dated, Footnotes& notes) {
    const MessageCounts& counts = is_undated(row) ? row.messages : row.messages_30d;
    if (row.messages.total() == 0 && row.sign_ins.basic_ok > 0) {
        notes.sign_ins = true;
        return group_thousands(row.sign_ins.basic_ok) + "s";
    }
    const bool unknown = counts.basic == 0 && counts.unknown > 0;
    std::string cell = count_cell(unknown ? counts.unknown : counts.basic);
    if (unknown) {
        notes.unknown_protocol = true;
        cell += '?';
    }
    if (is_undated(row) && dated) {
        notes.undated = true;
        cell += '*';
    }
    return cell;
}

// Days count back from the end of the evidence.
std::string last_cell(const Row& row, Day end) {
    if (!row.last_basic) return "–";
    const Day last = day_of(*row.last_basic);
    if (last == end) return "today";
    constexpr int k_same_date_again = 300;
    if (days_between(last, end) > k_same_date_again) return date_words(last, Precision::month);
    return format_day_short(last);
}

std::string id_cell(const Row& row, bool is_device) {
    const bool named = is_device && !row.name.empty() && row.name != row.id;
    return printable(named ? row.id + " " + row.name : row.id);
}

std::string why_words(const Row& row) {
    if (!row.accepted) return row.why;
    return fmt::format("accepted until {}; {}", format_day_long(row.accepted->until), row.why);
}

Grid section_grid(const Report& report, bool is_device) {
    return Grid({{"#", true},
                 {"BAND"},
                 {"PRI", true},
                 {report.tenants.empty() ? "" : "TENANT"},
                 {is_device ? "DEVICE" : "ACCOUNT"},
                 {report.from ? "BASIC/30D" : "BASIC", true},
                 {"OAUTH", true},
                 {"LAST"},
                 {is_device ? "ACCOUNTS" : "ADDR", true},
                 {"WHY"},
                 {"DO"}});
}

void take(PickedRows& picked, std::size_t index, std::size_t top) {
    ++picked.total;
    if (picked.indices.size() < top) picked.indices.push_back(index);
}

}  // namespace

PickedAccounts pick_accounts(const Report& report, const WriteOptions& options) {
    const RowList& rows = *report.accounts;
    const std::size_t top =
        options.top == 0 ? std::numeric_limits<std::size_t>::max() : options.top;
    const std::size_t size =
        options.min_band ? count_at_least(rows, *options.min_band) : rows.size();
    const std::size_t exposed_end = std::min(size, count_at_least(rows, Band::high));
    PickedAccounts out;
    for (std::size_t i = 0; i < size; ++i) {
        const Fate fate = fate_of(rows.head(i).status);
        if (fate == Fate::will_stop) take(out.will_stop, i, top);
        if (fate == Fate::not_sending) take(out.not_sending, i, top);
        if (fate == Fate::safe && i < exposed_end) take(out.exposed, i, top);
    }
    return out;
}

PickedRows pick_devices(const Report& report, const WriteOptions& options) {
    const RowList& rows = *report.devices;
    PickedRows out;
    out.total = options.min_band ? count_at_least(rows, *options.min_band) : rows.size();
    const std::uint64_t shown =
        options.top == 0 ? out.total : std::min<std::uint64_t>(options.top, out.total);
    out.indices.resize(shown);
    std::iota(out.indices.begin(), out.indices.end(), std::size_t{0});
    return out;
}

void BandDoubt::look_at(const RowList& rows, const PickedRows& picked) {
    for (const std::size_t index : picked.indices) {
        const Row row = rows.at(index);
        ++shown;
        if (!has_mark(row, "band_could_change")) continue;
        ++doubtful;
        for (const Factor& factor : row.factors)
            if (!factor.points) missing.insert(printable(factor_words(factor.name)));
    }
}

Grid::Cells section_cells(const Report& report, const SectionText& section, const Row& row,
                          Footnotes& notes) {
    const bool doubt = section.mark_doubt && has_mark(row, "band_could_change");
    notes.doubtful_band |= doubt;
    const auto& linked = section.is_device ? row.linked : row.addresses;
    const MessageCounts& counts = is_undated(row) ? row.messages : row.messages_30d;
    return {
        fmt::format("{}", row.rank),
        std::string(to_string(row.band)) + (doubt ? "?" : ""),
        fmt::format("{}", row.priority),
        printable(row.tenant.value_or("")),
        id_cell(row, section.is_device),
        basic_cell(row, report.from.has_value(), notes),
        count_cell(counts.oauth),
        last_cell(row, report.to.value_or(day_of(report.generated_at))),
        count_cell(linked.size()),
        printable(why_words(row)),
        row.remedy ? printable(row.remedy->title) : "",
    };
}

Result<void> write_section(const Report& report, const SectionText& section,
                           const WriteOptions& options, Footnotes& footnotes, ByteSink& sink) {
    if (section.picked.indices.empty()) return {};
    Grid grid = section_grid(report, section.is_device);
    for (const std::size_t index : section.picked.indices)
        grid.measure(section_cells(report, section, section.rows.at(index), footnotes));
    grid.fit(screen_width(options), narrow_steps());
    std::string title = wrapped("", section.title, screen_width(options));
    title.pop_back();
    SA_CHECK(sink.write("\n" + painted(title, "1", options.color) + "\n"));
    SA_CHECK(sink.write(grid.heading()));
    for (const std::size_t index : section.picked.indices) {
        const Row row = section.rows.at(index);
        const Grid::Cells cells = section_cells(report, section, row, footnotes);
        SA_CHECK(sink.write(options.color ? grid.line(cells, c_band, band_style(row.band))
                                          : grid.line(cells)));
    }
    const std::uint64_t left = section.picked.total - section.picked.indices.size();
    if (left == 0) return {};
    return sink.write(fmt::format(" …  {} more: --top 0\n", group_thousands(left)));
}

}  // namespace smtpaudit
