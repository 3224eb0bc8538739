#include "app/who_am_i.hpp"

#include "base/text.hpp"
#include "model/facts.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

constexpr std::string_view k_budget = "graph-directory";

// Takes the tenant's name alone.
class TenantSink final : public EvidenceSink {
public:
    void observe(const Observation& /*observation*/) override {}
    void account(const AccountFacts& /*facts*/) override {}
    void tenant(const TenantFacts& facts) override { seen = facts; }
    TenantFacts seen;
};

std::string tenant_line(Session& session) {
    std::string text = fmt::format("Tenant     {}", session.tenant());
    const LiveSource* source = find_live_source("organization");
    if (source != nullptr) {
        PullContext pull = session.pull_context(*source);
        TenantSink sink;
        source->pull(pull, sink);
        if (sink.seen.name)
            text += fmt::format(": {} ({})", printable(*sink.seen.name),
                                printable(sink.seen.id.value_or("its id is not told")));
    }
    return text + fmt::format("; cloud {}\n", session.cloud().name);
}

std::string person_lines(const Person& person) {
    const std::string name = person.name.empty()
                                 ? person.user_principal_name
                                 : fmt::format("{} ({})", person.name, person.user_principal_name);
    std::string roles = "not readable";
    if (person.roles) roles = person.roles->empty() ? "none" : join(*person.roles, ", ");
    return fmt::format("Signed in  as {}, a person\nRoles      {}\n", printable(name),
                       printable(roles));
}

GraphLookup lookup(const CommandContext& context, Session& session) {
    return {session.http(k_budget), session.cloud().graph.base_url(), context.world.stop};
}

}  // namespace

std::optional<Person> find_person(const CommandContext& context, Session& session) {
    auto person = lookup(context, session).me();
    if (person) session.set_person(person->user_principal_name);
    return person;
}

Result<WhoAmI> who_am_i(const CommandContext& context, Session& session) {
    context.log.note(session.said());
    SA_TRY(const SharedToken token,
           session.tokens().get(std::string(session.cloud().graph.resource), context.world.stop));
    (void)token;
    WhoAmI who;
    if (const auto person = find_person(context, session)) {
        who.is_person = true;
        who.text = person_lines(*person);
    } else {
        const auto name = lookup(context, session).application_name(session.client_id());
        who.text = fmt::format("Signed in  as the application {}{}\n", session.client_id(),
                               name ? fmt::format(" ({})", printable(*name)) : "");
    }
    if (context.world.stop.stop_requested()) return fail(Errc::interrupted, "interrupted");
    who.text +=
        fmt::format("With       {}\n{}", session.token_source().name(), tenant_line(session));
    return who;
}

}  // namespace smtpaudit
