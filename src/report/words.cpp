#include "report/words.hpp"

#include "base/text.hpp"
#include "report/number_text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace smtpaudit {
namespace {

using Words = std::pair<std::string_view, std::string_view>;

constexpr std::array k_sources = {
    Words{"smtp_auth_report", "report"},
    Words{"smtp_auth_table", "table"},
    Words{"sign_ins", "sign-ins"},
    Words{"settings", "settings"},
    Words{"tenant", "tenant"},
    Words{"transport_config", "tenant switch"},
    Words{"cas_mailboxes", "mailbox switches"},
    Words{"mailboxes", "mailboxes"},
    Words{"exchange_users", "users of Exchange"},
    Words{"authentication_policies", "authentication policies"},
    Words{"organization_config", "organisation"},
    Words{"inbound_connectors", "inbound connectors"},
    Words{"accepted_domains", "accepted domains"},
    Words{"users", "users"},
    Words{"organization", "tenant name"},
    Words{"named_locations", "named locations"},
    Words{"security_defaults", "security defaults"},
    Words{"conditional_access", "Conditional Access"},
    Words{"mfa_registration", "MFA registration"},
    Words{"group_members", "members of groups"},
    Words{"directory_roles", "directory roles"},
    Words{"message_trace", "message trace"},
    Words{"oauth_apps", "applications that may send"},
    Words{"oauth_sign_ins", "OAuth sign-ins"},
    Words{"usage_report", "usage report"},
    Words{"message_center", "message center"},
};

// Lists of settings: one line says of all of them that they were read.
constexpr std::array<std::string_view, 14> k_settings_sources = {
    "transport_config",        "cas_mailboxes",       "mailboxes",          "exchange_users",
    "authentication_policies", "organization_config", "inbound_connectors", "accepted_domains",
    "security_defaults",       "conditional_access",  "mfa_registration",   "directory_roles",
    "named_locations",         "group_members",
};

constexpr std::array k_switch_words = {
    Words{"tenant_flag", "the tenant's SMTP AUTH switch"},
    Words{"mailbox_flag", "the mailbox's SMTP AUTH switch"},
    Words{"authentication_policy", "the authentication policy"},
    Words{"security_defaults", "security defaults"},
    Words{"conditional_access", "Conditional Access"},
};

constexpr std::array k_factors = {
    Words{"basic_usable", "whether Basic would work"},
    Words{"privilege", "admin roles"},
    Words{"mfa", "MFA"},
    Words{"password_age", "password age"},
    Words{"shared_sign_in", "shared mailbox sign-in"},
    Words{"attack", "attacks"},
    Words{"spread", "addresses and countries"},
    Words{"old_tls", "TLS versions"},
    Words{"business", "what it is for"},
};

constexpr std::array k_marks = {
    Words{"band_could_change", "the missing facts could move it to another band"},
    Words{"sender_only",
          "this sender is nobody's address: perhaps another account sends as it (Send As)"},
    Words{"relay_suspected", "many senders behind one address: a relay or a NAT; fix it once"},
    Words{"nat_suspected",
          "its accounts speak TLS differently: several machines behind one address"},
    Words{"changing_address",
          "one address after the other, never two at once: probably one machine whose address "
          "changes"},
    Words{"roaming_suspected",
          "many addresses, few days at each: probably a person on the road, not a device"},
    Words{"shared_password",
          "one account at many stable addresses: split it before migrating, one by one"},
    Words{"compromised", "the evidence says a stranger has the password; priority is set to 100"},
};

template <std::size_t N>
std::string_view find_words(const std::array<Words, N>& table, std::string_view id) {
    const auto* const found = std::find_if(table.begin(), table.end(),
                                           [&](const Words& words) { return words.first == id; });
    return found == table.end() ? id : found->second;
}

std::string spaced(std::string_view id) {
    std::string out(id);
    std::replace(out.begin(), out.end(), '_', ' ');
    return out;
}

}  // namespace

std::string_view status_words(Status status) {
    constexpr std::array<std::string_view, k_statuses> words = {
        "Basic is refused, and it still tries: broken now",
        "used Basic, is refused, and does not try any more",
        "half migrated: sends with Basic and with OAuth",
        "sends with Basic",
        "migrated: OAuth since its last Basic submission, more than 30 days ago",
        "dormant: sent with Basic in the window, not in its last 30 days (a quarterly job?)",
        "its protocol is not told",
        "sends with OAuth only",
        "does not send; only failed Basic sign-ins",
        "Basic would work, and nobody uses it",
    };
    return words[static_cast<std::size_t>(status)];
}

