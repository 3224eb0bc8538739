// smtpaudit doctor: who am I, what may I read, and how to grant what is missing.
#include "app/commands.hpp"
#include "app/output.hpp"
#include "app/session.hpp"
#include "app/settings.hpp"
#include "app/source_choice.hpp"
#include "app/tenant_context.hpp"
#include "app/who_am_i.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "report/text_lines.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <utility>

namespace smtpaudit {
namespace {

struct Tier {
    std::string_view name, gives;
};
constexpr std::array k_tiers = {
    Tier{"senders", "who sends with Basic, from which address, and who fails"},
    Tier{"names", "who the accounts are, and the tenant's name"},
    Tier{"settings", "what the accounts may do: roles, MFA, switches"},
    Tier{"oauth", "who may send with OAuth, and who used SMTP at all"},
    Tier{"announcements", "what Microsoft announced to the tenant"},
};

struct Examined {
    const LiveSource* source = nullptr;
    Coverage probe;
    bool is_there() const { return probe.state == CoverageState::complete; }
};

// One word in front of each source.
std::string_view verdict(const Examined& examined) {
    switch (examined.probe.cause) {
        case CoverageCause::none: return examined.is_there() ? "ok" : "FAILED";
        case CoverageCause::permission:
        case CoverageCause::licence: return "MISSING";
        case CoverageCause::no_such_api: return "not here";
        default: return "FAILED";
    }
}

std::string permission_text(const Permission& permission, const WhoAmI& who) {
    const std::string_view id = who.is_person ? permission.delegated_id : permission.application_id;
    if (id.empty()) return std::string(permission.name);  // no source tells it
    return fmt::format("{} ({} {})", permission.name, who.is_person ? "delegated" : "application",
                       id);
}

std::string permissions_text(const LiveSource& source, const WhoAmI& who) {
    std::vector<std::string> texts;
    for (const Permission& permission : source.permissions)
        texts.push_back(permission_text(permission, who));
    return join(texts, ", ");
}

std::vector<std::string> needs(const Examined& examined, const WhoAmI& who) {
    const LiveSource& source = *examined.source;
    std::vector<std::string> parts = {"permission " + permissions_text(source, who)};
    if (who.is_person && !source.roles.empty())
        parts.push_back(fmt::format("role {}", source.roles));
    if (!source.licence.empty()) parts.push_back(fmt::format("licence {}", source.licence));
    if (!source.retention.empty()) parts.push_back(fmt::format("kept {}", source.retention));
    return parts;
}

// What to grant stands in the advice below, once for all sources.
std::string reason_text(const Examined& examined) {
    const std::string reason = printable(examined.probe.reason);
    return examined.probe.cause == CoverageCause::permission
               ? reason.substr(0, reason.find("; grant "))
               : reason;
}

std::string source_lines(const Examined& examined, const WhoAmI& who, std::size_t width) {
    const std::string label = fmt::format("  {:<9}", verdict(examined));
    const std::string indent(label.size(), ' ');
    std::string text =
        wrapped(label, fmt::format("{}: {}", examined.source->id, examined.source->title), width);
    text += packed(indent, needs(examined, who), width);
    if (!examined.is_there()) text += wrapped(indent, reason_text(examined), width);
    return text;
}

std::string tiers_text(const std::vector<Examined>& all, const WhoAmI& who, std::size_t width) {
    std::string text;
    for (const Tier& tier : k_tiers) {
        std::string lines;
        for (const Examined& examined : all)
            if (examined.source->tier == tier.name) lines += source_lines(examined, who, width);
        if (!lines.empty()) text += fmt::format("\n{}: {}\n{}", tier.name, tier.gives, lines);
    }
    return text;
}

// "Microsoft Graph: AuditLog.Read.All, User.Read.All", one for each API, each permission once.
std::vector<std::string> missing_grants(const std::vector<Examined>& all, const WhoAmI& who) {
    std::vector<std::pair<std::string_view, std::vector<std::string>>> apis;
    for (const Examined& examined : all) {
        if (examined.probe.cause != CoverageCause::permission) continue;
        for (const Permission& permission : examined.source->permissions) {
            auto api = std::find_if(apis.begin(), apis.end(), [&](const auto& entry) {
                return entry.first == permission.resource;
            });
            if (api == apis.end()) api = apis.insert(apis.end(), {permission.resource, {}});
            const std::string text = permission_text(permission, who);
            if (std::find(api->second.begin(), api->second.end(), text) == api->second.end())
                api->second.push_back(text);
        }
    }
    std::vector<std::string> lines;
    for (const auto& [api, permissions] : apis)
        lines.push_back(fmt::format("{}: {}", api, join(permissions, ", ")));
    return lines;
}

std::string advice(const std::vector<Examined>& all, const Session& session, const WhoAmI& who) {
    const std::vector<std::string> grants = missing_grants(all, who);
    if (grants.empty()) return {};
    std::string text = fmt::format(
        "\nTo grant what is missing (a Global or Privileged Role Administrator):\n"
        "  1. Entra admin center > App registrations > {}\n"
        "     > API permissions > Add a permission > {} permissions:\n",
        session.client_id(), who.is_person ? "Delegated" : "Application");
    for (const std::string& grant : grants) text += fmt::format("       {}\n", grant);
    text += fmt::format(
        "  2. Consent for the whole tenant:\n"
        "       https://{}/{}/adminconsent?client_id={}\n"
        "  3. Run this again after a minute: a token holds what was granted when it was made.\n",
        session.cloud().authority, session.tenant(), session.client_id());
    if (who.is_person)
        text += "A person also needs one of the roles named above; ask for the least of them.\n";
    return text;
}

// 0 all there, 3 some missing, 4 nothing works (5: because of the network or the service).
int verdict_code(const std::vector<Examined>& all) {
    const auto there =
        std::count_if(all.begin(), all.end(), [](const Examined& one) { return one.is_there(); });
    if (there == static_cast<std::ptrdiff_t>(all.size())) return 0;
    if (there > 0) return 3;
    const bool by_service = std::all_of(all.begin(), all.end(), [](const Examined& one) {
        return one.probe.cause == CoverageCause::network ||
               one.probe.cause == CoverageCause::service;
    });
    return exit_code(by_service ? Errc::service : Errc::sign_in);
}

Result<Examined> examine(const CommandContext& context, Session& session,
                         const ChosenSource& chosen) {
    const LiveSource& source = *chosen.source;
    context.status.show(fmt::format("asking: {}", source.title));
    PullContext pull = session.pull_context(source);
    pull.chosen_by_name = true;
    pull.workspace = chosen.workspace;
    pull.to = context.world.clock.now();
    pull.from = pull.to - std::chrono::hours(1);
    Examined examined{&source, source.probe(pull)};
    context.status.clear();
    if (context.world.stop.stop_requested()) return fail(Errc::interrupted, "interrupted");
    return examined;
}

struct Examination {
    std::string text;
    int code = 0;  // 0 all there, 3 some missing, 4 or 5 nothing works
};

Result<Examination> examine_tenant(const CommandContext& context, Session& session,
                                   const std::vector<ChosenSource>& chosen) {
    session.watch_waits([&](std::string_view /*budget*/, const WaitNotice& notice) {
        context.log.note(notice.reason);
    });
    SA_TRY(const WhoAmI who, who_am_i(context, session));
    std::vector<Examined> all;
    for (const ChosenSource& one : chosen) {
        SA_TRY(Examined examined, examine(context, session, one));
        all.push_back(std::move(examined));
    }
    const std::size_t width = screen_width(screen_options(context));
    return Examination{who.text + tiers_text(all, who, width) + advice(all, session, who),
                       verdict_code(all)};
}

Result<int> examine_one_tenant(CommandContext& context) {
    SA_TRY(const std::vector<ChosenSource> chosen, choose_sources(context.options));
    SA_TRY(const auto session, Session::open(context));
    SA_TRY(const Examination found, examine_tenant(context, *session, chosen));
    SA_CHECK(print(context, found.text));
    return found.code;
}

struct TenantExamination {
    std::unique_ptr<TenantContext> tenant;
    std::unique_ptr<Session> session;
    Examination found;
};

// Where nothing works for one, others may still be whole: that is "some missing".
int worst_code(const std::vector<TenantExamination>& all) {
    const auto works =
        std::count_if(all.begin(), all.end(), [](const auto& one) { return one.found.code <= 3; });
    int worst = 0;
    for (const TenantExamination& one : all) worst = std::max(worst, one.found.code);
    return works > 0 ? std::min(worst, 3) : worst;
}

Result<int> examine_all_tenants(const CommandContext& context) {
    SA_TRY(const std::vector<ChosenSource> chosen, choose_sources(context.options));
    SA_TRY(const std::size_t jobs, tenant_jobs(context.options));
    TenantsWatch watch(context.status, context.world.clock, context.options);
    SA_TRY(auto tenants, all_tenants(context, watch));
    std::vector<TenantExamination> all(tenants.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].tenant = std::move(tenants[i]);
        SA_TRY(all[i].session, open_session(*all[i].tenant));
    }
    const auto work = [&](std::size_t i) -> Result<void> {
        TenantExamination& one = all[i];
        auto found = examine_tenant(one.tenant->context(), *one.session, chosen);
        if (!found && found.error().code == Errc::interrupted)
            return tl::unexpected(std::move(found).error());
        one.found = found
                        ? std::move(*found)
                        : Examination{found.error().message + "\n", exit_code(found.error().code)};
        watch.done(i, one.found.code > 3);
        return {};
    };
    const auto done = for_each_parallel(all.size(), work, jobs);
    watch.clear();
    SA_CHECK(done);
    std::string text;
    for (const TenantExamination& one : all)
        text +=
            fmt::format("{}[tenant.{}]{}\n{}", text.empty() ? "" : "\n", one.tenant->table().name,
                        one.found.code > 3 ? " nothing works" : "", one.found.text);
    SA_CHECK(print(context, text));
    return worst_code(all);
}

}  // namespace

Result<int> run_doctor(CommandContext& context) {
    if (context.options.all_tenants) return examine_all_tenants(context);
    return for_named_tenant(context, examine_one_tenant);
}

}  // namespace smtpaudit
