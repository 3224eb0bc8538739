// Exchange's settings and Entra's policies over real sockets: roles that are missing, pages that
// get lost, hosts below Exchange's own; and the same answer as from exported files.
#include "fake_tenant/exchange.hpp"
#include "contract/chain.hpp"
#include "sources/evidence_file.hpp"
#include "sources/exchange_settings.hpp"
#include "sources/graph_policies.hpp"
#include "support/recording_sink.hpp"

#include <algorithm>
#include <map>

namespace smtpaudit::contract {
namespace {

// What matters of a tenant's settings, in one of each state.
ChainOptions settings_tenant() {
    ChainOptions options;
    fake::TenantSpec& tenant = options.tenant;
    tenant.app(k_client_id)
        ->permissions.insert(tenant.app(k_client_id)->permissions.end(),
                             {"Exchange.ManageAsApp", "Policy.Read.All",
                              "RoleManagement.Read.Directory", "GroupMember.Read.All"});
    tenant.app(k_client_id)->cmdlets = {"Get-*"};
    fake::ExchangeSpec& exchange = tenant.exchange;
    exchange.transport_config = R"({"SmtpClientAuthenticationDisabled":true})";
    exchange.organization_config = R"({"DefaultAuthenticationPolicy":"Block Basic"})";
    exchange.authentication_policies = {
        R"({"Name":"Block Basic","Identity":"Block Basic","AllowBasicAuthSmtp":false})",
        R"({"Name":"Allow SMTP","Identity":"Allow SMTP","AllowBasicAuthSmtp":true})"};
    exchange.inbound_connectors = {
        R"({"Name":"Printers","Enabled":true,"ConnectorType":"OnPremises","RequireTls":true,
            "SenderDomains":["smtp:*;1"],"SenderIPAddresses":["203.0.113.25"],
            "TlsSenderCertificateName":null})"};
    exchange.mailboxes = {
        R"({"UserPrincipalName":"scan1@contoso.com","SmtpClientAuthenticationDisabled":false})",
        R"({"UserPrincipalName":"scan2@contoso.com","SmtpClientAuthenticationDisabled":true,
            "AuthenticationPolicy":"Allow SMTP"})",
        R"({"UserPrincipalName":"invoices@contoso.com","RecipientTypeDetails":"SharedMailbox",
            "AccountDisabled":true})"};
    return options;
}

struct Settings {
    std::map<std::string, Coverage> coverage;
    std::vector<std::string> lines;  // what the sources told, without line numbers, sorted
    test::RecordingSink sink;
};

void tidy(Settings& settings) {
    for (const std::string& line : settings.sink.seen)
        settings.lines.push_back(line.substr(line.find(' ') + 1));
    std::ranges::sort(settings.lines);
}

Settings pull_settings(Chain& chain) {
    Settings settings;
    for (const LiveSource& source : k_exchange_settings) {
        PullContext context = chain.context(source);
        settings.coverage[std::string(source.id)] = source.pull(context, settings.sink);
    }
    tidy(settings);
    return settings;
}

Settings read_settings(const fake::TenantSpec& tenant) {
    Settings settings;
    for (const SettingsCmdlet& cmdlet : k_settings_cmdlets) {
        auto file = EvidenceFile::open(
            std::make_unique<test::TextSource>(fake::settings_as_json(tenant, cmdlet.cmdlet)),
            std::string(cmdlet.id) + ".json", {});
        REQUIRE(file);
        const auto coverage = file->read(settings.sink);
        REQUIRE(coverage);
        settings.coverage[coverage->source] = *coverage;
    }
    tidy(settings);
    return settings;
}

Fault on_exchange(Action action, std::vector<unsigned> nth = {}) {
    Fault fault;
    fault.host = "outlook.office365.com";
    fault.action = action;
    fault.nth = std::move(nth);
    return fault;
}

}  // namespace

TEST_CASE("settings pulled from Exchange tell the same as the exported files") {
    const ChainOptions options = settings_tenant();
    Chain chain(settings_tenant());
    const Settings live = pull_settings(chain);
    const Settings files = read_settings(options.tenant);
    CHECK(live.lines == files.lines);
    CHECK(live.lines.size() > 30);
    for (const auto& [source, coverage] : live.coverage) {
        CAPTURE(source, coverage.reason);
        CHECK(coverage.state == CoverageState::complete);
        CHECK(coverage.rows == files.coverage.at(source).rows);
    }
    CHECK(std::ranges::find(live.lines, "tenant default=Block Basic reject=no") !=
          live.lines.end());
    CHECK(chain.tenant.violations().empty());
}

