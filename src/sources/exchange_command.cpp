#include "sources/exchange_command.hpp"

#include "base/text.hpp"
#include "net/paging.hpp"
#include "net/url.hpp"
#include "sources/json_scan.hpp"
#include "sources/json_splitter.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::json;

struct Cmdlet {
    std::string_view name;
    bool has_result_size;  // "Unlimited"; a command that does not know the parameter fails
};

// By ExchangeCmdlet.
constexpr std::array<Cmdlet, k_exchange_cmdlets> k_cmdlets = {{
    {"Get-TransportConfig", false},
    {"Get-OrganizationConfig", false},
    {"Get-AuthenticationPolicy", false},
    {"Get-AcceptedDomain", true},
    {"Get-InboundConnector", false},
    {"Get-CASMailbox", true},
    {"Get-Mailbox", true},
    {"Get-User", true},
    {"Get-MessageTraceV2", false},
    {"Get-HistoricalSearch", false},
    {"Start-HistoricalSearch", false},
}};

// The mailbox that routes a request: the same in every request, or pages get lost (facts/exchange.md
// 3.1, paging).
std::string anchor_mailbox(const PullContext& context) {
    if (!context.person.empty()) return "UPN:" + context.person;
    const bool by_id = context.tenant.find('.') == std::string::npos;
    return fmt::format("{}:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{}",
                       by_id ? "APP" : "UPN", context.tenant);
}

std::string command_body(const ExchangeCommand& command) {
    const Cmdlet& cmdlet = k_cmdlets.at(static_cast<std::size_t>(command.cmdlet));
    json parameters = json::object();  // never null (facts/exchange.md 3.1)
    if (cmdlet.has_result_size) parameters["ResultSize"] = command.is_probe ? "1" : "Unlimited";
    for (const ExchangeParameter& parameter : command.parameters)
        std::visit([&](const auto& value) { parameters[std::string(parameter.name)] = value; },
                   parameter.value);
    const json body = {{"CmdletInput", {{"CmdletName", cmdlet.name}, {"Parameters", parameters}}}};
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string command_url(const PullContext& context, const ExchangeCommand& command) {
    std::string url = fmt::format("{}/adminapi/beta/{}/InvokeCommand", context.exchange_url,
                                  percent_encode(context.tenant));
    char separator = '?';
    for (const std::string_view property : command.select) {
        url += separator == '?' ? "?$select=" : ",";
        url += property;
        separator = ',';
    }
    return url;
}

bool is_whole_json(std::string_view body) {
    const auto problem = json_problem(body);
    return !problem || !problem->syntax;
}

HttpRequest command_request(const PullContext& context, const ExchangeCommand& command,
                            std::string url) {
    HttpRequest request;
    request.method = HttpMethod::post;
    request.url = std::move(url);
    request.headers = {{"Content-Type", "application/json"},
                       {"Accept", "application/json"},
                       {"Prefer", "odata.maxpagesize=1000"},
                       {"X-AnchorMailbox", anchor_mailbox(context)}};
    request.body = command_body(command);
    // Rows are handed on as they are read, so a cut answer must be noticed before.
    request.body_is_whole = is_whole_json;
    // A second try could start a second job.
    request.is_repeatable = command.cmdlet != ExchangeCmdlet::start_historical_search;
    // The service counts a whole organisation for the first page.
    request.total_timeout = std::chrono::seconds(300);
    return request;
}

// The part of an answer around its rows.
struct PageFrame {
    json frame;
    bool has_list = false;
};

// Hands on the rows; the error says what is wrong with the answer.
tl::expected<PageFrame, std::string> read_page(std::string_view body, const OnExchangeRow& on_row,
                                               std::uint64_t& rows) {
    PageFrame page{json(), false};
    const auto keep_frame = [&](std::string_view text) -> Result<void> {
        page.frame = json::parse(text, nullptr, false);
        return {};
    };
    JsonSplitter splitter(
        "answer",
        [&](std::string_view text, const TextCursor& at) -> Result<void> {
            const bool is_outermost = at.line() == 1 && at.column() == 1;
            if (is_outermost) return keep_frame(text);
            ++rows;
            on_row(text);
            return {};
        },
        [&](std::string_view text, const TextCursor&) {
            page.has_list = true;
            return keep_frame(text);
        });
    if (!splitter.feed(trim(body)) || !splitter.finish() || !page.frame.is_object())
        return tl::unexpected(std::string("it is not a list of objects"));
    return page;
}

// Null: no text of that name there.
const std::string* text_in(const json& object, const char* key) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get_ptr<const json::string_t*>()
                                                       : nullptr;
}

