// Exchange Online's InvokeCommand as it behaves (facts/exchange.md 3.1): the commands of an
// administrator over the mailboxes and settings of the tenant file.
#pragma once

#include "fake_tenant/historical_search.hpp"
#include "fake_tenant/http.hpp"
#include "fake_tenant/state.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace smtpaudit::fake {

class Exchange {
public:
    Exchange(TenantState& state, HistoricalSearches& searches);
    Answer answer(const Record& request);

private:
    struct Command;  // what a request asks for
    struct Token {  // behind a skip token
        std::string question;  // path, $select, body and anchor mailbox
        std::size_t position = 0;
        UtcTime issued;
    };

    Answer dispatch(const Record& request, const TokenInfo& token);
    Answer run(const Record& request, const Command& command);
    Answer list(const Record& request, const Command& command, const nlohmann::json& rows);
    Answer search(const Record& request, const Command& command);
    std::shared_ptr<const nlohmann::json> rows_of(std::string_view cmdlet);
    bool may_run(const TokenInfo& token, const std::string& cmdlet) const;

    TenantState& state_;
    HistoricalSearches& searches_;
    std::mutex mutex_;
    std::map<std::string, Token> tokens_;
    std::shared_ptr<const nlohmann::json> mailboxes_;  // made once: there may be 100,000
};

bool is_exchange_host(std::string_view host);
// What a command gives for the tenant, as PowerShell's ConvertTo-Json writes it: for the same
// settings as files.
std::string settings_as_json(const TenantSpec& tenant, std::string_view cmdlet);
// Why a request may not be made of a tenant that is only to be read; empty: it may. Everything but
// GET, sign-in, queries that read, and InvokeCommand of Get-* and *-HistoricalSearch.
std::string violation_of(const Record& request);
// The error of a command, in Exchange's shape; `inner` is its telling part.
Answer exchange_error(int status, const std::string& code, const std::string& inner);

}  // namespace smtpaudit::fake