TEST_CASE("a missing role is told for its command and leaves the others") {
    ChainOptions options = settings_tenant();
    options.tenant.app(k_client_id)->cmdlets = {"Get-TransportConfig", "Get-Mailbox"};
    Chain chain(std::move(options));
    const Settings live = pull_settings(chain);
    for (const auto& [source, coverage] : live.coverage) {
        CAPTURE(source);
        const bool allowed = source == "transport_config" || source == "mailboxes";
        CHECK((coverage.state == CoverageState::complete) == allowed);
        if (!allowed) CHECK(coverage.reason.starts_with("not allowed to run Get-"));
    }
    CHECK(live.coverage.at("cas_mailboxes").reason.find("Get-CASMailbox") != std::string::npos);
    for (const AccountFacts& facts : live.sink.accounts)
        CHECK_FALSE(facts.smtp_auth_disabled.is_read);
}

TEST_CASE("without the application permission nothing is told and the permission is named") {
    Chain chain(settings_tenant());
    chain.tenant.take_away(k_client_id, "Exchange.ManageAsApp");
    const Settings live = pull_settings(chain);
    CHECK(live.lines.empty());
    for (const auto& [source, coverage] : live.coverage) {
        CHECK(coverage.state == CoverageState::failed);
        CHECK(coverage.reason.find("Exchange.ManageAsApp") != std::string::npos);
    }
}

TEST_CASE("mailboxes come in pages from hosts below Exchange with one anchor mailbox") {
    ChainOptions options = settings_tenant();
    options.tenant.exchange.page_size = 5;
    options.tenant.exchange.host_below = "eur01";
    Chain chain(std::move(options));
    const Settings live = pull_settings(chain);
    CHECK(live.lines == read_settings(settings_tenant().tenant).lines);
    CHECK(live.coverage.at("mailboxes").files > 2);
    std::size_t below = 0;
    for (const fake::Record& record : chain.tenant.records())
        below += record.host == "eur01.outlook.office365.com" ? 1U : 0U;
    CHECK(below >= 6);
    CHECK(chain.tenant.violations().empty());
}

TEST_CASE("a page that Exchange has lost makes the list partial") {
    ChainOptions options = settings_tenant();
    options.tenant.exchange.page_size = 5;
    Chain chain(std::move(options));
    Fault lost = on_exchange(Action::status, {2});
    lost.status = 400;
    lost.message = "Expired or Invalid pagination request. Default Expiry time is 00:30:00";
    chain.tenant.plan({lost});
    PullContext context = chain.context(k_exchange_settings[1]);
    test::RecordingSink sink;
    const Coverage coverage = k_exchange_settings[1].pull(context, sink);
    CHECK(coverage.state == CoverageState::partial);
    CHECK(coverage.rows == 5);
    CHECK(coverage.reason.find("Expired or Invalid pagination") != std::string::npos);
}

TEST_CASE("a token that dies between two pages is renewed and the list is whole") {
    ChainOptions options = settings_tenant();
    options.tenant.exchange.page_size = 5;
    Chain chain(std::move(options));
    Fault dies = on_exchange(Action::none, {2});
    dies.revoke = true;
    dies.action = Action::status;
    dies.status = 401;
    chain.tenant.plan({dies});
    PullContext context = chain.context(k_exchange_settings[1]);
    test::RecordingSink sink;
    CHECK(k_exchange_settings[1].pull(context, sink).state == CoverageState::complete);
}

TEST_CASE("a command that could change the tenant is refused and recorded") {
    ChainOptions options = settings_tenant();
    options.tenant.app(k_client_id)->cmdlets = {"*"};
    Chain chain(std::move(options));
    HttpRequest request;
    request.method = HttpMethod::post;
    request.url =
        "https://outlook.office365.com/adminapi/beta/contoso.onmicrosoft.com/InvokeCommand";
    request.body = R"({"CmdletInput":{"CmdletName":"Set-CASMailbox","Parameters":{}}})";
    PullContext context = chain.context(k_exchange_settings[0]);
    const HttpResult answer = context.http.send(request, {});
    REQUIRE(answer);
    CHECK(answer->status == 405);
    REQUIRE(chain.tenant.violations().size() == 1);
    CHECK(chain.tenant.violations()[0].find("Set-CASMailbox") != std::string::npos);
}

