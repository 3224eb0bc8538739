// The queries that are sent to Log Analytics and to advanced hunting: the texts of the .kql files,
// with blanks that are filled from typed values alone, so that no text from outside gets into them.
#pragma once

#include "base/guid.hpp"
#include "sources/sign_in_windows.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

enum class KustoQuery : std::uint8_t {
    log_analytics_tables,
    log_analytics_sign_ins,
    log_analytics_oauth_sign_ins,
    hunting_tables,
    hunting_sign_ins,
    hunting_oauth_sign_ins,
    hunting_app_sign_ins,
};

// The tables of advanced hunting. Each `beta` is the older name of the one before it
// (facts/graph.md 3.1).
enum class HuntingTable : std::uint8_t {
    sign_ins,
    sign_ins_beta,
    app_sign_ins,
    app_sign_ins_beta,
};
std::string_view to_string(HuntingTable table);  // "EntraIdSignInEvents"

struct KustoBlanks {
    TimeWindow window;
    // Only rows of accounts and addresses whose hash is `bucket` modulo `buckets`.
    unsigned buckets = 1, bucket = 0;
    std::size_t limit = 50'000;  // rows of the answer
    HuntingTable table = HuntingTable::sign_ins;  // of the hunting_ queries
    std::vector<Guid> apps{};  // of the queries for applications
};

// The text as it is sent.
std::string kusto_text(KustoQuery query, const KustoBlanks& blanks);

}  // namespace smtpaudit
