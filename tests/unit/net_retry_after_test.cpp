#include "net/retry_after.hpp"
#include "support/catch.hpp"

#include <utility>

using namespace smtpaudit;
using namespace std::chrono_literals;

namespace {
UtcTime at(const char* text) { return parse_iso_instant(text).value().at; }
const UtcTime k_now = at("2026-11-22T10:00:00Z");
}  // namespace

TEST_CASE("the three forms of an HTTP date are one instant") {
    for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                             "Sun Nov  6 08:49:37 1994"}) {
        CAPTURE(text);
        CHECK(parse_http_date(text, k_now) == at("1994-11-06T08:49:37Z"));
    }
    CHECK(parse_http_date("Tue Nov 16 08:49:37 1993", k_now) == at("1993-11-16T08:49:37Z"));
    CHECK(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", k_now) == at("2017-01-01T00:00:00Z"));
    CHECK(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT", k_now) == at("2024-02-29T00:00:00Z"));
}

TEST_CASE("a two-digit year is at most fifty years ahead") {
    CHECK(parse_http_date("Sunday, 22-Nov-76 10:00:00 GMT", k_now) == at("2076-11-22T10:00:00Z"));
    CHECK(parse_http_date("Tuesday, 22-Nov-77 10:00:00 GMT", k_now) == at("1977-11-22T10:00:00Z"));
}

TEST_CASE("what is not an HTTP date is none") {
    for (const char* text : {"", "tomorrow", "2026-11-22T10:00:00Z", "Sun, 06 Nov 1994 08:49:37",
                             "Sun, 06 Nov 1994 08:49:37 PST", "Xxx, 06 Nov 1994 08:49:37 GMT",
                             "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
                             "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
                             "Sun Nov 6 08:49:37 1994", "Sun Nov  6 08-49-37 1994",
                             "Sun, +6 Nov 1994 08:49:37 GMT", ", , , , ,", "     "}) {
        CAPTURE(text);
        CHECK_FALSE(parse_http_date(text, k_now));
    }
}

TEST_CASE("Retry-After is seconds or a date and nothing else") {
    const std::pair<const char*, std::optional<std::chrono::seconds>> cases[] = {
        {"7", 7s},
        {" 120 ", 120s},
        {"007", 7s},
        {"86400", 86400s},
        {"Sun, 22 Nov 2026 10:00:09 GMT", 9s},
        {"Sunday, 22-Nov-26 10:01:00 GMT", 60s},
        {"Sun Nov 22 10:00:01 2026", 1s},
        {"", std::nullopt},
        {"0", std::nullopt},
        {"-5", std::nullopt},
        {"+5", std::nullopt},
        {"7.5", std::nullopt},
        {"7s", std::nullopt},
        {"0x10", std::nullopt},
        {"soon", std::nullopt},
        {"86401", std::nullopt},
        {"9223372036854775807", std::nullopt},
        {"100000000000000000000", std::nullopt},
        {"Sun, 22 Nov 2026 10:00:00 GMT", std::nullopt},
        {"Sun, 22 Nov 2026 09:59:59 GMT", std::nullopt},
        {"Fri, 31 Dec 9999 23:59:59 GMT", std::nullopt},
    };
    for (const auto& [value, expected] : cases) {
        CAPTURE(value);
        CHECK(parse_retry_after(value, k_now) == expected);
    }
}

TEST_CASE("a Retry-After date is measured from the answer's own Date") {
    HttpResponse response;
    CHECK_FALSE(retry_after_of(response, k_now));
    response.headers = {{"retry-after", "Sun, 22 Nov 2026 09:00:30 GMT"}};
    CHECK_FALSE(retry_after_of(response, k_now));
    response.headers.push_back({"date", "Sun, 22 Nov 2026 09:00:00 GMT"});
    CHECK(retry_after_of(response, k_now) == 30s);
    response.headers[1].value = "garbage";
    CHECK_FALSE(retry_after_of(response, k_now));
}
