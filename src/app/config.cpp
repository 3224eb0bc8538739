#include "app/config.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <algorithm>
#include <array>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_bytes = std::size_t{256} * 1024;

// What may stand in [rank]; the names are the long options without their dashes.
struct TextKey {
    std::string_view name;
    std::optional<std::string> Options::*place;
};
struct NumberKey {
    std::string_view name;
    std::optional<int> Options::*place;
};
constexpr std::array k_text_keys = {
    TextKey{"date-format", &Options::date_format}, TextKey{"columns", &Options::columns},
    TextKey{"inventory", &Options::inventory},     TextKey{"cutoff", &Options::cutoff},
    TextKey{"timeline", &Options::timeline},       TextKey{"weights", &Options::weights},
    TextKey{"format", &Options::format},           TextKey{"only", &Options::only},
    TextKey{"min-band", &Options::min_band},       TextKey{"fail-on", &Options::fail_on},
};
constexpr std::array k_number_keys = {
    NumberKey{"window", &Options::window},
    NumberKey{"period", &Options::period},
    NumberKey{"top", &Options::top},
};

std::string place(const std::string& path, const toml::source_region& source) {
    return fmt::format("{}:{}:{}", path, source.begin.line, source.begin.column);
}

Result<void> read_key(const toml::key& toml_key, const toml::node& node, const std::string& path,
                      Options& options) {
    const std::string_view key = toml_key.str();
    const auto is_key = [&](const auto& known) { return known.name == key; };
    const auto text = std::find_if(k_text_keys.begin(), k_text_keys.end(), is_key);
    if (text != k_text_keys.end()) {
        const auto value = node.value_exact<std::string>();
        if (!value)
            return fail(Errc::input,
                        fmt::format("{}: \"{}\" is no text", place(path, toml_key.source()), key));
        if (!(options.*text->place)) options.*text->place = *value;
        return {};
    }
    const auto number = std::find_if(k_number_keys.begin(), k_number_keys.end(), is_key);
    if (number == k_number_keys.end())
        return fail(Errc::input, fmt::format("{}: there is no setting \"{}\" in [rank]",
                                             place(path, toml_key.source()), key));
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < 0 || *value > 1'000'000'000)
        return fail(Errc::input, fmt::format("{}: \"{}\" is no whole number",
                                             place(path, toml_key.source()), key));
    if (!(options.*number->place)) options.*number->place = static_cast<int>(*value);
    return {};
}

Result<void> read_config(const toml::table& table, const std::string& path, Options& options) {
    for (const auto& [name, node] : table) {
        const toml::table* section = node.as_table();
        if (name.str() != "rank" || section == nullptr)
            return fail(Errc::input, fmt::format("{}: there is no section \"{}\"; there is [rank]",
                                                 place(path, name.source()), name.str()));
        for (const auto& [key, value] : *section) SA_CHECK(read_key(key, value, path, options));
    }
    return {};
}

std::optional<std::string> default_path(const World& world) {
    if (!world.environment) return std::nullopt;
    if (const auto folder = world.environment("XDG_CONFIG_HOME"))
        return *folder + "/smtpaudit/config.toml";
    if (const auto home = world.environment("HOME"))
        return *home + "/.config/smtpaudit/config.toml";
    return std::nullopt;
}

}  // namespace

Result<Options> with_config(Options options, const World& world) {
    const auto path = options.config ? options.config : default_path(world);
    if (!path) return options;
    if (!options.config && world.files.kind(*path) == PathKind::absent) return options;
    SA_TRY(const std::string text, read_text(world.files, *path, k_most_bytes));
    try {
        SA_CHECK(read_config(toml::parse(text), *path, options));
    } catch (const toml::parse_error& error) {
        return fail(Errc::input,
                    fmt::format("{}: is not valid TOML here", place(*path, error.source())));
    }
    return options;
}

}  // namespace smtpaudit
