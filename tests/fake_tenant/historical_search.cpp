#include "fake_tenant/historical_search.hpp"

#include "base/text.hpp"
#include "fake_tenant/codec.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

namespace smtpaudit::fake {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 11> k_documented_types = {"ATPReport",
                                                                 "ConnectorReport",
                                                                 "DLP",
                                                                 "MessageTrace",
                                                                 "SPAM",
                                                                 "Spoof",
                                                                 "TransportRule",
                                                                 "MessageTraceDetail",
                                                                 "UnifiedDLP",
                                                                 "P2SenderAttribution",
                                                                 "OutboundSecurityReport"};
constexpr std::string_view k_smtp_type = "SmtpCSReport";
constexpr unsigned k_jobs_a_day = 250;

std::string text_of(const json& parameters, const char* name) {
    const auto found = parameters.find(name);
    return found != parameters.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<std::string> notify_of(const json& parameters) {
    std::vector<std::string> all;
    const auto found = parameters.find("NotifyAddress");
    if (found == parameters.end()) return all;
    if (found->is_string()) return {found->get<std::string>()};
    for (const json& address : *found)
        if (address.is_string()) all.push_back(address.get<std::string>());
    return all;
}

std::string bad_type(const std::string& type) {
    return fmt::format(
        "Cannot process argument transformation on parameter 'ReportType'. Cannot convert value "
        "\"{}\" to type \"HistoricalSearchReportType\".",
        type);
}

void set_guid(json& row, const char* name, const std::string& value) {
    row[std::string(name) + "@data.type"] = "System.Guid";
    row[name] = value;
}

void set_time(json& row, const char* name, UtcTime at) {
    std::string text = format_utc(at);
    text.insert(text.size() - 1, ".0000000");
    row[std::string(name) + "@data.type"] = "System.DateTime";
    row[name] = text;
}

}  // namespace

HistoricalSearches::Rows HistoricalSearches::start(const json& parameters) {
    const TenantSpec tenant = state_.spec();
    Job job;
    job.title = text_of(parameters, "ReportTitle");
    job.type = text_of(parameters, "ReportType");
    job.notify = notify_of(parameters);
    const auto from = parse_iso_instant(text_of(parameters, "StartDate"));
    const auto to = parse_iso_instant(text_of(parameters, "EndDate"));
    if (job.title.empty() || job.type.empty() || !from || !to)
        return tl::unexpected(
            std::string("Cannot process command because of one or more missing "
                        "mandatory parameters."));
    const bool is_documented =
        std::ranges::find(k_documented_types, job.type) != k_documented_types.end();
    if (!is_documented && (job.type != k_smtp_type || !tenant.exchange.has_smtp_report))
        return tl::unexpected(bad_type(job.type));
    job.submitted = state_.time.now();
    job.from = from->at;
    job.to = to->at;
    if (job.from >= job.to || job.from < job.submitted - std::chrono::days(91))
        return tl::unexpected(std::string("The date range is invalid."));
    for (const std::string& address : job.notify) {
        const std::string domain = address.substr(address.find('@') + 1);
        if (!std::ranges::any_of(tenant.domains, [&](const std::string& accepted) {
                return equals_ignoring_case(accepted, domain);
            }))
            return tl::unexpected(fmt::format(
                "The notify address \"{}\" is not in an accepted domain of the organization.",
                address));
    }
    const std::lock_guard lock(mutex_);
    const auto today = std::ranges::count_if(jobs_, [&](const Job& other) {
        return other.submitted > job.submitted - std::chrono::hours(24);
    });
    if (today >= k_jobs_a_day)
        return tl::unexpected(
            std::string("You have reached the daily quota of 250 historical "
                        "searches."));
    job.id = uuid_of(scramble(jobs_.size(), 21), scramble(jobs_.size(), 22));
    jobs_.push_back(job);
    return json::array({row(jobs_.back())});
}

HistoricalSearches::Rows HistoricalSearches::get(const json& parameters) {
    const std::string id = text_of(parameters, "JobId");
    const std::lock_guard lock(mutex_);
    json rows = json::array();
    for (Job& job : jobs_) {
        if (!id.empty() && !equals_ignoring_case(job.id, id)) continue;
        ++job.polls;
        rows.push_back(row(job));
    }
    if (rows.empty() && !id.empty())
        return tl::unexpected(fmt::format("The job '{}' couldn't be found.", id));
    return rows;
}

json HistoricalSearches::row(Job& job) {
    const TenantSpec tenant = state_.spec();
    const unsigned needed = tenant.exchange.job_polls;
    const bool is_over = job.polls >= needed;
    const bool has_failed = is_over && !tenant.exchange.job_error.empty();
    std::size_t rows = 0;
    std::string report;
    if (is_over && !has_failed && job.type == k_smtp_type)
        report = smtp_cs_report(tenant, state_.time.now(), job.from, job.to, rows);
    if (is_over && !has_failed && !job.told) {
        job.told = true;
        if (on_done_) on_done_(fmt::format("{}_{}_{}.csv", job.type, job.title, job.id), report);
    }
    json answer = json::object();
    set_guid(answer, "JobId", job.id);
    set_time(answer, "SubmitDate", job.submitted);
    set_time(answer, "StartDate", job.from);
    set_time(answer, "EndDate", job.to);
    answer["ReportTitle"] = job.title;
    answer["ReportType"] = job.type;
    answer["NotifyAddress@odata.type"] = "#Collection(String)";
    answer["NotifyAddress"] = job.notify;
    answer["Status"] = has_failed       ? "Failed"
                       : is_over        ? "Done"
                       : job.polls == 0 ? "NotStarted"
                                        : "InProgress";
    answer["Rows@data.type"] = "System.Int32";
    answer["Rows"] = rows;
    answer["FileRows@data.type"] = "System.Int32";
    answer["FileRows"] = rows;
    answer["ErrorCode"] = has_failed ? json(1) : json();
    answer["ErrorDescription"] = has_failed ? json(tenant.exchange.job_error) : json();
    answer["FileUrl"] = nullptr;
    return answer;
}

std::string smtp_cs_report(const TenantSpec& tenant, UtcTime now, UtcTime from, UtcTime to,
                           std::size_t& rows) {
    const SignInLog log(tenant, now);
    std::string text =
        "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
        "message_count,message_id\r\n";
    rows = 0;
    const auto string_of = [&](std::size_t row, std::string_view name) {
        const Value value = log.property(row, name);
        const auto* found = std::get_if<std::string>(&value);
        return found != nullptr ? *found : std::string();
    };
    std::map<std::string, const SignInAccount*> account_of;
    for (const SignInAccount& account : tenant.sign_ins.accounts)
        account_of.emplace(ascii_lower(account.upn), &account);
    for (std::size_t row = log.size(); row-- > 0;) {
        if (!log.is_smtp(row)) continue;
        const Value code = log.property(row, "status/errorCode");
        if (const auto* number = std::get_if<std::int64_t>(&code);
            number == nullptr || *number != 0)
            continue;
        const UtcTime at{std::chrono::seconds(log.created(row).count / k_ticks_per_second)};
        if (at < from || at >= to) continue;
        const std::string upn = string_of(row, "userPrincipalName");
        const auto sign = upn.find('@');
        if (sign == std::string::npos) continue;
        const auto known = account_of.find(upn);
        const SignInAccount usual;
        const SignInAccount& account = known == account_of.end() ? usual : *known->second;
        text +=
            fmt::format("{},{},{},Basic,{},{},{},1,<{}@{}>\r\n", format_utc(at),
                        upn.substr(0, sign), upn.substr(sign + 1), string_of(row, "ipAddress"),
                        account.tls, account.cipher, string_of(row, "id"), upn.substr(sign + 1));
        ++rows;
    }
    return text;
}

std::string as_utf16(std::string_view ascii) {
    std::string bytes = "\xFF\xFE";
    for (const char c : ascii) {
        bytes += c;
        bytes += '\0';
    }
    return bytes;
}

}  // namespace smtpaudit::fake
