#include "analysis/actions.hpp"
#include "analysis/products.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace smtpaudit;

namespace {

ActionSubject subject(const char* id, Status status) {
    ActionSubject one;
    one.id = id;
    one.status = status;
    one.basic_usable = Ternary::yes;
    one.is_known = true;
    one.policy = Setting<std::string>::null();
    one.mailbox_disabled = Setting<bool>::null();
    return one;
}

struct Plan {
    TenantFacts tenant;
    ActionInput input;

    Plan() {
        tenant.smtp_auth_disabled = Setting<bool>::of(false);
        input.covered_days = 90;
    }
    std::vector<Action> make() {
        input.tenant = &tenant;
        return make_actions(input);
    }
    Action find(std::string_view id) {
        for (Action& action : all = make())
            if (action.id == id) return action;
        return {};
    }
    std::vector<Action> all;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("unused mailboxes are locked down by policy with an undo for each") {
    Plan plan;
    ActionSubject other = subject("o'brien@contoso.com", Status::enabled_unused);
    other.policy = Setting<std::string>::of("Printers");
    plan.input.subjects = {other, subject("a@contoso.com", Status::enabled_unused)};
    const Action action = plan.find("lock-down-unused");
    CHECK(action.title == "Block Basic for 2 accounts that nobody sends with");
    CHECK(action.affects == Lines{"a@contoso.com", "o'brien@contoso.com"});
    CHECK(action.commands ==
          Lines{"New-AuthenticationPolicy -Name 'Block Basic SMTP AUTH'",
                "Set-User -Identity 'a@contoso.com' -AuthenticationPolicy 'Block Basic SMTP AUTH'",
                "Set-User -Identity 'o''brien@contoso.com' -AuthenticationPolicy "
                "'Block Basic SMTP AUTH'"});
    CHECK(action.undo == Lines{"Set-User -Identity 'a@contoso.com' -AuthenticationPolicy $null",
                               "Set-User -Identity 'o''brien@contoso.com' -AuthenticationPolicy "
                               "'Printers'"});
}

TEST_CASE("a policy of that name that blocks is not made again") {
    Plan plan;
    plan.input.subjects = {subject("a@contoso.com", Status::enabled_unused)};
    plan.tenant.authentication_policies.emplace();
    plan.tenant.authentication_policies->push_back(
        {"Block Basic SMTP AUTH", "", "", Setting<bool>::of(false)});
    CHECK(plan.find("lock-down-unused").commands.size() == 1);
}

TEST_CASE("alert senders are quiet by nature and are never locked down unasked") {
    Plan plan;
    ActionSubject ups = subject("ups@contoso.com", Status::enabled_unused);
    ups.business = Business::alert;
    plan.input.subjects = {ups};
    CHECK(plan.find("lock-down-unused").id.empty());
    plan.input.subjects.push_back(subject("a@contoso.com", Status::enabled_unused));
    const Action action = plan.find("lock-down-unused");
    CHECK(action.affects == Lines{"a@contoso.com"});
    CHECK(action.why.find("1 left out") != std::string::npos);
}

TEST_CASE("undoing says when the policy before was not read") {
    Plan plan;
    ActionSubject one = subject("a@contoso.com", Status::enabled_unused);
    one.policy = {};
    plan.input.subjects = {one};
    CHECK(plan.find("lock-down-unused").why.find("was not read") != std::string::npos);
}

TEST_CASE("the tenant switch is never advised and counts OAuth senders apart") {
    Plan plan;
    ActionSubject oauth = subject("crm@contoso.com", Status::oauth_only);
    oauth.uses_oauth = true;
    ActionSubject own = subject("own@contoso.com", Status::active_basic);
    own.mailbox_disabled = Setting<bool>::of(false);
    plan.input.subjects = {subject("scan@contoso.com", Status::active_basic), oauth, own};
    const Action action = plan.find("tenant-switch");
    CHECK(action.affects == Lines{"crm@contoso.com", "scan@contoso.com"});
    CHECK(action.why.find("1 sender with Basic") != std::string::npos);
    CHECK(action.why.find("these 1 OAuth sender would stop as well") != std::string::npos);
    CHECK(action.why.find("1 not affected") != std::string::npos);
    CHECK(action.commands.empty());
    plan.tenant.smtp_auth_disabled = Setting<bool>::of(true);
    CHECK(plan.find("tenant-switch").id.empty());
}

TEST_CASE("waves go from the smallest blast to what hurts most") {
    Plan plan;
    for (int i = 0; i < 7; ++i) {
        ActionSubject one =
            subject(("scan" + std::to_string(i) + "@contoso.com").c_str(), Status::active_basic);
        one.monthly_messages = static_cast<std::uint64_t>(i);
        plan.input.subjects.push_back(one);
    }
    ActionSubject loud = subject("loud@contoso.com", Status::mixed);
    loud.monthly_messages = 5000;
    ActionSubject erp = subject("erp@contoso.com", Status::active_basic);
    erp.business = Business::finance;
    ActionSubject stranger = subject("stranger@contoso.com", Status::active_basic);
    stranger.is_known = false;
    for (const ActionSubject& one : {loud, erp, stranger}) plan.input.subjects.push_back(one);
    CHECK(plan.find("wave-1").affects.size() == 5);
    CHECK(plan.find("wave-1").affects.front() == "scan0@contoso.com");
    CHECK(plan.find("wave-2").affects == Lines{"scan5@contoso.com", "scan6@contoso.com"});
    CHECK(plan.find("wave-3").affects == Lines{"loud@contoso.com"});
    CHECK(plan.find("wave-4").affects == Lines{"erp@contoso.com"});
    CHECK(plan.find("wave-4").undo.size() == 1);
}

TEST_CASE("what must be let in again invents no command") {
    Plan plan;
    plan.input.next = NextEnforcement{"default-off", *parse_iso_day("2026-12-31"), Precision::month,
                                      38, "Basic off by default"};
    plan.input.subjects = {subject("scan@contoso.com", Status::active_basic),
                           subject("crm@contoso.com", Status::oauth_only)};
    const Action action = plan.find("after-default-off");
    CHECK(action.affects == Lines{"scan@contoso.com"});
    CHECK(action.why.find("has not named the switch") != std::string::npos);
    for (const std::string& command : action.commands) CHECK(command.rfind("Get-", 0) == 0);
}

TEST_CASE("one spray is one action for the tenant") {
    Plan plan;
    ActionSubject sender = subject("scan@contoso.com", Status::active_basic);
    ActionSubject idle = subject("idle@contoso.com", Status::attempted);
    sender.in_spray = idle.in_spray = true;
    plan.input.subjects = {sender, idle};
    plan.input.spray_addresses = {"192.0.2.66"};
    plan.input.spray_accounts = 12;
    const Action action = plan.find("spray");
    CHECK(action.title == "Answer one spray over 12 accounts");
    CHECK(action.affects == Lines{"idle@contoso.com", "scan@contoso.com"});
    CHECK(action.undo.size() == 1);  // the sender's Basic is left alone
    CHECK(std::count_if(plan.all.begin(), plan.all.end(),
                        [](const Action& a) { return a.id == "spray"; }) == 1);
}

TEST_CASE("very many accounts share lines and each is in one") {
    Plan plan;
    for (int i = 0; i < 1234; ++i)
        plan.input.subjects.push_back(
            subject((std::to_string(i) + "@contoso.com").c_str(), Status::enabled_unused));
    plan.input.subjects[7].policy = Setting<std::string>::of("Printers");
    const Action action = plan.find("lock-down-unused");
    CHECK(action.affects.size() == 1234);
    CHECK(action.commands.size() == 1 + 13);
    CHECK(action.commands[1].find("'0@contoso.com', '1000@contoso.com', ") == 0);
    CHECK(action.commands[1].find("| ForEach-Object { Set-User -Identity $_ -AuthenticationPolicy "
                                  "'Block Basic SMTP AUTH' }") != std::string::npos);
    CHECK(action.undo.size() == 13 + 1);
    CHECK(std::count(action.undo.begin(), action.undo.end(),
                     "'7@contoso.com' | ForEach-Object { Set-User -Identity $_ "
                     "-AuthenticationPolicy 'Printers' }") == 1);
}

TEST_CASE("an empty report has no actions") {
    Plan plan;
    CHECK(plan.make().empty());
}

TEST_CASE("a product is hinted at by whole words of a name") {
    CHECK(ProductList::built_in().hints("Ricoh IM C3000, second floor").size() == 1);
    CHECK(ProductList::built_in().hints("RICOH").front().find("as of 20") != std::string::npos);
    CHECK(ProductList::built_in().hints("Richo").empty());
    CHECK(ProductList::built_in().hints("sharper").empty());
    CHECK(ProductList::built_in().hints("").empty());
}
