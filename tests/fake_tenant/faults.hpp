// What goes wrong, and when: a plan of rules, each with a condition and one action.
#pragma once

#include "base/result.hpp"
#include "fake_tenant/http.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit::fake {

enum class Action : std::uint8_t {
    none,  // nothing but the delay
    // Instead of the service's answer:
    status,  // `status` with an error body, `retry_after`, `code`, `message`, `aadsts`, `body`
    redirect,  // 302 to `target`
    html,  // 200 with a captive portal's page
    not_http,
    empty_reply,  // closes without a byte
    reset,  // RST before a byte
    big_body,  // a page of `bytes`, streamed
    gzip_bomb,  // the same, compressed a thousandfold
    // The service's answer, broken on its way:
    reset_midway,
    cut_length,  // half the body, then the end; Content-Length promised all of it
    cut_chunked,  // half the body in chunks, no last chunk
    cut_close,  // half the body, ended by closing; no length was promised
    slow_body,  // `bytes` a second
    stall,  // half the body, then nothing until the client gives up or the tenant stops
    // The service's answer, with other contents:
    bad_utf8,
    deep_nesting,  // `bytes` levels
    duplicate_keys,  // "value" twice, or `field` twice in the first row
    null_field,  // `field` of the first row
    body,  // 200 with `body`
    // Lists:
    next_link,  // `link` says how the link is wrong
    same_page,  // the next link leads to this page again, under another token
    overlap,  // the next page begins with the last `rows` rows of this one
    empty_page,  // no rows and a link to where this page would have begun
    short_page,  // `rows` rows and a link to the rest
    // Connections (matched by host when the client says hello):
    tls,
};

enum class LinkTrick : std::uint8_t {
    other_host,
    plain_http,
    user_info,  // https://graph.microsoft.com@other/
    user_name,  // https://user@graph.microsoft.com/
    look_alike,  // https://graph.microsoft.com.other/
    other_port,
    other_version,  // beta for v1.0 and the reverse
    relative,
    itself,
    cycle,  // of two; needs the rule to fire on each page
    endless,  // `rows` rows and always one more page; needs the rule to fire on each page
};

// The host that wrong links and redirects lead to unless `target` says another.
inline constexpr std::string_view k_other_host = "graph.attacker.example";

struct Fault {
    // Which requests: parts of the host, of "path?query", the method; empty matches all but
    // CONNECT, which must be named.
    std::string host;
    std::string path;
    std::string method;
    // When, among those: the nth (from 1), each k-th, or by chance. None of them: always.
    std::vector<unsigned> nth;
    unsigned every = 0;
    double probability = 0;
    std::uint64_t seed = 1;
    unsigned times = 0;  // at most this often in all; 0: no limit
    unsigned max_in_a_row = 0;  // at most this often in a row for one URL; 0: no limit
    // What:
    Action action = Action::none;
    milliseconds delay{0};  // before answering, in service time; delays of several rules add up
    int status = 500;
    // The header's text; "date+5" and "date-5" become an HTTP date that far away.
    std::string retry_after;
    std::string code;
    std::string message;
    int aadsts = 0;
    std::string body;
    bool revoke = false;  // the token of the request is dead from now on
    std::string target;
    std::size_t bytes = 0;
    std::size_t rows = 1;
    std::string field;
    LinkTrick link = LinkTrick::other_host;
    TlsMode tls = TlsMode::unknown_ca;
};

using FaultPlan = std::vector<Fault>;

std::string_view action_name(Action action);
// A JSON array of objects with the fields' names; "action" and "link" by name, "tls" as in
// "expired", "delay" in milliseconds.
Result<FaultPlan> parse_faults(std::string_view json);

// The plan at work. Thread-safe.
class FaultBook {
public:
    struct Decision {
        std::optional<Fault> fault;  // the first rule that fires and has an action
        milliseconds delay{0};
    };
    void set(FaultPlan plan);
    Decision decide(const Record& request);
    TlsMode decide_tls(const std::string& host);

private:
    struct Rule {
        Fault fault;
        unsigned seen = 0;
        unsigned fired = 0;
        std::map<std::string, unsigned> in_a_row;
    };
    static bool fires(Rule& rule, const std::string& url);
    std::mutex mutex_;
    std::vector<Rule> rules_;
};

}  // namespace smtpaudit::fake
