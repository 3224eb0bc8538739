#include "app/weights_file.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <algorithm>
#include <cmath>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_bytes = std::size_t{64} * 1024;

std::string place(const std::string& path, const toml::source_region& source) {
    return fmt::format("{}:{}:{}", path, source.begin.line, source.begin.column);
}

// Tables nest as the dots of a name do: [impact.business] scanner = 14.
Result<void> read_table(const toml::table& table, const std::string& prefix,
                        const std::string& path, Weights& weights) {
    for (const auto& [key, node] : table) {
        const std::string name =
            prefix.empty() ? std::string(key.str()) : fmt::format("{}.{}", prefix, key.str());
        if (const toml::table* inner = node.as_table()) {
            SA_CHECK(read_table(*inner, name, path, weights));
            continue;
        }
        const auto names = weight_names();
        const auto known = std::find_if(names.begin(), names.end(), [&](const WeightName& weight) {
            return weight.name == name;
        });
        if (known == names.end())
            return fail(Errc::input, fmt::format("{}: no weight has the name \"{}\"; see "
                                                 "docs/risk-model.md",
                                                 place(path, key.source()), printable(name)));
        const auto value = node.value<double>();
        if (!value || !std::isfinite(*value) || *value < 0 || *value > 100)
            return fail(Errc::input, fmt::format("{}: \"{}\" is not a number from 0 to 100",
                                                 place(path, key.source()), name));
        *known->place(weights) = *value;
    }
    return {};
}

}  // namespace

Result<Weights> read_weights(const Files& files, const std::string& path) {
    SA_TRY(const std::string text, read_text(files, path, k_most_bytes));
    Weights weights;
    try {
        const toml::table table = toml::parse(text);
        SA_CHECK(read_table(table, "", path, weights));
    } catch (const toml::parse_error& error) {
        return fail(Errc::input,
                    fmt::format("{}: is not valid TOML here", place(path, error.source())));
    }
    return weights;
}

}  // namespace smtpaudit
