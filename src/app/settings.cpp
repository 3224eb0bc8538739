#include "app/settings.hpp"

#include "app/inventory_file.hpp"
#include "app/products_file.hpp"
#include "app/weights_file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

constexpr std::size_t k_small_file = std::size_t{16} * 1024 * 1024;
constexpr int k_longest_window = 3650;
constexpr int k_longest_period = 90;  // the page's longest range (facts/exchange.md 1.1)
constexpr std::size_t k_terminal_top = 15;

Result<int> whole_number(const char* option, int value, int least, int most) {
    if (value < least || value > most)
        return fail(Errc::usage,
                    fmt::format("{}: {} is not from {} to {}", option, value, least, most));
    return value;
}

Result<DateFormat> date_format(const std::optional<std::string>& text) {
    if (!text) return DateFormat::automatic;
    if (*text == "iso") return DateFormat::iso;
    if (*text == "dmy") return DateFormat::dmy;
    if (*text == "mdy") return DateFormat::mdy;
    return fail(Errc::usage, fmt::format("--date-format: \"{}\" is none of iso, dmy, mdy", *text));
}

Result<Band> band(const char* option, const std::string& text) {
    if (const auto found = parse_band(text)) return *found;
    return fail(Errc::usage, fmt::format("{}: \"{}\" is none of info, low, medium, high, critical",
                                         option, text));
}

Result<const Writer*> writer(const char* option, std::string_view name) {
    if (const Writer* found = find_writer(name)) return found;
    std::string names;
    for (const Writer& known : all_writers())
        names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
    return fail(Errc::usage, fmt::format("{}: \"{}\" is none of {}", option, name, names));
}

Result<UtcTime> now_of(const CommandContext& context) {
    const auto& text = context.options.now;
    if (!text) return context.world.clock.now();
    if (const auto at = parse_iso_instant(*text)) return at->at;
    return fail(Errc::usage, fmt::format("--now: \"{}\" is not an instant like "
                                         "2026-11-23T12:00:00Z or a day like 2026-11-23",
                                         *text));
}

Result<Timeline> timeline(const CommandContext& context) {
    const auto& path = context.options.timeline;
    if (!path) return built_in_timeline();
    SA_TRY(const std::string text, read_text(context.world.files, *path, k_small_file));
    return parse_timeline(text, *path);
}

}  // namespace

WriteOptions screen_options(const CommandContext& context) {
    const World& world = context.world;
    WriteOptions options;
    const auto term = world.environment ? world.environment("TERM") : std::nullopt;
    const bool no_color = world.environment && world.environment("NO_COLOR").has_value();
    options.color = world.out_is_terminal && !context.options.no_color && !no_color &&
                    term.value_or("") != "dumb";
    options.columns = world.out_is_terminal ? world.columns : 0;
    return options;
}

Result<EvidenceSettings> evidence_settings(const CommandContext& context) {
    const Options& o = context.options;
    EvidenceSettings settings;
    SA_TRY(settings.options.date_format, date_format(o.date_format));
    settings.options.stop = context.world.stop;
    if (o.time_zone) {
        SA_TRY(settings.time_zone, read_time_zone(context.world.files, *o.time_zone));
    }
    if (o.columns) {
        SA_TRY(const std::string text, read_text(context.world.files, *o.columns, k_small_file));
        SA_CHECK(settings.options.captions.add(text, *o.columns));
    }
    Inventory inventory;
    if (o.inventory) {
        SA_TRY(inventory, read_inventory(context.world.files, *o.inventory));
    }
    settings.inventory = std::make_shared<const Inventory>(std::move(inventory));
    return settings;
}

Result<RankingOptions> ranking_options(const CommandContext& context,
                                       std::shared_ptr<const Inventory> inventory) {
    const Options& o = context.options;
    RankingOptions options;
    SA_TRY(options.now, now_of(context));
    SA_TRY(options.timeline, timeline(context));
    SA_TRY(options.cutoff,
           choose_cutoff(options.timeline, o.cutoff.value_or("2025-09"), day_of(options.now)));
    SA_TRY(options.window_days,
           whole_number("--window", o.window.value_or(90), 1, k_longest_window));
    if (o.period) {
        SA_TRY(options.table_days, whole_number("--period", *o.period, 1, k_longest_period));
    }
    if (o.weights) {
        SA_TRY(options.weights, read_weights(context.world.files, *o.weights));
    }
    options.inventory = std::move(inventory);
    if (o.products) {
        SA_TRY(std::vector<Product> products, read_products(context.world.files, *o.products));
        ProductList all = ProductList::built_in();
        all.add(std::move(products));
        options.products = std::make_shared<const ProductList>(std::move(all));
    }
    return options;
}

Result<WriteOptions> write_options(const CommandContext& context, bool to_screen) {
    const Options& o = context.options;
    WriteOptions options = to_screen ? screen_options(context) : WriteOptions{};
    if (o.top) {
        SA_TRY(const int top, whole_number("--top", *o.top, 0, 1'000'000'000));
        options.top = static_cast<std::size_t>(top);
    } else if (to_screen && context.world.out_is_terminal) {
        options.top = k_terminal_top;
    }
    if (o.only) {
        if (*o.only != "accounts" && *o.only != "devices")
            return fail(Errc::usage,
                        fmt::format("--only: \"{}\" is none of accounts, devices", *o.only));
        options.only = *o.only == "accounts" ? Section::accounts : Section::devices;
    }
    if (o.min_band) {
        SA_TRY(options.min_band, band("--min-band", *o.min_band));
    }
    options.csv_raw = o.csv_raw;
    options.csv_bom = o.csv_bom;
    return options;
}

Result<OutputSettings> output_settings(const CommandContext& context) {
    const Options& o = context.options;
    OutputSettings settings;
    OutputTarget first;
    SA_TRY(first.writer, writer("--format", o.format.value_or("table")));
    first.path = o.output.value_or("-") == "-" ? "" : *o.output;
    SA_TRY(first.options, write_options(context, first.path.empty()));
    settings.targets.push_back(first);
    for (const std::string& text : o.out) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals + 1 == text.size())
            return fail(Errc::usage, fmt::format("--out: \"{}\" is not FORMAT=FILE, for example "
                                                 "json=run.json",
                                                 text));
        OutputTarget target;
        SA_TRY(target.writer, writer("--out", std::string_view(text).substr(0, equals)));
        target.path = text.substr(equals + 1);
        SA_TRY(target.options, write_options(context, false));
        for (const OutputTarget& other : settings.targets)
            if (other.path == target.path)
                return fail(Errc::usage, fmt::format("--out: {} is named twice", target.path));
        settings.targets.push_back(std::move(target));
    }
    if (o.fail_on) {
        SA_TRY(settings.fail_on, band("--fail-on", *o.fail_on));
    }
    return settings;
}

}  // namespace smtpaudit
