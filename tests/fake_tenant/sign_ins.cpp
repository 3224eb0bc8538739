#include "fake_tenant/sign_ins.hpp"

#include "base/text.hpp"
#include "fake_tenant/codec.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace smtpaudit::fake {

namespace {

using nlohmann::json;

constexpr std::string_view k_exchange = "00000002-0000-0ff1-ce00-000000000000";

struct Reason {
    int code;
    std::string_view text;
};
// facts/graph.md 1.8
constexpr Reason k_reasons[] = {
    {50126, "Error validating credentials due to invalid username or password."},
    {50053,
     "The account is locked, you've tried to sign in too many times with an incorrect user "
     "ID or password."},
    {50034, "The user account does not exist in the directory."},
    {50055, "The password is expired."},
    {50057, "The user account is disabled."},
    {50076,
     "Due to a configuration change made by your administrator, you must use multi-factor "
     "authentication."},
    {53003, "Access has been blocked by Conditional Access policies."},
    {530035, "Access has been blocked by security defaults."}};

// Properties that only beta has; the order is the one they are written in.
constexpr std::array<std::string_view, 14> k_beta_only{"signInEventTypes",
                                                       "authenticationProtocol",
                                                       "authenticationRequirement",
                                                       "authenticationDetails",
                                                       "authenticationProcessingDetails",
                                                       "authenticationRequirementPolicies",
                                                       "autonomousSystemNumber",
                                                       "incomingTokenType",
                                                       "clientCredentialType",
                                                       "ipAddressFromResourceProvider",
                                                       "networkLocationDetails",
                                                       "originalRequestId",
                                                       "crossTenantAccessType",
                                                       "userType"};

struct OtherApp {
    std::string_view client_app, name, id;
};
constexpr OtherApp k_other_apps[] = {
    {"Mobile Apps and Desktop clients", "Microsoft Office", "d3590ed6-52b3-4102-aeff-aad2292ab01c"},
    {"Browser", "Office 365 Exchange Online", k_exchange},
    {"IMAP4", "Office 365 Exchange Online", k_exchange},
    {"Exchange ActiveSync", "Office 365 Exchange Online", k_exchange},
    {"POP3", "Office 365 Exchange Online", k_exchange}};

const OtherApp& other_app(std::uint64_t number) {
    return k_other_apps[scramble(number, 3) % std::size(k_other_apps)];
}

// The same day, in the hours of the account; nullopt: it rests on that day.
std::optional<UtcTime> in_hours(const SignInAccount& account, UtcTime at) {
    const Day day = day_of(at);
    if (account.working_days && std::chrono::weekday(day).iso_encoding() > 5) return std::nullopt;
    const std::int64_t hours = account.to_hour - account.from_hour;
    return day + std::chrono::hours(account.from_hour) + (at - day) * hours / 24;
}

Value to_value(const json& item, std::string_view name) {
    if (item.is_boolean()) return item.get<bool>();
    if (item.is_number_integer()) return item.get<std::int64_t>();
    if (item.is_string()) {
        if (name.ends_with("DateTime"))
            if (const auto ticks = parse_ticks(item.get_ref<const std::string&>())) return *ticks;
        return item.get<std::string>();
    }
    if (!item.is_array()) return {};
    std::vector<std::string> texts;
    for (const json& part : item)
        if (part.is_string()) texts.push_back(part.get<std::string>());
    return texts;
}

}  // namespace

bool is_beta_only(std::string_view property) {
    return std::ranges::find(k_beta_only, property) != k_beta_only.end();
}

struct SignInLog::Given {
    json row;
    std::string id;
    bool interactive = true;
};

// Writes `"name":value` pairs that the selection lets through.
class SignInLog::Writer {
public:
    Writer(std::string& out, const Selection& selection) : out_(out), selection_(selection) {
        out_ += '{';
    }
    void raw(std::string_view name, std::string_view value) {
        if (!selection_.empty() && !selection_.contains(name)) return;
        out_ += out_.back() == '{' ? "\"" : ",\"";
        out_ += name;
        out_ += "\":";
        out_ += value;
    }
    void text(std::string_view name, std::string_view value) {
        if (!selection_.empty() && !selection_.contains(name)) return;
        raw(name, json_string(value));
    }
    void end() { out_ += '}'; }

private:
    std::string& out_;
    const Selection& selection_;
};

