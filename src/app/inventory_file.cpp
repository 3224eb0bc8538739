#include "app/inventory_file.hpp"

#include "base/text.hpp"
#include "sources/csv.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <optional>

namespace smtpaudit {
namespace {

enum Column : std::size_t { k_match, k_name, k_class, k_owner, k_site, k_columns };
constexpr std::array<std::string_view, k_columns> k_column_names = {"match", "name", "class",
                                                                    "owner", "site"};
constexpr std::string_view k_advice = "see docs/files.md, \"Inventory\"";

using Places = std::array<std::optional<std::size_t>, k_columns>;

Result<Places> find_columns(const CsvReader& csv) {
    Places places;
    for (std::size_t i = 0; i < csv.header().size(); ++i) {
        const std::string caption = fold_case(csv.header()[i]);
        const auto* const at = std::find(k_column_names.begin(), k_column_names.end(), caption);
        if (at == k_column_names.end())
            return fail(Errc::input,
                        fmt::format("{}:1: the inventory has no column {}; its columns are "
                                    "match,name,class,owner,site",
                                    csv.name(), in_quotes(csv.header()[i])));
        places[static_cast<std::size_t>(at - k_column_names.begin())] = i;
    }
    if (!places[k_match])
        return fail(Errc::input,
                    fmt::format("{}:1: the column \"match\" is missing; {}", csv.name(), k_advice));
    return places;
}

Result<InventoryEntry> read_entry(const CsvReader& csv, const Places& places) {
    const auto text = [&](Column column) {
        if (!places[column]) return std::string();
        std::string_view found = trim(csv.field(*places[column]));
        // The apostrophe that the inventory writer puts before what a spreadsheet would run.
        if (found.size() > 1 && found[0] == '\'' &&
            std::string_view("=+-@").find(found[1]) != std::string_view::npos)
            found.remove_prefix(1);
        return std::string(found);
    };
    InventoryEntry entry;
    entry.match = text(k_match);
    entry.name = text(k_name);
    entry.owner = text(k_owner);
    entry.site = text(k_site);
    entry.line = csv.line();
    if (entry.match.empty())
        return tl::unexpected(csv.error(*places[k_match], "empty",
                                        "an address, an IP, a CIDR or a pattern with * goes here"));
    const std::string name = fold_case(text(k_class));
    if (!name.empty()) {
        entry.is_script = name == "script";
        entry.business = parse_business(entry.is_script ? "app" : name);
        if (!entry.business)
            return tl::unexpected(
                csv.error(*places[k_class], in_quotes(name) + " is no class",
                          "use critical, alert, backup, finance, app, script, scanner, "
                          "person or unknown"));
    }
    return entry;
}

}  // namespace

Result<Inventory> read_inventory(const Files& files, const std::string& path) {
    SA_TRY(std::unique_ptr<ByteSource> bytes, files.open(path));
    CsvOptions options;
    options.known = [](std::span<const std::string_view> cells) {
        return static_cast<std::size_t>(
            std::count_if(cells.begin(), cells.end(), [](std::string_view cell) {
                return std::find(k_column_names.begin(), k_column_names.end(),
                                 fold_case(trim(cell))) != k_column_names.end();
            }));
    };
    SA_TRY(CsvReader csv, CsvReader::open(std::move(bytes), path, options));
    SA_TRY(const Places places, find_columns(csv));
    Inventory inventory;
    inventory.source = path;
    for (;;) {
        SA_TRY(const bool more, csv.next());
        if (!more) return inventory;
        SA_TRY(InventoryEntry entry, read_entry(csv, places));
        inventory.add(std::move(entry));
    }
}

}  // namespace smtpaudit
