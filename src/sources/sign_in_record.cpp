#include "sources/sign_in_record.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

namespace smtpaudit {
namespace {

using State = SignInRow::State;

constexpr std::array<std::string_view, k_sign_in_fields> k_names = {"id",
                                                                    "createdDateTime",
                                                                    "userId",
                                                                    "userPrincipalName",
                                                                    "clientAppUsed",
                                                                    "ipAddress",
                                                                    "userAgent",
                                                                    "appDisplayName",
                                                                    "location.countryOrRegion",
                                                                    "status.errorCode",
                                                                    "riskState",
                                                                    "riskLevelAggregated",
                                                                    "riskLevelDuringSignIn"};

std::string problem_of(SignInField field, State state) {
    const std::string_view name = k_names[static_cast<std::size_t>(field)];
    switch (state) {
        case State::absent: return fmt::format("{} is missing", name);
        case State::null: return fmt::format("{} is null", name);
        case State::wrong_type: return fmt::format("{} has the wrong type", name);
        case State::present: break;
    }
    return fmt::format("{} cannot be read", name);
}

std::optional<UtcTime> instant_of(std::string_view text) {
    const auto read = parse_iso_instant(trim(text));
    // A day alone is not an instant: its first second would be a guess.
    if (!read || !read->has_time) return std::nullopt;
    return read->at;
}

std::optional<int> code_of(std::string_view text) {
    text = trim(text);
    int code = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
    if (error != std::errc() || end != text.data() + text.size() || code < 0) return std::nullopt;
    return code;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// "NL", "nl", or the portal's "Utrecht, Utrecht, NL"; anything else is not told.
std::string country_of(std::string_view text) {
    if (const auto comma = text.rfind(','); comma != std::string_view::npos)
        text.remove_prefix(comma + 1);
    text = trim(text);
    if (text.size() != 2 || !is_letter(text[0]) || !is_letter(text[1])) return {};
    std::string country(text);
    for (char& c : country) c = static_cast<char>(c & ~0x20);
    return country;
}

// Entra writes the all-zero id where the tried name is no account: it must not join such names.
bool is_nobody(std::string_view user_id) {
    return user_id.find_first_not_of("0-") == std::string_view::npos;
}

SignInRisk level_of(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, SignInRisk>, 4> k_levels = {
        {{"none", SignInRisk::none},
         {"low", SignInRisk::low},
         {"medium", SignInRisk::medium},
         {"high", SignInRisk::high}}};
    for (const auto& [name, level] : k_levels)
        if (equals_ignoring_case(trim(text), name)) return level;
    return SignInRisk::unknown;  // "hidden", and what Microsoft adds one day
}

// The state "none" beside hidden levels says nothing: so Graph writes it without Entra ID P2.
SignInRisk risk_of(const SignInRow& row) {
    const std::string_view state = trim(row.text(SignInField::risk_state));
    const SignInRisk level = std::max(level_of(row.text(SignInField::risk_level)),
                                      level_of(row.text(SignInField::risk_level_then)));
    if (equals_ignoring_case(state, "confirmedCompromised")) return SignInRisk::compromised;
    if (equals_ignoring_case(state, "atRisk")) return std::max(level, SignInRisk::at_risk);
    for (const std::string_view over : {"remediated", "dismissed", "confirmedSafe"})
        if (equals_ignoring_case(state, over)) return SignInRisk::none;
    return level;
}

}  // namespace

void SignInRow::clear() {
    for (Cell& cell : cells_) {
        cell.text.clear();
        cell.state = State::absent;
        cell.rank = 0;
    }
}

void SignInRow::set(SignInField field, State state, std::string_view text, std::uint8_t rank) {
    Cell& cell = cells_[static_cast<std::size_t>(field)];
    const bool was = cell.state == State::present;
    const bool is = state == State::present;
    if (was && !is) return;
    if (was == is && rank < cell.rank) return;
    cell.state = state;
    cell.rank = rank;
    cell.text.assign(is ? text : std::string_view());
}

void SignInTally::merge(const SignInTally& other) {
    smtp_rows += other.smtp_rows;
    other_rows += other.other_rows;
    unreadable_addresses += other.unreadable_addresses;
    wrong_types += other.wrong_types;
    without_id += other.without_id;
    nameless_rows += other.nameless_rows;
    if (other.first) first = first ? std::min(*first, *other.first) : *other.first;
    if (other.last) last = last ? std::max(*last, *other.last) : *other.last;
}

std::vector<std::string> SignInTally::notes() const {
    std::vector<std::string> notes;
    const auto note = [&](std::uint64_t count, std::string_view one, std::string_view many) {
        if (count > 0)
            notes.push_back(fmt::format("{} {}", group_thousands(count), count == 1 ? one : many));
    };
    note(other_rows, "row of another protocol skipped", "rows of other protocols skipped");
    note(nameless_rows, "SMTP row names no account: skipped", "SMTP rows name no account: skipped");
    note(unreadable_addresses, "IP address cannot be read: that row has no device",
         "IP addresses cannot be read: those rows have no device");
    note(wrong_types, "field of the wrong type taken as absent",
         "fields of the wrong type taken as absent");
    note(without_id, "row has no id: a repetition of it would be counted again",
         "rows have no id: a repetition of one would be counted again");
    return notes;
}

bool is_smtp_client_app(std::string_view client_app_used) {
    const std::string_view app = trim(client_app_used);
    return equals_ignoring_case(app, "Authenticated SMTP") || equals_ignoring_case(app, "SMTP");
}

tl::expected<std::optional<Observation>, std::string> SignInReader::read(const SignInRow& row) {
    using enum SignInField;
    const auto at = instant_of(row.text(created));
    if (at) {
        tally_.first = tally_.first ? std::min(*tally_.first, *at) : *at;
        tally_.last = tally_.last ? std::max(*tally_.last, *at) : *at;
    }
    if (row[client_app].state == State::wrong_type)
        return tl::unexpected(problem_of(client_app, State::wrong_type));
    if (!is_smtp_client_app(row.text(client_app))) {
        ++tally_.other_rows;
        return std::nullopt;
    }
    if (!at) return tl::unexpected(problem_of(created, row[created].state));
    const auto code = code_of(row.text(error_code));
    if (!code) return tl::unexpected(problem_of(error_code, row[error_code].state));
    Observation seen;
    seen.account = trim(row.text(user_principal_name));
    seen.user_id = trim(row.text(user_id));
    if (is_nobody(seen.user_id)) seen.user_id = {};
    if (seen.user_id.empty() && seen.account.empty()) {
        if (row[user_id].state != State::present)
            return tl::unexpected(problem_of(user_id, row[user_id].state) +
                                  ", and there is no userPrincipalName");
        ++tally_.nameless_rows;
        return std::nullopt;
    }
    seen.at = at;
    seen.has_time = true;
    seen.protocol = Protocol::basic;  // these two client apps are the legacy ones: a password
    seen.outcome = *code == 0 ? Outcome::success : Outcome::failure;
    seen.error_code = *code;
    const std::string_view address = trim(row.text(ip_address));
    seen.client = parse_ip(address);
    if (!seen.client && !address.empty()) ++tally_.unreadable_addresses;
    seen.user_agent = row.text(user_agent);
    seen.app = row.text(app);
    seen.risk = risk_of(row);
    country_ = country_of(row.text(country));
    seen.country = country_;
    seen.sign_ins = 1;
    seen.record_id = trim(row.text(id));
    if (seen.record_id.empty()) ++tally_.without_id;
    for (const SignInField field : {id, user_id, user_principal_name, ip_address, user_agent, app,
                                    country, risk_state, risk_level, risk_level_then})
        if (row[field].state == State::wrong_type) ++tally_.wrong_types;
    ++tally_.smtp_rows;
    return seen;
}

}  // namespace smtpaudit