SignInLog::SignInLog(const TenantSpec& tenant, UtcTime now)
    : tenant_id_(tenant.id), accounts_(tenant.sign_ins.accounts) {
    for (const SignInAccount& account : accounts_) user_ids_.push_back(user_id_of(account));
    generate(tenant.sign_ins, tenant.sign_ins.end.value_or(now));
    add_given(tenant.sign_ins);
    std::ranges::stable_sort(rows_, [](const Row& a, const Row& b) {
        return a.created != b.created ? a.created > b.created : a.number < b.number;
    });
}
SignInLog::~SignInLog() = default;
SignInLog::SignInLog(SignInLog&&) noexcept = default;

void SignInLog::generate(const SignInSpec& spec, UtcTime end) {
    const auto add = [&](std::size_t account, Stream stream, std::size_t failure, double per_day) {
        const std::uint64_t source = scramble(scramble(spec.seed, account),
                                              static_cast<std::uint64_t>(stream) * 256 + failure);
        for (int day = 0; day < spec.days; ++day) {
            // A rate of 0.4 gives 0, 0, 1, 0, 1 … rows a day.
            const auto count = static_cast<std::uint64_t>(std::floor((day + 1) * per_day + 1e-9) -
                                                          std::floor(day * per_day + 1e-9));
            for (std::uint64_t i = 0; i < count; ++i) {
                const std::uint64_t number =
                    scramble(source, static_cast<std::uint64_t>(day) * 1'000'000 + i);
                const std::uint64_t slot = 86400 * i / count;
                const std::uint64_t room = std::max<std::uint64_t>(1, 86400 / count);
                const auto before = std::chrono::seconds(day * 86400LL) +
                                    std::chrono::seconds(1 + slot + number % room);
                const auto at = in_hours(accounts_[account], end - before);
                if (!at || *at >= end) continue;
                rows_.push_back({Ticks{at->time_since_epoch().count() * k_ticks_per_second}, number,
                                 static_cast<std::uint32_t>(account), stream,
                                 static_cast<std::uint8_t>(failure)});
            }
        }
    };
    for (std::size_t i = 0; i < accounts_.size(); ++i) {
        add(i, Stream::smtp, 0, accounts_[i].per_day);
        add(i, Stream::non_interactive, 0, accounts_[i].non_interactive_per_day);
        add(i, Stream::other, 0, accounts_[i].other_per_day);
        for (std::size_t f = 0; f < accounts_[i].failures.size(); ++f)
            add(i, Stream::failed, f, accounts_[i].failures[f].per_day);
    }
}

void SignInLog::add_given(const SignInSpec& spec) {
    for (const std::string& text : spec.rows) {
        Given given{json::parse(text, nullptr, false), {}, true};
        if (!given.row.is_object()) continue;
        const auto types = given.row.find("signInEventTypes");
        if (types != given.row.end() && types->is_array() && !types->empty())
            given.interactive = *types == json::array({"interactiveUser"});
        Ticks created;
        if (const auto time = given.row.find("createdDateTime");
            time != given.row.end() && time->is_string())
            created = parse_ticks(time->get_ref<const std::string&>()).value_or(Ticks{});
        rows_.push_back(
            {created, given_.size(), static_cast<std::uint32_t>(given_.size()), Stream::given, 0});
        given_.push_back(std::move(given));
    }
}

std::size_t SignInLog::first_not_newer(std::int64_t latest) const {
    const auto found = std::ranges::partition_point(
        rows_, [&](const Row& row) { return row.created.count > latest; });
    return static_cast<std::size_t>(found - rows_.begin());
}

bool SignInLog::is_interactive(std::size_t index) const {
    const Row& row = rows_[index];
    if (row.stream == Stream::given) return given_[row.account].interactive;
    return row.stream != Stream::non_interactive;
}