// Safe to print and to keep: one line, no control characters, nothing as long as a token.
std::string shortened(std::string_view text) {
    constexpr std::size_t k_columns = 240, k_longest_word = 64;
    std::string line;
    for (const std::string_view word : split(text, ' ')) {
        if (word.empty()) continue;
        if (!line.empty()) line += ' ';
        line += word.size() > k_longest_word ? "…" : printable(trim(word));
    }
    while (line.ends_with('.')) line.pop_back();
    return cut_to_width(line, k_columns);
}

// "Ex6F9304|Microsoft.Exchange…Exception|What happened." -> "What happened."
std::string_view last_part(std::string_view text) {
    const std::size_t first = text.find('|');
    if (first == std::string_view::npos) return text;
    const std::size_t second = text.find('|', first + 1);
    return second == std::string_view::npos ? text : text.substr(second + 1);
}

// The most telling message of an error (facts/exchange.md 3.1, errors); empty: there is none.
std::string error_text(const json& answer) {
    const auto error = answer.is_object() ? answer.find("error") : answer.end();
    if (!answer.is_object() || error == answer.end() || !error->is_object()) return {};
    for (const char* key : {"innererror", "innerError"}) {
        if (!error->contains(key) || !error->at(key).is_object()) continue;
        const auto inner = error->at(key).find("internalexception");
        if (inner == error->at(key).end()) continue;
        if (const auto* message = text_in(*inner, "message"); message && !message->empty())
            return shortened(last_part(*message));
    }
    const auto details = error->find("details");
    if (details != error->end() && details->is_array() && !details->empty())
        if (const auto* message = text_in(details->front(), "message");
            message && !message->empty())
            return shortened(last_part(*message));
    for (const char* key : {"message", "code"})
        if (const auto* text = text_in(*error, key); text && !text->empty())
            return shortened(*text);
    return "no reason given";
}

std::string error_text_of(const std::string& body) {
    constexpr std::size_t k_largest_error = std::size_t{256} * 1024;
    if (body.size() > k_largest_error || !is_whole_json(body)) return {};
    return error_text(json::parse(body, nullptr, false));
}

GraphProblem refusal_of(std::string_view name, const HttpResponse& answer, std::string_view said) {
    return {GraphProblemKind::refused,
            fmt::format("Exchange refused {}: {} ({})", name, said, describe_failure(answer))};
}

// NUL bytes stand for a missing role and for an unknown command alike (facts/exchange.md 3.1).
GraphProblem forbidden(std::string_view name, const HttpResponse& answer) {
    return {
        GraphProblemKind::permission,
        fmt::format("not allowed to run {}, or Exchange has no such command ({}); grant the app "
                    "an Exchange role group that holds {}, or the directory role Global Reader",
                    name, describe_failure(answer), name)};
}

GraphProblem answer_problem(const HttpResponse& answer, PageOrder order, std::string_view name) {
    using enum GraphProblemKind;
    const std::string seen = describe_failure(answer);
    const std::string said = error_text_of(answer.body);
    switch (answer.status) {
        case 401:
            return {
                permission,
                fmt::format("Exchange refused the token ({}); grant the application permission "
                            "{} ({}) of {} with admin consent",
                            seen, k_exchange_permission.name, k_exchange_permission.application_id,
                            k_exchange_permission.resource)};
        case 403: return forbidden(name, answer);
        case 408:
        case 504:
            return {slow, fmt::format("Exchange did not answer {} in time ({}); run again later",
                                      name, seen)};
        case 429:
            return {throttled, fmt::format("Exchange throttled {} beyond the limit ({}); run again "
                                           "later",
                                           name, seen)};
        default: break;
    }
    const bool is_client_fault = answer.status >= 400 && answer.status < 500;
    if (is_client_fault && order == PageOrder::later)
        return {page_token, fmt::format("Exchange lost the pages of {} ({}{}{}); run again", name,
                                        seen, said.empty() ? "" : ": ", said)};
    if (!said.empty()) return refusal_of(name, answer, said);
    if (is_client_fault)
        return {no_such_api,
                fmt::format("this cloud does not answer {} ({}); export the settings with "
                            "PowerShell and give the files as FILE",
                            name, seen)};
    return {service, fmt::format("Exchange failed at {} ({}); run again later", name, seen)};
}

// The texts of "more rows than were shown", which nothing else in an answer tells.
bool tells_of_more(std::string_view warning) {
    const std::string folded = fold_case(warning);
    return std::ranges::any_of(
        std::array<std::string_view, 4>{"more results", "resultsize", "only the first",
                                        "there are more"},
        [&](std::string_view part) { return folded.find(part) != std::string::npos; });
}

