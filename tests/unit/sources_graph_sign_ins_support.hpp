// What the tests of the sign-in pull share: the addresses asked for, and one day of a tenant.
#pragma once

#include "sources/graph_sign_ins.hpp"
#include "sources/sign_in_windows.hpp"
#include "sources_sign_in_support.hpp"

namespace smtpaudit::test {

inline const std::string k_graph = "https://graph.microsoft.com";

inline UtcTime at(std::string_view text) { return parse_iso_instant(text).value().at; }

inline TimeWindow window(std::string_view from, std::string_view to) { return {at(from), at(to)}; }

inline std::string first_url(const TimeWindow& asked, SignInApi api = SignInApi::beta) {
    return sign_ins_url(k_graph, api, asked);
}

inline std::string link(const std::string& token) {
    return k_graph + "/beta/auditLogs/signIns?$skiptoken=" + token;
}

inline HttpResponse error_reply(int status, const std::string& code) {
    return reply(status, fmt::format(R"({{"error":{{"code":"{}","message":"SENTINEL"}}}})", code),
                 {{"request-id", "req-1"}});
}

// Six hours of one day, long past: one window, final rows, no note.
struct OneDay {
    FakeHttp http;
    FakeClock clock{"2026-11-22T12:00:00Z"};
    KeepingSink sink;
    std::vector<PullProgress> progress;
    TimeWindow day = window("2026-11-20T00:00:00Z", "2026-11-20T06:00:00Z");
    PullContext context{.http = http,
                        .clock = clock,
                        .graph_url = k_graph,
                        .from = day.from,
                        .to = day.to,
                        .progress = [this](const PullProgress& p) { progress.push_back(p); },
                        .stop = {}};
    void expect(const std::string& url, HttpResponse response) {
        http.expect(HttpMethod::get, url, std::move(response));
    }
    Coverage pull() { return k_graph_sign_ins.pull(context, sink); }
};

using Ids = std::vector<std::string>;

}  // namespace smtpaudit::test
