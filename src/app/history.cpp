// smtpaudit history: trend and burn-down from the local history; export, prune, check.
#include "analysis/trend.hpp"
#include "app/commands.hpp"
#include "app/history_export.hpp"
#include "app/output.hpp"
#include "app/settings.hpp"
#include "app/store_place.hpp"
#include "base/text.hpp"
#include "report/history_formats.hpp"
#include "store/store.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace smtpaudit {
namespace {

constexpr int k_most_days = 36'500;
constexpr std::size_t k_default_weeks = 13;
constexpr std::size_t k_default_days = 30;

Result<Store> open_store(const CommandContext& context) {
    const StorePlace place = store_place(context);
    if (place.path.empty())
        return fail(Errc::usage, fmt::format("history: there is none: {}; name one with --store",
                                             place.why_none));
    return Store::open(place.path, true, context.world.clock, context.world.stop);
}

// The one that --tenant names, else the only one.
Result<HistoryTenant> choose_tenant(const CommandContext& context, const Store& store) {
    SA_TRY(const std::vector<HistoryTenant> tenants, store.tenants());
    std::string names;
    for (const HistoryTenant& tenant : tenants)
        names += fmt::format("{}{}", names.empty() ? "" : ", ", printable(tenant.name));
    if (const auto& wanted = context.options.sign_in.tenant) {
        const auto found =
            std::find_if(tenants.begin(), tenants.end(), [&](const HistoryTenant& tenant) {
                return fold_case(tenant.name) == fold_case(*wanted) ||
                       fold_case(tenant.id.value_or("")) == fold_case(*wanted);
            });
        if (found != tenants.end()) return *found;
        return fail(Errc::usage, fmt::format("--tenant: the history knows no \"{}\"; it knows: {}",
                                             *wanted, names));
    }
    if (tenants.empty()) return HistoryTenant{};
    if (tenants.size() > 1)
        return fail(
            Errc::usage,
            fmt::format("the history holds several tenants; choose with --tenant: {}", names));
    return tenants.front();
}

struct ViewFormat {
    std::string_view name;
    Result<void> (*write)(const HistoryView&, const WriteOptions&, ByteSink&);
};
constexpr std::array k_formats = {
    ViewFormat{"table", write_history_table},
    ViewFormat{"csv", write_history_csv},
    ViewFormat{"json", write_history_json},
};

Result<const ViewFormat*> format_of(const Options& o) {
    const std::string name = o.format.value_or("table");
    for (const ViewFormat& format : k_formats)
        if (format.name == name) return &format;
    return fail(Errc::usage, fmt::format("--format: \"{}\" is none of table, csv, json", name));
}

Result<TrendStep> step_of(const Options& o) {
    const std::string by = o.by.value_or("week");
    if (by == "day") return TrendStep::day;
    if (by == "week") return TrendStep::week;
    return fail(Errc::usage, fmt::format("--by: \"{}\" is none of day, week", by));
}

Result<std::size_t> last_of(const Options& o, TrendStep step) {
    if (!o.last) return step == TrendStep::day ? k_default_days : k_default_weeks;
    if (*o.last < 0 || *o.last > k_most_days)
        return fail(Errc::usage,
                    fmt::format("--last: {} is not from 0 to {}", *o.last, k_most_days));
    return static_cast<std::size_t>(*o.last);
}

Result<HistoryView> make_view(const CommandContext& context, const Store& store,
                              const RankingOptions& ranking) {
    const Options& o = context.options;
    HistoryView view;
    SA_TRY(view.step, step_of(o));
    SA_TRY(view.last, last_of(o, view.step));
    SA_TRY(const HistoryTenant tenant, choose_tenant(context, store));
    view.title = tenant.name;
    view.store_path = store.path();
    SA_TRY(view.store_bytes, store.bytes());
    SA_TRY(view.runs, store.runs(tenant.key));
    std::vector<HistoryDay> days;
    std::vector<HistoryAccount> accounts;
    if (o.account) {
        view.account = fold_case(trim(*o.account));
        SA_TRY(days, store.account_days(tenant.key, *view.account));
        if (days.empty())
            return fail(Errc::usage,
                        fmt::format("--account: the history knows no account \"{}\"", *o.account));
    } else {
        SA_TRY(days, store.days(tenant.key));
        SA_TRY(accounts, store.accounts(tenant.key));
    }
    view.trend = make_trend(days, accounts, ranking.cutoff, day_of(ranking.now));
    return view;
}

Result<void> show(const CommandContext& context) {
    SA_TRY(const ViewFormat* format, format_of(context.options));
    SA_TRY(const WriteOptions options,
           write_options(context, context.options.output.value_or("-") == "-"));
    SA_TRY(const RankingOptions ranking, ranking_options(context, std::make_shared<Inventory>()));
    SA_TRY(const Store store, open_store(context));
    SA_TRY(const HistoryView view, make_view(context, store, ranking));
    return write_output(context,
                        [&](ByteSink& sink) { return format->write(view, options, sink); });
}

Result<void> export_all(const CommandContext& context) {
    const std::string name = context.options.format.value_or("csv");
    if (name != "csv" && name != "json")
        return fail(Errc::usage, fmt::format("--format: \"{}\" is none of csv, json", name));
    SA_TRY(const Store store, open_store(context));
    return write_output(context, [&](ByteSink& sink) {
        return name == "csv" ? export_csv(store, context.options.csv_raw, sink)
                             : export_json(store, sink);
    });
}

Result<Day> prune_before(const CommandContext& context) {
    const Options& o = context.options;
    if (o.before.has_value() == o.keep.has_value())
        return fail(Errc::usage, "history prune: give --before DATE or --keep DAYS");
    if (o.before) {
        if (const auto day = parse_iso_day(*o.before)) return *day;
        return fail(Errc::usage,
                    fmt::format("--before: \"{}\" is no day like 2026-01-31", *o.before));
    }
    if (*o.keep < 1 || *o.keep > k_most_days)
        return fail(Errc::usage,
                    fmt::format("--keep: {} is not from 1 to {}", *o.keep, k_most_days));
    SA_TRY(const RankingOptions ranking, ranking_options(context, std::make_shared<Inventory>()));
    return day_of(ranking.now) - std::chrono::days(*o.keep - 1);
}

Result<void> prune(const CommandContext& context) {
    SA_TRY(const Day before, prune_before(context));
    SA_TRY(Store store, open_store(context));
    SA_TRY(const PruneTally tally, store.prune(before));
    return write_output(context, [&](ByteSink& sink) {
        return sink.write(
            fmt::format("Forgot what is before {}: {} days of a source, {} accounts, "
                        "{} runs.\n",
                        format_day(before), tally.days, tally.accounts, tally.runs));
    });
}

Result<void> check(const CommandContext& context) {
    SA_TRY(const Store store, open_store(context));
    SA_TRY(const std::vector<std::string> faults, store.check());
    if (faults.empty())
        return write_output(context, [&](ByteSink& sink) {
            return sink.write(fmt::format("{}: whole\n", printable(store.path())));
        });
    for (const std::string& fault : faults)
        context.log.error(fmt::format("{}: {}", store.path(), fault));
    return fail(Errc::local,
                fmt::format("{}: the history is damaged; {}", store.path(), way_out(store.path())));
}

struct HistoryAction {
    std::string_view name;
    Result<void> (*run)(const CommandContext&);
};
constexpr std::array k_actions = {
    HistoryAction{"show", show},
    HistoryAction{"export", export_all},
    HistoryAction{"prune", prune},
    HistoryAction{"check", check},
};

}  // namespace

Result<int> run_history(CommandContext& context) {
    const std::string name = context.options.action.value_or("show");
    for (const HistoryAction& action : k_actions)
        if (action.name == name) {
            SA_CHECK(action.run(context));
            return 0;
        }
    return fail(Errc::usage,
                fmt::format("history: \"{}\" is none of show, export, prune, check", name));
}

}  // namespace smtpaudit