bool SignInLog::is_smtp(std::size_t index) const {
    const Value app = property(index, "clientAppUsed");
    const auto* text = std::get_if<std::string>(&app);
    return text != nullptr && (equals_ignoring_case(*text, "Authenticated SMTP") ||
                               equals_ignoring_case(*text, "SMTP"));
}

bool SignInLog::is_application(std::size_t index) const {
    const Value types = property(index, "signInEventTypes");
    const auto* list = std::get_if<std::vector<std::string>>(&types);
    return list != nullptr && std::ranges::find(*list, "servicePrincipal") != list->end();
}

const Failures* SignInLog::failures(const Row& row) const {
    return row.stream == Stream::failed ? &accounts_[row.account].failures[row.failure] : nullptr;
}
int SignInLog::error_code(const Row& row) const {
    const Failures* failed = failures(row);
    return failed != nullptr ? failed->code : 0;
}
const std::string& SignInLog::address(const Row& row) const {
    const SignInAccount& account = accounts_[row.account];
    const Failures* failed = failures(row);
    const auto& list =
        failed != nullptr && !failed->addresses.empty() ? failed->addresses : account.addresses;
    return list[scramble(row.number, 1) % list.size()];
}
std::string SignInLog::client_app(const Row& row) const {
    return row.stream == Stream::other ? std::string(other_app(row.number).client_app)
                                       : accounts_[row.account].client_app;
}

Value SignInLog::property(std::size_t index, std::string_view name) const {
    const Row& row = rows_[index];
    if (row.stream == Stream::given) {
        const json* at = &given_[row.account].row;
        for (const auto part : split(name, '/')) {
            const auto next = at->is_object() ? at->find(std::string(part)) : at->end();
            if (!at->is_object() || next == at->end()) return {};
            at = &*next;
        }
        return to_value(*at, name);
    }
    if (name == "createdDateTime") return row.created;
    if (name == "clientAppUsed") return client_app(row);
    if (name == "signInEventTypes")
        return std::vector<std::string>{is_interactive(index) ? "interactiveUser"
                                                              : "nonInteractiveUser"};
    if (name == "id") return uuid_of(row.number, scramble(row.number, 2));
    if (name == "userId") return user_ids_[row.account];
    if (name == "userPrincipalName") return ascii_lower(accounts_[row.account].upn);
    if (name == "appId")
        return std::string(row.stream == Stream::other ? other_app(row.number).id : k_exchange);
    if (name == "ipAddress") return address(row);
    if (name == "status/errorCode") return std::int64_t{error_code(row)};
    if (name == "resourceId") return std::string(k_exchange);
    if (name == "userAgent") return accounts_[row.account].user_agent;
    if (name == "clientCredentialType") return std::string("none");
    if (name == "location/countryOrRegion") {
        const Failures* failed = failures(row);
        return failed != nullptr && !failed->country.empty() ? failed->country
                                                             : accounts_[row.account].country;
    }
    return {};
}

void SignInLog::write(std::size_t index, GraphVersion version, const Selection& selection,
                      std::string& out) const {
    const Row& row = rows_[index];
    Writer writer(out, selection);
    if (row.stream == Stream::given) {
        for (const auto& [key, value] : given_[row.account].row.items())
            if (version == GraphVersion::beta || !is_beta_only(key)) writer.raw(key, value.dump());
    } else {
        write_generated(row, writer, version);
    }
    writer.end();
}