TEST_CASE("policies and roles are pulled with their groups expanded") {
    ChainOptions options = settings_tenant();
    fake::PolicySpec& policies = options.tenant.policies;
    policies.security_defaults = true;
    policies.conditional_access = {
        R"({"id":"p1","displayName":"Block legacy","state":"enabled",
            "conditions":{"clientAppTypes":["other","exchangeActiveSync"],
              "applications":{"includeApplications":["All"],"excludeApplications":[]},
              "users":{"includeUsers":["All"],"excludeUsers":["scan1@contoso.com"],
                       "includeGroups":[],"excludeGroups":["g-printers"]}},
            "grantControls":{"operator":"OR","builtInControls":["block"]}})"};
    policies.groups = {R"({"id":"g-printers","members":["ups@contoso.com","scan2@contoso.com"]})",
                       R"({"id":"g-admins","members":["user1@contoso.com"]})"};
    policies.role_assignments = {
        R"({"roleDefinitionId":"62e90394-69f5-4237-9190-012177145e10","principal":"erp@contoso.com"})",
        R"({"roleDefinitionId":"f2ef992c-3afb-46b9-b7cf-a126ee74c451",
            "principal":{"@odata.type":"#microsoft.graph.group","id":"g-admins"}})"};
    options.throttle = true;
    Chain chain(std::move(options));
    test::RecordingSink sink;
    for (const LiveSource* source : {&k_graph_security_defaults, &k_graph_conditional_access,
                                     &k_graph_mfa_registration, &k_graph_directory_roles}) {
        PullContext context = chain.context(*source);
        const Coverage coverage = source->pull(context, sink);
        CAPTURE(coverage.source, coverage.reason);
        CHECK(coverage.state == CoverageState::complete);
    }
    REQUIRE(sink.tenants.size() == 3);
    CHECK(sink.tenants[0].security_defaults == Setting<bool>::of(true));
    REQUIRE(sink.tenants[1].conditional_access);
    CHECK(sink.tenants[1].conditional_access->at(0).grant_controls ==
          std::vector<std::string>{"block"});
    REQUIRE(sink.tenants[1].groups.size() == 1);
    CHECK(sink.tenants[1].groups[0].members.size() == 2);
    CHECK(sink.tenants[2].roles_complete == true);
    std::size_t admins = 0, by_group = 0, unregistered = 0;
    for (const AccountFacts& facts : sink.accounts) {
        unregistered += facts.mfa_registered == false ? 1U : 0U;
        for (const DirectoryRole& role : facts.roles) {
            admins += role.name == "Global Administrator" && !role.by_group ? 1U : 0U;
            by_group += role.name == "Global Reader" && role.by_group ? 1U : 0U;
        }
    }
    CHECK(admins == 1);
    CHECK(by_group == 1);
    CHECK(unregistered > 5);
    CHECK(chain.tenant.violations().empty());
}

TEST_CASE("a permission taken away leaves policies and roles unknown") {
    Chain chain(settings_tenant());
    for (const char* permission : {"Policy.Read.All", "RoleManagement.Read.Directory"})
        chain.tenant.take_away(k_client_id, permission);
    test::RecordingSink sink;
    for (const LiveSource* source :
         {&k_graph_security_defaults, &k_graph_conditional_access, &k_graph_directory_roles}) {
        PullContext context = chain.context(*source);
        const Coverage coverage = source->pull(context, sink);
        CHECK(coverage.state == CoverageState::failed);
        CHECK(coverage.reason.find("grant ") != std::string::npos);
    }
    CHECK(sink.tenants.empty());
    CHECK(sink.accounts.empty());
}

TEST_CASE("members that may not be read leave the roles incomplete") {
    ChainOptions options = settings_tenant();
    options.tenant.policies.role_assignments = {
        R"({"roleDefinitionId":"62e90394-69f5-4237-9190-012177145e10",
            "principal":{"@odata.type":"#microsoft.graph.group","id":"g-admins"}})"};
    options.tenant.policies.groups = {R"({"id":"g-admins","members":["user1@contoso.com"]})"};
    Chain chain(std::move(options));
    chain.tenant.take_away(k_client_id, "GroupMember.Read.All");
    test::RecordingSink sink;
    PullContext context = chain.context(k_graph_directory_roles);
    const Coverage coverage = k_graph_directory_roles.pull(context, sink);
    CHECK(coverage.state == CoverageState::partial);
    CHECK(coverage.reason.find("GroupMember.Read.All") != std::string::npos);
    CHECK(sink.tenants.empty());
}

}  // namespace smtpaudit::contract
