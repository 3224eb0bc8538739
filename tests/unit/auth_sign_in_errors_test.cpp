#include "auth/sign_in_errors.hpp"

#include "auth_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

const UtcTime k_now = parse_iso_instant("2026-11-24T10:00:00Z").value().at;

std::string message_of(const HttpResponse& response, UtcTime now = k_now) {
    const auto read = read_refusal(response, "login.microsoftonline.com", now);
    CHECK(read.message.find("SENTINEL") == std::string::npos);
    CHECK(read.message.find('\n') == std::string::npos);
    return read.message;
}

std::string with_date(std::string_view date, UtcTime now = k_now) {
    return message_of(refusal("invalid_client", 700027, {{"Date", std::string(date)}}), now);
}

}  // namespace

TEST_CASE("each code of the facts has its hint") {
    struct Case {
        const char* error;
        long long code;
        const char* hint;
    };
    const Case cases[] = {
        {"invalid_client", 7000222, "the client secret has expired"},
        {"invalid_client", 7000215, "wrong client secret"},
        {"invalid_grant", 65001, "grant admin consent"},
        {"invalid_request", 90002, "no such tenant in this cloud"},
        {"unauthorized_client", 700016, "the application is not in this tenant"},
        {"invalid_request", 900382, "another cloud"},
        {"invalid_request", 90038, "another cloud"},
        {"invalid_client", 700027, "upload this very certificate"},
        {"invalid_client", 700024, "check the clock"},
        {"access_denied", 53003, "Conditional Access policy blocks"},
        {"interaction_required", 50076, "multi-factor authentication is required"},
        {"unauthorized_client", 7000112, "the application is disabled"},
        {"invalid_scope", 70011, "the scope is not valid"},
        {"invalid_request", 700022, "several services at once"},
        {"invalid_grant", 50196, "calls it a loop"},
        {"temporarily_unavailable", 90055, "throttled"},
        {"expired_token", 70019, "the device code has expired"},
        {"authorization_pending", 70016, "still waited for"},
    };
    for (const Case& one : cases) {
        const std::string message = message_of(refusal(one.error, one.code));
        INFO(message);
        CHECK(message.starts_with("login.microsoftonline.com refused the sign-in (" +
                                  std::string(one.error) + ", AADSTS" + std::to_string(one.code) +
                                  "): "));
        CHECK(message.find(one.hint) != std::string::npos);
    }
}

TEST_CASE("the whole line for an expired secret") {
    CHECK(message_of(refusal("invalid_client", 7000222)) ==
          "login.microsoftonline.com refused the sign-in (invalid_client, AADSTS7000222): the "
          "client secret has expired; make a new one under \"Certificates & secrets\" of the app "
          "registration");
}

TEST_CASE("the error decides and an unknown code falls back to its words") {
    CHECK(read_refusal(refusal("invalid_grant", 1), "h", k_now).error == "invalid_grant");
    CHECK(message_of(refusal("invalid_grant", 123)) ==
          "login.microsoftonline.com refused the sign-in (invalid_grant, AADSTS123): the sign-in "
          "was not accepted or has expired; sign in again");
    CHECK(message_of(reply(400, R"({"error":"invalid_client"})")) ==
          "login.microsoftonline.com refused the sign-in (invalid_client): the application's "
          "secret or certificate was not accepted; check --client-id, and that the credential is "
          "current");
    CHECK(message_of(reply(400, R"({"error":"odd_new_error"})")) ==
          "login.microsoftonline.com refused the sign-in (odd_new_error): the sign-in was not "
          "accepted");
}

TEST_CASE("the code is also found at the start of the description and nowhere else") {
    const auto body = [](const char* description) {
        return reply(
            400,
            nlohmann::json{{"error", "invalid_client"}, {"error_description", description}}.dump());
    };
    CHECK(message_of(body("AADSTS7000215: x")).find("AADSTS7000215") != std::string::npos);
    CHECK(message_of(body("see AADSTS7000215")).find("AADSTS") == std::string::npos);
    CHECK(message_of(body("AADSTS99999999999999999999")).find("AADSTS") == std::string::npos);
    CHECK_FALSE(aadsts_number("AADSTS"));
    CHECK_FALSE(aadsts_number("AADSTS-5"));
    CHECK(aadsts_number("AADSTS65001: x") == 65001);
}

TEST_CASE("an error that is no OAuth error name is not shown") {
    for (const char* odd : {"SENTINEL", "two words", "<b>", "x\r\ny", "sentinel-with-dashes"}) {
        const std::string message = message_of(reply(400, nlohmann::json{{"error", odd}}.dump()));
        CHECK(message.find("(an unknown error)") != std::string::npos);
        CHECK(message.find("sentinel") == std::string::npos);
    }
}

TEST_CASE("an answer without an OAuth error is a stranger's") {
    for (const char* body : {"", "<html>SENTINEL</html>", "[]", "{}", R"({"error":{"code":1}})",
                             R"({"error":null})", "{\"error\":\"\"}"}) {
        const auto read = read_refusal(reply(403, body), "login.microsoftonline.com", k_now);
        CHECK(read.error.empty());
        CHECK(read.message ==
              "login.microsoftonline.com answered HTTP 403 without saying why; is a proxy in "
              "between?");
    }
}

TEST_CASE("a clock that is off by more than five minutes is told with its minutes") {
    CHECK(with_date("Tue, 24 Nov 2026 09:48:00 GMT")
              .ends_with("; this machine's clock is off: 12 minutes ahead of the server's; set it "
                         "right"));
    CHECK(with_date("Tue, 24 Nov 2026 11:00:20 GMT")
              .ends_with("; this machine's clock is off: 60 minutes behind the server's; set it "
                         "right"));
    for (const char* near : {"Tue, 24 Nov 2026 09:55:00 GMT", "Tue, 24 Nov 2026 10:05:00 GMT",
                             "Tue, 24 Nov 2026 10:00:00 GMT", "yesterday", ""})
        CHECK(with_date(near).find("clock") == std::string::npos);
}
