#include "app/accept_file.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <algorithm>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_bytes = std::size_t{4} * 1024 * 1024;
constexpr std::string_view k_advice = R"(one entry is [[accept]] with id, reason, until and owner)";

std::string place(const std::string& path, const toml::source_region& source) {
    return fmt::format("{}:{}:{}", path, source.begin.line, source.begin.column);
}

tl::unexpected<Error> wrong(const std::string& path, const toml::source_region& source,
                            std::string_view what) {
    return fail(Errc::input, fmt::format("{}: {}", place(path, source), what));
}

Result<std::string> text_value(const toml::node& node, const std::string& path,
                               std::string_view key) {
    const auto value = node.value_exact<std::string>();
    if (!value) return wrong(path, node.source(), fmt::format("\"{}\" is no text", key));
    return std::string(trim(*value));
}

Result<Day> day_value(const toml::node& node, const std::string& path) {
    const auto value = node.value_exact<toml::date>();
    if (!value)
        return wrong(path, node.source(),
                     "\"until\" is no date; write it without quotes: until = 2027-01-31");
    if (const auto day = make_day(value->year, value->month, value->day)) return *day;
    return wrong(path, node.source(), "\"until\" is no day of the calendar");
}

Result<void> read_key(std::string_view key, const toml::key& toml_key, const toml::node& node,
                      const std::string& path, AcceptEntry& entry) {
    if (key == "until") {
        SA_TRY(entry.until, day_value(node, path));
        return {};
    }
    std::string* target = key == "id"       ? &entry.id
                          : key == "reason" ? &entry.reason
                          : key == "owner"  ? &entry.owner
                                            : nullptr;
    if (target == nullptr)
        return wrong(path, toml_key.source(),
                     fmt::format("there is no key \"{}\"; {}", printable(key), k_advice));
    SA_TRY(*target, text_value(node, path, key));
    if (target->empty() && key != "owner")
        return wrong(path, node.source(), fmt::format("\"{}\" is empty", key));
    return {};
}

Result<AcceptEntry> read_entry(const toml::node& node, const std::string& path) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return wrong(path, node.source(), k_advice);
    AcceptEntry entry;
    entry.place = place(path, node.source());
    for (const auto& [key, value] : *table) SA_CHECK(read_key(key.str(), key, value, path, entry));
    for (const char* key : {"id", "reason", "until"})
        if (!table->contains(key))
            return wrong(path, node.source(), fmt::format("\"{}\" is missing; {}", key, k_advice));
    return entry;
}

Result<AcceptList> read_list(const toml::table& table, const std::string& path) {
    AcceptList list;
    list.source = path;
    for (const auto& [key, node] : table) {
        const toml::array* entries = node.as_array();
        if (key.str() != "accept" || entries == nullptr)
            return wrong(
                path, key.source(),
                fmt::format("\"{}\" does not belong here; {}", printable(key.str()), k_advice));
        for (const toml::node& one : *entries) {
            SA_TRY(AcceptEntry entry, read_entry(one, path));
            const auto same = std::find_if(list.entries.begin(), list.entries.end(),
                                           [&](const AcceptEntry& other) {
                                               return accept_key(other.id) == accept_key(entry.id);
                                           });
            if (same != list.entries.end())
                return wrong(path, one.source(),
                             fmt::format("its id is accepted at {} already", same->place));
            list.entries.push_back(std::move(entry));
        }
    }
    return list;
}

}  // namespace

Result<AcceptList> read_accept_file(const Files& files, const std::string& path) {
    SA_TRY(const std::string text, read_text(files, path, k_most_bytes));
    try {
        const toml::table table = toml::parse(text);
        return read_list(table, path);
    } catch (const toml::parse_error& error) {
        return fail(Errc::input,
                    fmt::format("{}: is not valid TOML here", place(path, error.source())));
    }
}

}  // namespace smtpaudit
