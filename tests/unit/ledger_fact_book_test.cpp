#include "ledger/fact_book.hpp"

#include "support/catch.hpp"

#include <algorithm>

using namespace smtpaudit;

namespace {

AccountFacts record(std::string id, std::string upn, std::string mail,
                    std::vector<std::string> addresses = {}) {
    AccountFacts facts;
    facts.user_id = std::move(id);
    facts.user_principal_name = std::move(upn);
    facts.mail = std::move(mail);
    facts.addresses = std::move(addresses);
    facts.origin = "directory";
    return facts;
}

AccountFacts mailbox(std::string id, std::string mail, const char* file, std::uint64_t line,
                     std::vector<std::string> addresses = {}) {
    AccountFacts facts = record(std::move(id), "", std::move(mail), std::move(addresses));
    facts.is_mailbox = true;
    facts.origin = file;
    facts.line = line;
    return facts;
}

FactBook book_of(const std::vector<AccountFacts>& records) {
    FactBook book;
    for (const AccountFacts& facts : records) book.add(facts);
    return book;
}

// What is known of the account with this name.
AccountFacts known(const FactBook& book, std::string_view name) {
    const FactJoin join(book);
    const std::uint32_t group = join.find(book, name);
    REQUIRE(group != k_no_entry);
    return book.read(join.members(group));
}

// The same account told by three sources, each with other names.
std::vector<AccountFacts> three_records() {
    AccountFacts user = record("ID-1", "Scan@contoso.com", "scan@contoso.com");
    user.mfa_registered = false;
    AccountFacts cas = mailbox("", "SCAN@contoso.com", "cas.csv", 17);
    cas.smtp_auth_disabled = Setting<bool>::null();
    AccountFacts policy = record("", "scan@CONTOSO.com", "");
    policy.authentication_policy = Setting<std::string>::of("Block Basic");
    policy.origin = "user.csv";
    policy.line = 4;
    return {user, cas, policy};
}

}  // namespace

