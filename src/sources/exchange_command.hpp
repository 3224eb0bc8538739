// Exchange Online's InvokeCommand: everything about its transport is in this file and nowhere else
// (facts/exchange.md 3.1). It is undocumented, so whatever it does that we do not know ends as a
// problem, never as an answer.
#pragma once

#include "sources/graph_page.hpp"
#include "sources/live_source.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace smtpaudit {

// Every command that this program can run; no text from outside becomes a command's name. All of
// them read, but for start_historical_search, which is for request-report alone.
enum class ExchangeCmdlet : std::uint8_t {
    get_transport_config,
    get_organization_config,
    get_authentication_policy,
    get_accepted_domain,
    get_inbound_connector,
    get_cas_mailbox,
    get_mailbox,
    get_user,
    get_message_trace,  // Get-MessageTraceV2
    get_historical_search,
    start_historical_search,
};
constexpr std::size_t k_exchange_cmdlets = 11;

std::string_view to_string(ExchangeCmdlet cmdlet);  // "Get-TransportConfig"

// Of the resource "Office 365 Exchange Online". A directory role or an Exchange role group is needed
// beside it.
extern const Permission k_exchange_permission;

struct ExchangeParameter {
    std::string_view name;
    std::variant<std::string, std::vector<std::string>> value;
};

struct ExchangeCommand {
    ExchangeCmdlet cmdlet = ExchangeCmdlet::get_transport_config;
    std::vector<ExchangeParameter> parameters{};
    std::vector<std::string_view> select{};  // the properties wanted; empty: all
    bool is_probe = false;  // one row of the first page is enough
};

struct ExchangeAnswer {
    std::uint64_t pages = 0;
    std::uint64_t rows = 0;
    std::vector<std::string> warnings;  // Exchange's own, shortened; safe to print
    bool more_rows = false;  // a warning says that there are more rows than came
    bool is_probe = false;  // of ExchangeCommand: then `more_rows` is no fault
    std::optional<GraphProblem> problem;  // nullopt: the command ran to its end
};

// The JSON object of one row as it came; beside a property may stand "Name@data.type" and
// "Name@odata.type", so properties are read by their exact names. Valid during the call.
using OnExchangeRow = std::function<void(std::string_view object)>;
using OnExchangePage = std::function<void(const ExchangeAnswer& so_far)>;

// Runs the command and walks its pages, in the memory of one page; `on_page` may be empty. Uses
// http, exchange_url, tenant, person, page_limit and stop of the context.
ExchangeAnswer run_exchange_command(const PullContext& context, const ExchangeCommand& command,
                                    const OnExchangeRow& on_row,
                                    const OnExchangePage& on_page = {});

// What an answer comes to: complete, partial (rows came, more should have), unavailable or failed.
Coverage exchange_coverage(std::string_view source, const ExchangeAnswer& answer,
                           bool chosen_by_name);

}  // namespace smtpaudit