std::string_view source_words(std::string_view source) { return find_words(k_sources, source); }
bool is_settings_source(std::string_view source) {
    return std::find(k_settings_sources.begin(), k_settings_sources.end(), source) !=
           k_settings_sources.end();
}
std::string switch_name_words(std::string_view name) {
    return std::string(find_words(k_switch_words, name));
}
std::string factor_words(std::string_view factor) { return spaced(find_words(k_factors, factor)); }
std::string mark_words(std::string_view mark) { return spaced(find_words(k_marks, mark)); }

// The report ties messages to an address; sign-ins tie a password to it.
std::string link_words(const Link& link) {
    std::vector<std::string> parts;
    if (link.basic_messages > 0)
        parts.push_back(fmt::format("{} Basic messages", group_thousands(link.basic_messages)));
    if (const std::uint64_t others = link.messages - std::min(link.messages, link.basic_messages);
        others > 0)
        parts.push_back(fmt::format("{} other messages", group_thousands(others)));
    if (link.sign_ins_ok > 0)
        parts.push_back(fmt::format("{} sign-ins", group_thousands(link.sign_ins_ok)));
    if (link.sign_ins_failed > 0)
        parts.push_back(fmt::format("{} failed sign-ins", group_thousands(link.sign_ins_failed)));
    std::string words = join(parts, ", ");
    if (link.days > 0)
        words += fmt::format("{}on {}", words.empty() ? "" : " ",
                             counted(static_cast<std::uint64_t>(link.days), "day"));
    if (link.because.empty()) return words;
    return words + (words.empty() ? "" : ": ") + link.because;
}

std::string date_words(Day date, Precision precision) {
    if (precision == Precision::day) return format_day_long(date);
    const std::chrono::year_month_day parts(date);
    if (precision == Precision::half)
        return fmt::format("{} half of {}", unsigned(parts.month()) <= 6 ? "1st" : "2nd",
                           int(parts.year()));
    const std::string day = format_day_long(date);  // "31 Dec 2026"
    const std::string month = day.substr(day.find(' ') + 1);
    const bool is_last = parts.day() == (parts.year() / parts.month() / std::chrono::last).day();
    return is_last ? "end of " + month : month;
}

std::string range_words(Day from, Day to) {
    if (from == to) return format_day_long(to);
    const bool one_year =
        std::chrono::year_month_day(from).year() == std::chrono::year_month_day(to).year();
    return fmt::format("{} – {}", one_year ? format_day_short(from) : format_day_long(from),
                       format_day_long(to));
}

std::string days_words(int days_left) {
    if (days_left == 0) return "today";
    const auto size = static_cast<std::uint64_t>(std::abs(static_cast<long>(days_left)));
    return days_left > 0 ? "in " + counted(size, "day") : counted(size, "day") + " ago";
}

std::string counted(std::uint64_t count, std::string_view one) {
    return fmt::format("{} {}{}", group_thousands(count), one, count == 1 ? "" : "s");
}

std::string percent_words(double share) {
    if (share > 0 && share < 0.01) return "under 1 %";
    if (share > 0.99 && share < 1) return "over 99 %";
    return fmt::format("{} %", round_half_up(share * 100));
}

std::string mean_words(double mean) {
    if (mean > 0 && mean < 0.1) return "under 0.1";
    if (mean < 10) return short_decimals(mean, 1);
    return group_thousands(static_cast<unsigned long long>(std::llround(mean)));
}

std::string_view first_clause(std::string_view sentence) {
    const std::size_t end =
        std::min({sentence.find(';'), sentence.find(": "), sentence.find(". ")});
    return trim(sentence.substr(0, end));
}

std::string shell_quoted(std::string_view text) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("@%_+:,./-").find(c) != std::string_view::npos;
    };
    if (!text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), is_plain))
        return std::string(text);
    std::string out = !text.empty() && text.front() == '-' ? "-- '" : "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::string cutoff_words(const Cutoff& cutoff) {
    std::string name = printable(cutoff.id);
    const std::string date = date_words(cutoff.date, cutoff.precision);
    if (cutoff.id != format_day(cutoff.date)) name += fmt::format(" ({})", date);
    if (cutoff.days_left < 0)
        return fmt::format("{} passed {}", name, days_words(cutoff.days_left));
    return fmt::format("{} is {}", name, days_words(cutoff.days_left));
}

std::string next_words(const NextEnforcement& next) {
    return fmt::format("{}, {}: {}", date_words(next.date, next.precision),
                       days_words(next.days_left), printable(first_clause(next.what)));
}

}  // namespace smtpaudit