void SignInLog::write_generated(const Row& row, Writer& writer, GraphVersion version) const {
    const SignInAccount& account = accounts_[row.account];
    const Failures* failed = failures(row);
    const int code = error_code(row);
    const std::string& country =
        failed != nullptr && !failed->country.empty() ? failed->country : account.country;
    std::string reason = "null";
    for (const Reason& known : k_reasons)
        if (known.code == code) reason = json_string(known.text);
    const bool other = row.stream == Stream::other;

    writer.text("id", uuid_of(row.number, scramble(row.number, 2)));
    writer.text("createdDateTime",
                format_utc(UtcTime(std::chrono::seconds(row.created.count / k_ticks_per_second))));
    writer.text("userDisplayName", account.name);
    // The log holds it in lower case always (facts/graph.md 1.1).
    writer.text("userPrincipalName", ascii_lower(account.upn));
    writer.text("userId", user_ids_[row.account]);
    writer.text("appId", other ? other_app(row.number).id : k_exchange);
    writer.text("appDisplayName",
                other ? other_app(row.number).name : "Office 365 Exchange Online");
    writer.text("ipAddress", address(row));
    writer.text("clientAppUsed", client_app(row));
    writer.text("userAgent", account.user_agent);
    writer.text("correlationId", uuid_of(scramble(row.number, 4), scramble(row.number, 5)));
    writer.text("conditionalAccessStatus", code == 53003 ? "failure" : "notApplied");
    writer.raw("isInteractive", row.stream == Stream::non_interactive ? "false" : "true");
    for (const auto name : {"riskDetail", "riskState"}) writer.text(name, "none");
    for (const auto name : {"riskLevelAggregated", "riskLevelDuringSignIn"})
        writer.text(name, "hidden");
    for (const auto name : {"riskEventTypes", "riskEventTypes_v2"}) writer.raw(name, "[]");
    writer.text("resourceDisplayName", "Office 365 Exchange Online");
    writer.text("resourceId", k_exchange);
    writer.text("resourceTenantId", tenant_id_);
    writer.text("homeTenantId", tenant_id_);
    writer.text("servicePrincipalId", "");
    writer.raw("servicePrincipalName", "null");
    writer.raw("status",
               fmt::format(R"({{"errorCode":{},"failureReason":{},"additionalDetails":null}})",
                           code, reason));
    writer.raw("deviceDetail",
               R"({"deviceId":"","displayName":null,"operatingSystem":"","browser":"",)"
               R"("isCompliant":null,"isManaged":null,"trustType":null})");
    writer.raw("location", fmt::format(R"({{"city":{},"state":{},"countryOrRegion":{},)"
                                       R"("geoCoordinates":{{}}}})",
                                       json_string(account.city), json_string(account.city),
                                       json_string(country)));
    writer.raw("appliedConditionalAccessPolicies", "[]");
    if (version == GraphVersion::beta) write_beta(row, writer);
}

void SignInLog::write_beta(const Row& row, Writer& writer) const {
    writer.raw("signInEventTypes", row.stream == Stream::non_interactive
                                       ? R"(["nonInteractiveUser"])"
                                       : R"(["interactiveUser"])");
    writer.text("authenticationProtocol", row.stream == Stream::other ? "none" : "ropc");
    writer.text("authenticationRequirement", "singleFactorAuthentication");
    for (const auto name : {"authenticationDetails", "authenticationProcessingDetails",
                            "authenticationRequirementPolicies", "networkLocationDetails"})
        writer.raw(name, "[]");
    writer.raw("autonomousSystemNumber",
               std::to_string(64500 + scramble(row.account, row.failure) % 20));
    writer.text("incomingTokenType", "none");
    writer.text("clientCredentialType", "none");
    writer.raw("ipAddressFromResourceProvider", "null");
    writer.text("originalRequestId", uuid_of(row.number, scramble(row.number, 2)));
    writer.text("crossTenantAccessType", "none");
    writer.text("userType", "member");
}

std::string signins_as_json(const TenantSpec& tenant, const SignInFileOptions& options) {
    const SignInLog log(tenant, options.now);
    const bool lines = options.shape == SignInFile::json_lines;
    std::string out;
    for (std::size_t row = 0; row < log.size(); ++row) {
        if (options.smtp_only && !log.is_smtp(row)) continue;
        if (options.version == GraphVersion::v1_0 && !log.is_interactive(row)) continue;
        if (!lines && !out.empty()) out += ",\n";
        log.write(row, options.version, {}, out);
        if (lines) out += '\n';
    }
    if (options.shape == SignInFile::array) return "[" + out + "]\n";
    if (options.shape == SignInFile::json_lines) return out;
    return R"({"@odata.context":"https://graph.microsoft.com/)" +
           std::string(options.version == GraphVersion::beta ? "beta" : "v1.0") +
           R"(/$metadata#auditLogs/signIns","value":[)" + out + "]}\n";
}

}  // namespace smtpaudit::fake
