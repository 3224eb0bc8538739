#include "analysis/remedies.hpp"

#include "base/ip.hpp"

#include <string>

namespace smtpaudit {
namespace {

constexpr const char* k_internal_only = "are all its recipients internal?";
constexpr const char* k_does_oauth = "can the product do OAuth for SMTP?";
constexpr const char* k_fixed_ip =
    "does it send from a fixed public address, or with a certificate?";

Remedy relay_host() {
    return {
        "bridge",
        "fix the relay once",
        "Many senders come from one address, so one machine submits for all of them: give that "
        "machine OAuth (postfix with sasl-xoauth2) or an SMTP relay connector, and every sender "
        "behind it is done.",
        {"is it one relay, or many machines behind one router?", k_fixed_ip}};
}

// What the tenant says of Direct Send: where it is rejected it is no way out.
std::string internal_words(const SubjectView& view) {
    const Setting<bool> rejects =
        view.board == nullptr ? Setting<bool>() : view.board->tenant().reject_direct_send;
    if (rejects.value.value_or(false))
        return "if every recipient is internal, High Volume Email is simpler (Direct Send is not "
               "open: RejectDirectSend is on)";
    return "if every recipient is internal, Direct Send or High Volume Email are simpler";
}

Remedy scanner(const SubjectView& view) {
    return {"relay",
            "relay, or HVE",
            "Scanners rarely do OAuth. An SMTP relay connector takes their mail without a "
            "password; " +
                internal_words(view) + ".",
            {k_internal_only, k_fixed_ip}};
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

Remedy alert() {
    return {"relay",
            "relay; test an alert",
            "A device that mails only when something is wrong is not missed until it matters. Move "
            "it to a relay connector or High Volume Email and send a test alert afterwards.",
            {k_internal_only, k_fixed_ip}};
}

Remedy application() {
    return {"oauth",
            "oauth in the app",
            "A maintained application can usually do OAuth for SMTP after an update. If it is your "
            "own code, Graph sendMail does without SMTP; if it cannot change, an OAuth proxy can "
            "stand before it.",
            {k_does_oauth}};
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

Remedy shared_password() {
    return {
        "relay",
        "split it, then relay",
        "One password is used from several stable addresses. Give each device its own account or "
        "a relay connector first; otherwise one change stops all of them at once.",
        {"which devices hold this password?"}};
}

Remedy by_class(const SubjectView& view) {
    switch (view.class_.business) {
        case Business::scanner: return scanner(view);
        case Business::alert:
        case Business::backup: return alert();
        case Business::finance:
        case Business::critical:
        case Business::app: return application();
        case Business::person: return person();
        case Business::unknown: break;
    }
    return {"oauth",
            "find out what it is",
            "Its name does not tell whether it is a device or an application. An application can "
            "usually do OAuth; a device usually needs a relay connector.",
            {"what sends with this account?", k_internal_only}};
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
            return Remedy{
                "retire",
                "block Basic",
                "Nobody sends with it, so blocking Basic by an authentication policy breaks "
                "nothing and takes the password away as a way in.",
                {}};
        case Status::dormant_basic:
            // An alert sender is quiet because nothing is wrong yet; retiring it would be the harm.
            if (view.class_.business != Business::alert && view.class_.business != Business::backup)
                return dormant();
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
    if (view.has_mark("shared_password")) return shared_password();
    return by_class(view);
}

}  // namespace smtpaudit
