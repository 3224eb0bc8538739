#include "sources/exchange_settings.hpp"

#include "base/text.hpp"
#include "sources/exchange_command.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

using P = SettingsProperty;

struct SettingsQuery {
    ExchangeCmdlet cmdlet;
    std::string_view title;
    std::array<P, 6> properties;
    std::size_t count;  // of `properties`; 0: all are asked for
};

// By SettingsKind. A large list is asked for what is read alone; the one-row commands are asked for
// all, because a property that a tenant does not know would fail them.
constexpr std::array<SettingsQuery, k_settings_kinds> k_queries = {{
    {ExchangeCmdlet::get_transport_config,
     "The tenant's SMTP AUTH switch (Exchange Online)",
     {},
     0},
    {ExchangeCmdlet::get_cas_mailbox,
     "Each mailbox's SMTP AUTH switch (Exchange Online)",
     {P::primary_smtp_address, P::external_directory_object_id, P::email_addresses,
      P::smtp_client_authentication_disabled},
     4},
    {ExchangeCmdlet::get_mailbox,
     "Mailboxes and their types (Exchange Online)",
     {P::user_principal_name, P::primary_smtp_address, P::external_directory_object_id,
      P::email_addresses, P::recipient_type_details, P::account_disabled},
     6},
    {ExchangeCmdlet::get_user,
     "Each user's authentication policy (Exchange Online)",
     {P::user_principal_name, P::windows_email_address, P::external_directory_object_id,
      P::recipient_type_details, P::authentication_policy, P::account_disabled},
     6},
    {ExchangeCmdlet::get_authentication_policy, "Authentication policies (Exchange Online)", {}, 0},
    {ExchangeCmdlet::get_organization_config,
     "The default authentication policy (Exchange Online)",
     {},
     0},
    {ExchangeCmdlet::get_inbound_connector, "Inbound connectors (Exchange Online)", {}, 0},
    {ExchangeCmdlet::get_accepted_domain, "Accepted domains (Exchange Online)", {}, 0},
}};

constexpr const SettingsQuery& query_of(SettingsKind kind) {
    return k_queries[static_cast<std::size_t>(kind)];
}

ExchangeCommand command_of(SettingsKind kind) {
    const SettingsQuery& query = query_of(kind);
    ExchangeCommand command{query.cmdlet};
    for (std::size_t i = 0; i < query.count; ++i)
        command.select.push_back(to_string(query.properties[i]));
    return command;
}

// Rows of one command on their way to the sink; what cannot be read is counted.
class SettingsPull {
public:
    SettingsPull(PullContext& context, SettingsKind kind, EvidenceSink& sink)
        : context_(context),
          kind_(kind),
          reader_(kind, std::string(settings_cmdlet(kind).cmdlet), sink) {}

    Coverage run() {
        const ExchangeAnswer answer = run_exchange_command(
            context_, command_of(kind_), [&](std::string_view object) { take(object); },
            [&](const ExchangeAnswer& so_far) {
                if (context_.progress)
                    context_.progress({settings_cmdlet(kind_).id, so_far.pages, so_far.rows});
            });
        Coverage coverage =
            exchange_coverage(settings_cmdlet(kind_).id, answer, context_.chosen_by_name);
        if (coverage.state == CoverageState::complete) {
            // Only then "there is none" is known.
            if (unreadable_ == 0) reader_.finish();
            add_unreadable(coverage);
        }
        for (std::string& note : reader_.tally().notes()) coverage.notes.push_back(std::move(note));
        return coverage;
    }

private:
    void take(std::string_view object) {
        ++rows_;
        std::string what;
        if (const auto problem = parse_settings_row(object, row_)) {
            what = problem->what;
        } else if (const auto taken = reader_.take(row_, 0); !taken) {
            what = fmt::format("{}: {}", to_string(taken.error().property), taken.error().what);
        } else {
            return;
        }
        if (unreadable_++ == 0) first_unreadable_ = fmt::format("row {}, {}", rows_, what);
    }

    void add_unreadable(Coverage& coverage) const {
        if (unreadable_ == 0) return;
        coverage.state = unreadable_ < rows_ ? CoverageState::partial : CoverageState::failed;
        coverage.reason = fmt::format("{} of the rows cannot be read (the first: {})",
                                      group_thousands(unreadable_), first_unreadable_);
    }

    PullContext& context_;
    const SettingsKind kind_;
    SettingsReader reader_;
    SettingsRow row_;
    std::uint64_t rows_ = 0, unreadable_ = 0;
    std::string first_unreadable_;
};

template <SettingsKind kind>
Coverage pull(PullContext& context, EvidenceSink& sink) {
    return SettingsPull(context, kind, sink).run();
}

// The command itself for one row: nothing smaller tells whether a role holds it.
template <SettingsKind kind>
Coverage probe(PullContext& context) {
    ExchangeCommand command = command_of(kind);
    command.is_probe = true;
    const ExchangeAnswer answer = run_exchange_command(context, command, [](std::string_view) {});
    return exchange_coverage(settings_cmdlet(kind).id, answer, context.chosen_by_name);
}

constexpr std::string_view k_roles =
    "Global Reader, Exchange Administrator, or an Exchange role group with View-Only Configuration "
    "and View-Only Recipients";

template <SettingsKind kind>
constexpr LiveSource source_of() {
    return {.id = settings_cmdlet(kind).id,
            .title = query_of(kind).title,
            .permissions = {&k_exchange_permission, 1},
            .roles = k_roles,
            .licence = {},
            .retention = {},
            .budget = "exchange",
            .pull = pull<kind>,
            .probe = probe<kind>};
}

}  // namespace

constinit const std::array<LiveSource, k_settings_kinds> k_exchange_settings = {{
    source_of<SettingsKind::transport_config>(),
    source_of<SettingsKind::cas_mailboxes>(),
    source_of<SettingsKind::mailboxes>(),
    source_of<SettingsKind::exchange_users>(),
    source_of<SettingsKind::authentication_policies>(),
    source_of<SettingsKind::organization_config>(),
    source_of<SettingsKind::inbound_connectors>(),
    source_of<SettingsKind::accepted_domains>(),
}};

}  // namespace smtpaudit