TEST_CASE("records of one account merge field by field in any order") {
    std::vector<AccountFacts> records = three_records();
    std::vector<int> order = {0, 1, 2};
    do {
        const FactBook book = book_of({records[static_cast<std::size_t>(order[0])],
                                       records[static_cast<std::size_t>(order[1])],
                                       records[static_cast<std::size_t>(order[2])]});
        const FactJoin join(book);
        CHECK(join.groups() == 1);
        const AccountFacts facts = known(book, "scan@contoso.com");
        CHECK(facts.user_id == "id-1");
        CHECK(facts.user_principal_name == "scan@contoso.com");
        CHECK(facts.mfa_registered == false);
        CHECK(facts.smtp_auth_disabled.is_null());
        CHECK(facts.authentication_policy.value == "Block Basic");
        CHECK(facts.is_mailbox);
        CHECK(book.origin(join.members(0), AccountField::smtp_auth_disabled) == "cas.csv:17");
        CHECK(book.origin(join.members(0), AccountField::authentication_policy) == "user.csv:4");
        CHECK(book.origin(join.members(0), AccountField::mfa_registered) == "directory");
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a field that no record tells is not read") {
    const FactBook book = book_of({record("id-1", "a@contoso.com", "")});
    const AccountFacts facts = known(book, "a@contoso.com");
    CHECK_FALSE(facts.smtp_auth_disabled.is_read);
    CHECK_FALSE(facts.authentication_policy.is_read);
    CHECK_FALSE(facts.mfa_registered);
    CHECK_FALSE(facts.enabled);
    CHECK_FALSE(facts.risk);
    CHECK_FALSE(facts.password_changed);
    CHECK_FALSE(facts.is_mailbox);
    const FactJoin join(book);
    CHECK(book.origin(join.members(0), AccountField::smtp_auth_disabled).empty());
}

TEST_CASE("the three states of the mailbox flag stay apart") {
    for (const auto& setting : {Setting<bool>{}, Setting<bool>::null(), Setting<bool>::of(false),
                                Setting<bool>::of(true)}) {
        AccountFacts facts = record("id-1", "", "a@contoso.com");
        facts.smtp_auth_disabled = setting;
        CHECK(known(book_of({facts}), "a@contoso.com").smtp_auth_disabled == setting);
    }
}

TEST_CASE("a policy that is null is read and has no name") {
    AccountFacts facts = record("id-1", "a@contoso.com", "");
    facts.authentication_policy = Setting<std::string>::null();
    CHECK(known(book_of({facts}), "a@contoso.com").authentication_policy.is_null());
}

TEST_CASE("an account is found by object id and every address") {
    const FactBook book = book_of({record("ID-1", "a@contoso.onmicrosoft.com", "a@contoso.com",
                                          {"a@contoso.com", "Sales@contoso.com"})});
    const FactJoin join(book);
    for (const char* name :
         {"id-1", "a@contoso.onmicrosoft.com", "a@contoso.com", "sales@contoso.com"})
        CHECK(join.find(book, name) == 0);
    CHECK(join.find(book, "b@contoso.com") == k_no_entry);
}

TEST_CASE("roles of several records add up and repeat no role") {
    AccountFacts first = record("id-1", "a@contoso.com", "");
    first.roles = {{"62e90394", "Global Administrator", false, false}};
    AccountFacts again = first;
    again.roles.push_back({"29232cdf", "Exchange Administrator", true, false});
    const AccountFacts facts = known(book_of({first, again}), "a@contoso.com");
    REQUIRE(facts.roles.size() == 2);
    CHECK(facts.roles[0].name == "Exchange Administrator");
    CHECK(facts.roles[0].by_group);
    CHECK(facts.roles[1].name == "Global Administrator");
}

TEST_CASE("an alias of a mailbox without an object id joins the directory's account") {
    // The directory's primary address was changed after the export.
    const FactBook book =
        book_of({mailbox("", "old@contoso.com", "cas.csv", 3),
                 record("id-1", "new@contoso.com", "new@contoso.com", {"old@contoso.com"})});
    CHECK(FactJoin(book).groups() == 1);
}

TEST_CASE("two object ids with one address stay two and conflict") {
    const FactBook book = book_of({record("id-1", "a@contoso.com", "shared@contoso.com"),
                                   record("id-2", "b@contoso.com", "", {"shared@contoso.com"})});
    const FactJoin join(book);
    CHECK(join.groups() == 2);
    REQUIRE(join.conflicts().size() == 1);
    CHECK(book.text(join.conflicts()[0].address) == "shared@contoso.com");
    CHECK(join.find(book, "shared@contoso.com") == join.find(book, "id-1"));
    CHECK_FALSE(mailboxes_with_one_address(book, join));
}

TEST_CASE("two mailboxes of files with one address are an error that names both") {
    const FactBook book =
        book_of({mailbox("id-1", "a@contoso.com", "mailbox.csv", 2, {"shared@contoso.com"}),
                 mailbox("id-2", "b@contoso.com", "mailbox.csv", 9, {"shared@contoso.com"})});
    const auto error = mailboxes_with_one_address(book, FactJoin(book));
    REQUIRE(error);
    CHECK(error->find("mailbox.csv:9 and mailbox.csv:2: two mailboxes, b@contoso.com and "
                      "a@contoso.com, have the address shared@contoso.com") == 0);
}

TEST_CASE("a list without object ids that names a mailbox twice is an error") {
    const FactBook book = book_of(
        {mailbox("", "a@contoso.com", "cas.csv", 2), mailbox("", "A@contoso.com", "cas.csv", 7)});
    const auto error = mailboxes_with_one_address(book, FactJoin(book));
    REQUIRE(error);
    CHECK(error->find("cas.csv:7 and cas.csv:2: two mailboxes are named a@contoso.com") == 0);
    // Two lists name it once each.
    const FactBook two = book_of({mailbox("", "a@contoso.com", "cas.csv", 2),
                                  mailbox("", "a@contoso.com", "mailbox.csv", 7)});
    CHECK_FALSE(mailboxes_with_one_address(two, FactJoin(two)));
    CHECK(FactJoin(two).groups() == 1);
}

TEST_CASE("settings of the tenant merge with an origin each") {
    TenantFacts transport;
    transport.smtp_auth_disabled = Setting<bool>::of(false);
    transport.allow_legacy_tls = Setting<bool>::null();
    transport.origin = "transport.csv";
    transport.line = 2;
    TenantFacts organization;
    organization.default_authentication_policy = Setting<std::string>::null();
    organization.reject_direct_send = Setting<bool>::of(true);
    organization.origin = "organization.json";
    TenantFacts policies;
    policies.authentication_policies.emplace();
    policies.origin = "policies.csv";
    FactBook book;
    for (const TenantFacts& facts : {transport, organization, policies}) book.add(facts);
    const TenantFacts& tenant = book.tenant();
    CHECK(tenant.smtp_auth_disabled.value == false);
    CHECK(tenant.allow_legacy_tls.is_null());
    CHECK(tenant.default_authentication_policy.is_null());
    CHECK(tenant.reject_direct_send.value == true);
    CHECK_FALSE(tenant.security_defaults.is_read);
    REQUIRE(tenant.authentication_policies);  // read, and there is none
    CHECK(tenant.authentication_policies->empty());
    CHECK_FALSE(tenant.conditional_access);
    CHECK_FALSE(tenant.roles_complete);
    CHECK(book.origin(TenantField::smtp_auth_disabled) == "transport.csv:2");
    CHECK(book.origin(TenantField::default_authentication_policy) == "organization.json");
    CHECK(book.origin(TenantField::security_defaults).empty());
}

TEST_CASE("a list of the tenant may come in pieces") {
    FactBook book;
    for (const char* name : {"first", "second"}) {
        TenantFacts facts;
        facts.authentication_policies.emplace();
        facts.authentication_policies->push_back({name, "", "", Setting<bool>::of(false)});
        facts.origin = "policies.csv";
        book.add(facts);
    }
    REQUIRE(book.tenant().authentication_policies->size() == 2);
    CHECK(book.tenant().authentication_policies->back().name == "second");
}