void take_warnings(const json& frame, ExchangeAnswer& answer) {
    constexpr std::size_t k_most = 10;
    const auto warnings = frame.find("@adminapi.warnings");
    if (warnings == frame.end() || !warnings->is_array()) return;
    for (const json& warning : *warnings) {
        if (!warning.is_string()) continue;
        const std::string& text = warning.get_ref<const std::string&>();
        answer.more_rows = answer.more_rows || tells_of_more(text);
        std::string line = shortened(text);
        if (answer.warnings.size() < k_most && !line.empty() &&
            std::ranges::find(answer.warnings, line) == answer.warnings.end())
            answer.warnings.push_back(std::move(line));
    }
}

// nullopt inside: the last page. Error: the link is there and no text.
tl::expected<std::optional<std::string>, std::string> next_link_of(const json& frame) {
    const auto link = frame.find("@odata.nextLink");
    if (link == frame.end() || link->is_null()) return std::nullopt;
    if (!link->is_string()) return tl::unexpected(std::string("@odata.nextLink is not a text"));
    return link->get<std::string>();
}

// One page; the link to the next one, or nullopt where the walk ends (see answer.problem).
std::optional<std::string> take_page(const HttpResponse& response, std::string_view name,
                                     const OnExchangeRow& on_row, ExchangeAnswer& answer) {
    const auto page = read_page(response.body, on_row, answer.rows);
    if (!page) {
        answer.problem = bad_answer(response, page.error());
        return std::nullopt;
    }
    take_warnings(page->frame, answer);
    // Sometimes an error comes with the status of success (facts/exchange.md 3.1).
    if (const std::string said = error_text(page->frame); !said.empty()) {
        answer.problem = refusal_of(name, response, said);
        return std::nullopt;
    }
    const auto value = page->frame.find("value");
    const bool is_empty = value != page->frame.end() && value->is_null();
    if (!page->has_list && !is_empty) {
        answer.problem = bad_answer(response, "the answer has no list named \"value\"");
        return std::nullopt;
    }
    ++answer.pages;
    auto link = next_link_of(page->frame);
    if (!link) {
        answer.problem = bad_answer(response, link.error());
        return std::nullopt;
    }
    return std::move(*link);
}

}  // namespace

// Application: facts/exchange.md 3.1. Delegated: Microsoft's permission reference of the resource.
constinit const Permission k_exchange_permission = {
    "Exchange.ManageAsApp", "dc50a0fb-09a3-484d-be87-e023b12c6440",
    "ab4f2b77-0b06-4fc1-a9de-02113fc2ab7c", "Office 365 Exchange Online",
    "00000002-0000-0ff1-ce00-000000000000"};

std::string_view to_string(ExchangeCmdlet cmdlet) {
    return k_cmdlets.at(static_cast<std::size_t>(cmdlet)).name;
}

ExchangeAnswer run_exchange_command(const PullContext& context, const ExchangeCommand& command,
                                    const OnExchangeRow& on_row, const OnExchangePage& on_page) {
    ExchangeAnswer answer;
    answer.is_probe = command.is_probe;
    if (context.exchange_url.empty() || context.tenant.empty()) {
        answer.problem = GraphProblem{GraphProblemKind::no_such_api,
                                      "this cloud has no known Exchange host; export the settings "
                                      "with PowerShell and give the files as FILE"};
        return answer;
    }
    const std::string_view name = to_string(command.cmdlet);
    HttpRequest request = command_request(context, command, command_url(context, command));
    NextLinkGuard guard(request.url, static_cast<std::size_t>(context.page_limit),
                        LinkHosts::same_or_below);
    for (PageOrder order = PageOrder::first;; order = PageOrder::later) {
        const HttpResult response = context.http.send(request, context.stop);
        if (!response) {
            answer.problem = transport_problem(response.error());
        } else if (response->status != 200) {
            answer.problem = answer_problem(*response, order, name);
        }
        if (answer.problem) return answer;
        const auto link = take_page(*response, name, on_row, answer);
        if (on_page) on_page(answer);
        if (!link || command.is_probe) return answer;
        auto next = guard.next(*link);
        if (!next) {
            answer.problem = GraphProblem{GraphProblemKind::refused_link, next.error().message};
            return answer;
        }
        request.url = std::move(*next);
    }
}

Coverage exchange_coverage(std::string_view source, const ExchangeAnswer& answer,
                           bool chosen_by_name) {
    Coverage coverage;
    coverage.source = source;
    coverage.state = CoverageState::complete;
    coverage.rows = answer.rows;
    coverage.files = answer.pages;
    if (answer.problem) {
        end_with(coverage, *answer.problem, chosen_by_name);
    } else if (answer.more_rows && !answer.is_probe) {
        coverage.state = CoverageState::partial;
        coverage.reason = "Exchange says that there are more rows than it gave";
    }
    for (const std::string& warning : answer.warnings)
        coverage.notes.push_back("Exchange warns: " + warning);
    return coverage;
}

}  // namespace smtpaudit
