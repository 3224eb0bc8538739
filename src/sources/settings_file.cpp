#include "sources/settings_file.hpp"

#include "base/text.hpp"
#include "sources/json_splitter.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <functional>
#include <utility>

namespace smtpaudit {
namespace {

using Has = std::function<bool(std::string_view)>;

bool any(const Has& has, std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(), has);
}

bool names_accounts(const Has& has) {
    return any(has, {"PrimarySmtpAddress", "UserPrincipalName", "ExternalDirectoryObjectId",
                     "EmailAddresses", "WindowsEmailAddress"});
}

// Told by what only this cmdlet writes, since an export may hold a few chosen properties. The
// flag of SMTP AUTH is in two: a mailbox has a name beside it.
std::optional<SettingsKind> kind_of(const Has& has) {
    if (has("AllowBasicAuthSmtp")) return SettingsKind::authentication_policies;
    if (has("SmtpClientAuthenticationDisabled")) {
        const bool is_tenant =
            any(has, {"AllowLegacyTLSClients", "InternalSMTPServers", "ExternalPostmasterAddress",
                      "JournalingReportNdrTo"}) ||
            (!names_accounts(has) && !any(has, {"Identity", "Name", "DisplayName", "Alias"}));
        return is_tenant ? SettingsKind::transport_config : SettingsKind::cas_mailboxes;
    }
    if (any(has, {"DefaultAuthenticationPolicy", "RejectDirectSend"}))
        return SettingsKind::organization_config;
    if (has("DomainName") && has("DomainType")) return SettingsKind::accepted_domains;
    if (any(has, {"ConnectorType", "ConnectorSource"}) &&
        any(has, {"SenderIPAddresses", "SenderDomains", "TlsSenderCertificateName"}))
        return SettingsKind::inbound_connectors;
    if (!names_accounts(has)) return std::nullopt;
    if (has("AuthenticationPolicy") && !has("EmailAddresses")) return SettingsKind::exchange_users;
    if (!has("RecipientTypeDetails")) return std::nullopt;
    // Get-User has no PrimarySmtpAddress.
    return has("WindowsEmailAddress") && !has("PrimarySmtpAddress") ? SettingsKind::exchange_users
                                                                    : SettingsKind::mailboxes;
}

std::optional<SettingsKind> kind_of_keys(const std::set<std::string, std::less<>>& keys) {
    return kind_of([&](std::string_view name) {
        return std::any_of(keys.begin(), keys.end(),
                           [&](const std::string& key) { return equals_ignoring_case(key, name); });
    });
}

template <SettingsKind kind>
bool is_table(const TableHeader& header) {
    return kind_of([&](std::string_view name) { return header.has_caption(name); }) == kind;
}

template <SettingsKind kind>
bool is_json(const JsonOpening& opening) {
    const auto& keys = opening.record_keys.empty() ? opening.keys : opening.record_keys;
    return kind_of_keys(keys) == kind;
}

std::string advice(SettingsKind kind) {
    return fmt::format("export {} again (scripts/Export-SmtpAuthSettings.ps1)",
                       settings_cmdlet(kind).cmdlet);
}

bool is_of_accounts(SettingsKind kind) {
    return kind == SettingsKind::cas_mailboxes || kind == SettingsKind::mailboxes ||
           kind == SettingsKind::exchange_users;
}

Coverage coverage_of(SettingsReader& reader) {
    reader.finish();
    Coverage coverage;
    coverage.state = CoverageState::complete;
    coverage.rows = reader.tally().rows;
    coverage.notes = reader.tally().notes();
    return coverage;
}

struct Column {
    std::size_t index;
    SettingsProperty property;
};

Result<Coverage> read_settings_table(SettingsKind kind, CsvReader& csv, const TableHeader& header,
                                     EvidenceSink& sink) {
    std::vector<Column> columns;
    for (std::size_t i = 0; i < header.captions().size(); ++i)
        if (const auto property = parse_settings_property(header.captions()[i]))
            columns.push_back({i, *property});
    if (is_of_accounts(kind) &&
        !names_accounts([&](std::string_view name) { return header.has_caption(name); }))
        return fail(Errc::input,
                    fmt::format("{}:1:1: looks like an export of {} without PrimarySmtpAddress: "
                                "nobody can tell whose settings these are; {}",
                                csv.name(), settings_cmdlet(kind).cmdlet, advice(kind)));
    SettingsReader reader(kind, csv.name(), sink);
    SettingsRow row;
    for (;;) {
        SA_TRY(const bool more, csv.next());
        if (!more) return coverage_of(reader);
        row.clear();
        for (const Column& column : columns) row.set_cell(column.property, csv.field(column.index));
        const auto taken = reader.take(row, csv.line());
        if (taken) continue;
        const auto at = std::find_if(columns.begin(), columns.end(), [&](const Column& column) {
            return column.property == taken.error().property;
        });
        return tl::unexpected(csv.error(at->index, taken.error().what, advice(kind)));
    }
}

class SettingsJson {
public:
    SettingsJson(SettingsKind kind, TextDecoder& text, EvidenceSink& sink)
        : kind_(kind),
          text_(text),
          reader_(kind, text.name(), sink),
          splitter_(
              text.name(),
              [this](std::string_view record, const TextCursor& at) { return take(record, at); },
              [](std::string_view, const TextCursor&) { return Result<void>(); }) {}

    Result<Coverage> read() {
        SA_CHECK(splitter_.read_all(text_));
        return coverage_of(reader_);
    }

private:
    tl::unexpected<Error> refuse(const TextCursor& at, std::string_view what) const {
        return fail(Errc::input,
                    fmt::format("{}: {}; {}", at_cursor(text_.name(), at), what, advice(kind_)));
    }

    Result<void> take(std::string_view record, const TextCursor& at) {
        if (const auto problem = parse_settings_row(record, row_)) {
            TextCursor where = at;
            where.advance(record.substr(0, problem->offset));
            return refuse(where, problem->what);
        }
        const auto taken = reader_.take(row_, at.line());
        if (!taken)
            return refuse(at, fmt::format("{} (property \"{}\" of the record that begins here)",
                                          taken.error().what, to_string(taken.error().property)));
        return {};
    }

    SettingsKind kind_;
    TextDecoder& text_;
    SettingsReader reader_;
    SettingsRow row_;
    JsonSplitter splitter_;
};

template <SettingsKind kind>
constexpr KindEntry entry() {
    return {
        .kind = {.id = settings_cmdlet(kind).id,
                 .title = settings_cmdlet(kind).title,
                 .has_dates = false,
                 .has_record_ids = false,
                 .is_evidence = true},
        .is_json = is_json<kind>,
        .read_json = [](TextDecoder& text, const EvidenceOptions&,
                        EvidenceSink& sink) { return SettingsJson(kind, text, sink).read(); },
        .is_table = is_table<kind>,
        .read_table =
            [](CsvReader& csv, const TableHeader& header, const EvidenceOptions&,
               EvidenceSink& sink) { return read_settings_table(kind, csv, header, sink); },
    };
}

}  // namespace

constinit const std::array<KindEntry, k_settings_kinds> k_settings_file_kinds = {
    entry<SettingsKind::transport_config>(),
    entry<SettingsKind::cas_mailboxes>(),
    entry<SettingsKind::mailboxes>(),
    entry<SettingsKind::exchange_users>(),
    entry<SettingsKind::authentication_policies>(),
    entry<SettingsKind::organization_config>(),
    entry<SettingsKind::inbound_connectors>(),
    entry<SettingsKind::accepted_domains>(),
};

}  // namespace smtpaudit
