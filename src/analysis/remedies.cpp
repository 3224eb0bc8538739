#include "analysis/remedies.hpp"

#include "base/ip.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <string>
#include <utility>

namespace smtpaudit {
namespace {

constexpr const char* k_does_oauth = "can the product do OAuth for SMTP?";
constexpr const char* k_fixed_ip =
    "does it send from a fixed public address, or with a certificate?";

// Half of what a mailbox may send in a day (10,000 recipients, facts/exchange.md 5): above it a
// busy day or another recipient in each message ends in a refusal.
constexpr double k_bulk_a_day = 5000;

// Messages or recipients on a day on which it sends, whichever is known to be more.
double daily_volume(const SubjectView& view) {
    const MeasureUse& basic = view.profile.basic();
    const double sent = basic.active_days > 0
                            ? static_cast<double>(basic.window) / basic.active_days
                            : monthly_messages(view.risk, 0) / 30;
    const Recipients& traced = view.recipients;
    const double received = traced.days > 0 ? static_cast<double>(traced.all) / traced.days : 0;
    return std::max(sent, received);
}

bool is_bulk(const SubjectView& view) { return daily_volume(view) >= k_bulk_a_day; }

std::string bulk_words(const SubjectView& view) {
    return fmt::format(
        "On a day that it sends it has about {} messages or recipients, and a mailbox may send to "
        "10,000 a day",
        group_thousands(static_cast<std::uint64_t>(daily_volume(view))));
}

std::string internal_words(const SubjectView& view) {
    return fmt::format(
        "All {} of its recipients in the message trace ({}) are internal",
        group_thousands(view.recipients.all),
        view.recipients.days == 1 ? "1 day" : fmt::format("{} days", view.recipients.days));
}

std::string external_words(const SubjectView& view) {
    const std::uint64_t outside = view.recipients.all - view.recipients.internal;
    return fmt::format("{} of its {} recipients in the message trace are outside",
                       group_thousands(outside), group_thousands(view.recipients.all));
}

// The fact that would tell whether Direct Send and High Volume Email are open to it.
std::string recipients_need(const SubjectView& view) {
    if (view.recipients.all > 0 && !view.recipients.domains_known)
        return "are all its recipients internal? (the trace names them; the accepted domains, "
               "Get-AcceptedDomain, were not read)";
    return "are all its recipients internal? (message_trace of a scan tells)";
}

// What the tenant says of Direct Send: where it is rejected it is no way out.
Setting<bool> direct_send_rejected(const SubjectView& view) {
    return view.board == nullptr ? Setting<bool>() : view.board->tenant().reject_direct_send;
}

Remedy relay_host() {
    return {
        "bridge",
        "fix the relay once",
        "Many senders come from one address, so one machine submits for all of them: give that "
        "machine OAuth (postfix with sasl-xoauth2) or an SMTP relay connector, and every sender "
        "behind it is done.",
        {"is it one relay, or many machines behind one router?", k_fixed_ip}};
}

Remedy own_server() {
    return {
        "own_server",
        "a server for the site",
        "Several machines submit from this one public address. A server of your own behind it "
        "(postfix, hMailServer, Exchange) takes their mail inside the network, with Basic or "
        "without a login, and one relay connector or OAuth lets that server out. A connector for "
        "the address itself would take mail from every machine behind it.",
        {"is there a server in that network, and somebody who runs it?"}};
}

Remedy high_volume(std::string why) {
    return {"hve",
            "High Volume Email",
            std::move(why) +
                ". High Volume Email takes such mail with Basic until September 2028; it is paid "
                "since June 2026.",
            {}};
}

Remedy communication_services(std::string why) {
    return {
        "acs",
        "ACS Email, it is bulk",
        std::move(why) +
            ". Azure Communication Services Email is made for external and bulk mail of your own "
            "domain; its login has the shape of a name and a password, so an old sender keeps its "
            "settings.",
        {"must its mail land in a mailbox's Sent Items? Azure Communication Services has none"}};
}

// Neither an address that a connector or SPF could name, nor internal recipients alone.
Remedy mail_service(const SubjectView& view) {
    return {"saas",
            "a mail service",
            external_words(view) +
                ", and its address changes, so no relay connector can know it. A mail service with "
                "its own login (Brevo, Mailjet, SMTP2GO, Postmark), or Azure Communication "
                "Services Email, takes its mail from anywhere.",
            {"may its mail be processed by another company?", k_does_oauth}};
}

// Internal recipients alone, as far back as the trace goes.
Remedy internal_way(const SubjectView& view) {
    const std::string why = internal_words(view);
    if (is_bulk(view)) return high_volume(why + ". " + bulk_words(view));
    const Setting<bool> rejected = direct_send_rejected(view);
    if (rejected.value.value_or(false))
        return high_volume(why + ", but Direct Send is not open (RejectDirectSend is on)");
    if (view.has_mark("changing_address"))
        return high_volume(why +
                           ", but its address changes, and Direct Send needs one that your SPF "
                           "record names");
    Remedy remedy{"direct_send",
                  "Direct Send",
                  why +
                      ". Direct Send to your tenant's mail host on port 25 needs no password; "
                      "a relay connector or High Volume Email are the other ways. The trace goes "
                      "back 10 days: ask about rarer mail to outside.",
                  {"does its network let port 25 out, and can your SPF record name its address?"}};
    if (!rejected.is_read)
        remedy.needs.emplace_back(
            "is Direct Send open? (RejectDirectSend of Get-OrganizationConfig was not read)");
    return remedy;
}

// The enabled connector by which a mail server of one's own is let in with its certificate.
const InboundConnector* server_connector(const SubjectView& view) {
    if (view.board == nullptr || !view.board->tenant().inbound_connectors) return nullptr;
    for (const InboundConnector& connector : *view.board->tenant().inbound_connectors)
        if (connector.enabled.value_or(false) && !connector.certificate_name.empty() &&
            equals_ignoring_case(connector.type, "OnPremises"))
            return &connector;
    return nullptr;
}

// A device that cannot do OAuth, where somebody of its recipients is, or may be, outside.
Remedy outside_way(const SubjectView& view) {
    const bool is_known = view.recipients.internal_share().has_value();
    if (is_known && is_bulk(view))
        return communication_services(external_words(view) + ". " + bulk_words(view));
    if (const InboundConnector* connector = server_connector(view))
        return {"own_server",
                "by your own server",
                "Your tenant takes mail from a server of your own by the certificate of the "
                "connector \"" +
                    connector->name +
                    "\". Let the device send to that server, inside the network, with Basic or "
                    "without a login.",
                {"can it reach that server?"}};
    if (is_known && view.has_mark("changing_address")) return mail_service(view);
    std::string why =
        "Scanners rarely do OAuth. An SMTP relay connector takes their mail without "
        "a password; ";
    if (is_known)
        return {"relay",
                "relay connector",
                why + "Direct Send and High Volume Email do not reach outside, and " +
                    external_words(view) + ".",
                {k_fixed_ip}};
    why += direct_send_rejected(view).value.value_or(false)
               ? "if every recipient is internal, High Volume Email is simpler (Direct Send is "
                 "not open: RejectDirectSend is on)."
               : "if every recipient is internal, Direct Send or High Volume Email are simpler.";
    Remedy remedy{"relay", "relay, or HVE", std::move(why), {recipients_need(view), k_fixed_ip}};
    if (is_bulk(view))
        remedy.why += " " + bulk_words(view) +
                      ": to outside Azure Communication Services Email, to inside High Volume "
                      "Email.";
    return remedy;
}

Remedy scanner(const SubjectView& view) {
    return view.recipients.are_all_internal() ? internal_way(view) : outside_way(view);
}

// An enabled inbound connector that names this address, so that mail needs no login from there.
const InboundConnector* connector_of(const SubjectView& device) {
    if (!device.is_device || device.board == nullptr) return nullptr;
    const auto& connectors = device.board->tenant().inbound_connectors;
    const auto address = parse_ip(device.id.substr(0, device.id.find('/')));
    if (!connectors || !address) return nullptr;
    for (const InboundConnector& connector : *connectors) {
        if (!connector.enabled.value_or(false)) continue;
        for (const std::string& written : connector.sender_addresses) {
            const auto range = parse_ip_range(written);
            if (range && range->contains(*address)) return &connector;
        }
    }
    return nullptr;
}

Remedy through_connector(const InboundConnector& connector) {
    return {
        "relay",
        "use your connector",
        "The inbound connector \"" + connector.name +
            "\" takes mail from this address already: let it send to your tenant's mail host on "
            "port 25 without a login (docs/remedies.md).",
        {}};
}

// Quiet until something is wrong: the way of a scanner, and a test.
Remedy alert(const SubjectView& view) {
    constexpr std::string_view k_quiet =
        "A device that mails only when something is wrong is not missed until it matters: send a "
        "test alert after the change.";
    if (!view.recipients.internal_share() && server_connector(view) == nullptr)
        return {"relay",
                "relay; test an alert",
                "A device that mails only when something is wrong is not missed until it matters. "
                "Move it to a relay connector or High Volume Email and send a test alert "
                "afterwards.",
                {recipients_need(view), k_fixed_ip}};
    Remedy remedy = scanner(view);
    remedy.title += "; test";
    remedy.why += fmt::format(" {}", k_quiet);
    return remedy;
}

// Code of one's own, by the inventory's class or by a name that says so.
bool is_script(const SubjectView& view) {
    if (view.inventory != nullptr && view.inventory->business) return view.inventory->is_script;
    return view.class_.guess.pattern == "script*";
}

Remedy own_code(const SubjectView& view) {
    const bool is_sure = view.inventory != nullptr && view.inventory->is_script;
    Remedy remedy{"graph_api",
                  "Graph sendMail",
                  "Code of your own can send with Microsoft Graph in place of SMTP (sendMail), or "
                  "keep SMTP and sign in with OAuth.",
                  {}};
    if (!is_sure) remedy.needs.emplace_back("is it your own code? (its name says script)");
    return remedy;
}

Remedy application(const SubjectView& view) {
    const bool is_known = view.recipients.internal_share().has_value();
    if (is_bulk(view) && is_known)
        return view.recipients.are_all_internal()
                   ? high_volume(internal_words(view) + ". " + bulk_words(view))
                   : communication_services(external_words(view) + ". " + bulk_words(view));
    if (is_script(view)) return own_code(view);
    Remedy remedy{
        "oauth",
        "oauth in the app",
        "A maintained application can usually do OAuth for SMTP after an update. If it is your "
        "own code, Graph sendMail does without SMTP; if it cannot change, an OAuth proxy can "
        "stand before it.",
        {k_does_oauth}};
    if (view.recipients.are_all_internal())
        remedy.why += " " + internal_words(view) +
                      ": where it cannot do OAuth, High Volume Email takes it as it is.";
    if (is_bulk(view)) {
        remedy.why += " " + bulk_words(view) +
                      ": to outside Azure Communication Services Email takes more, to inside High "
                      "Volume Email.";
        remedy.needs.push_back(recipients_need(view));
    }
    return remedy;
}

Remedy person() {
    return {
        "oauth",
        "oauth mail client",
        "A person here uses a mail client with a stored password. Outlook is not affected; most "
        "current clients can sign in with OAuth instead.",
        {}};
}

Remedy dormant() {
    return {
        "retire",
        "ask, then block",
        "Nothing for 30 days or more: either it is gone, or it is a quarterly or yearly job. Ask, "
        "then block Basic for this account with an authentication policy.",
        {"is it still needed, and when does it send next?"}};
}

bool is_quiet(Business business) {
    return business == Business::alert || business == Business::backup;
}

Remedy quiet_unused() {
    return {"retire",
            "ask, then block",
            "By its name it sends alerts or backup reports, which are rare: no use does not mean "
            "that nothing needs it. Ask, then block Basic for it with an authentication policy.",
            {"does a device still hold its password?"}};
}

Remedy shared_password() {
    return {
        "relay",
        "split it, then relay",
        "One password is used from several stable addresses. Give each device its own account or "
        "a relay connector first; otherwise one change stops all of them at once.",
        {"which devices hold this password?"}};
}

Remedy unknown_sender(const SubjectView& view) {
    Remedy remedy{
        "oauth",
        "find out what it is",
        "Its name does not tell whether it is a device or an application. An application can "
        "usually do OAuth; a device usually needs a relay connector.",
        {"what sends with this account?"}};
    if (view.recipients.are_all_internal())
        remedy.why += " " + internal_words(view) +
                      ", so Direct Send and High Volume Email are open to a device.";
    else if (view.recipients.internal_share())
        remedy.why +=
            " " + external_words(view) + ", so Direct Send and High Volume Email are closed to it.";
    else
        remedy.needs.push_back(recipients_need(view));
    return remedy;
}

bool is_device_class(Business business) {
    return business == Business::scanner || is_quiet(business);
}

Remedy by_class(const SubjectView& view) {
    switch (view.class_.business) {
        case Business::scanner: return scanner(view);
        case Business::alert:
        case Business::backup: return alert(view);
        case Business::finance:
        case Business::critical:
        case Business::app: return application(view);
        case Business::person: return person();
        case Business::unknown: break;
    }
    return unknown_sender(view);
}

}  // namespace

std::optional<Remedy> first_remedy(const SubjectView& view) {
    switch (view.risk.status) {
        case Status::oauth_only: return std::nullopt;
        case Status::migrated:
            return Remedy{
                "retire",
                "block Basic now",
                "It has moved to OAuth. An authentication policy that blocks Basic keeps an "
                "old setting from coming back. Leave SMTP AUTH itself on: OAuth needs it.",
                {}};
        case Status::mixed:
            return Remedy{"oauth",
                          "oauth: finish it",
                          "Part of what sends with this account already uses OAuth: find the part "
                          "that does not, and give it the same setting.",
                          {"which of its addresses still use Basic?"}};
        case Status::unknown:
            return Remedy{"keep",
                          "find the protocol",
                          "The evidence does not say whether it used Basic or OAuth.",
                          {"the Authentication Protocol column of a newer export"}};
        case Status::attempted:
        case Status::enabled_unused:
            // As the action that locks unused mailboxes leaves them out.
            if (is_quiet(view.class_.business)) return quiet_unused();
            return Remedy{
                "retire",
                "block Basic",
                "Nobody sends with it, so blocking Basic by an authentication policy breaks "
                "nothing and takes the password away as a way in.",
                {}};
        case Status::dormant_basic:
            // An alert sender is quiet because nothing is wrong yet; retiring it would be the harm.
            if (!is_quiet(view.class_.business)) return dormant();
            break;
        case Status::already_blocked:
            return Remedy{"retire",
                          "remove the old setting",
                          "Basic is refused and it does not try any more. Take the setting out of "
                          "the device or program, or give it another way, so that nobody waits for "
                          "its mail.",
                          {"is its mail missed?"}};
        case Status::blocked_retrying:
        case Status::active_basic: break;
    }
    if (const InboundConnector* connector = connector_of(view))
        return through_connector(*connector);
    if (view.has_mark("relay_suspected")) return relay_host();
    if (view.has_mark("nat_suspected") && is_device_class(view.class_.business))
        return own_server();
    if (view.has_mark("shared_password")) return shared_password();
    return by_class(view);
}

}  // namespace smtpaudit
