#include "app/store_place.hpp"

namespace smtpaudit {
namespace {

constexpr std::string_view k_below = "/smtpaudit/history.sqlite";

std::optional<std::string> absolute(const CommandContext& context, std::string_view name) {
    if (!context.world.environment) return std::nullopt;
    auto value = context.world.environment(name);
    // The XDG base directory specification: a relative path is invalid and ignored.
    if (value && !value->starts_with('/')) return std::nullopt;
    return value;
}

}  // namespace

StorePlace store_place(const CommandContext& context) {
    if (!context.world.keeps_history) return {"", true, "there is no disk for it"};
    if (const auto& given = context.options.store) {
        if (*given == "none") return {"", false, "--store none"};
        return {*given, false, ""};
    }
    if (const auto state = absolute(context, "XDG_STATE_HOME"))
        return {*state + std::string(k_below), true, ""};
    const auto home = absolute(context, "HOME");
    if (!home || context.world.files.kind(*home) != PathKind::folder)
        return {"", true, "neither XDG_STATE_HOME nor a HOME that is there"};
    return {*home + "/.local/state" + std::string(k_below), true, ""};
}

}  // namespace smtpaudit
