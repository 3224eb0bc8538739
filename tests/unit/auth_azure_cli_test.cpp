#include "auth/azure_cli.hpp"

#include "auth/child_process.hpp"
#include "auth_support.hpp"

#include <fmt/format.h>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

// A shell script in place of the Azure CLI.
struct FakeCli {
    TemporaryFolder folder;
    Stage stage;

    Result<Token> fetch(const std::string& body, std::stop_token stop = {}) {
        const std::string program = folder.write("az", "#!/bin/sh\n" + body + "\n", 0700);
        return azure_cli_source(stage.context(), contoso(), program)
            ->fetch(k_graph, std::move(stop));
    }
    std::string error(const std::string& body, Errc code) {
        const auto token = fetch(body);
        REQUIRE_FALSE(token);
        CHECK(token.error().code == code);
        CHECK(token.error().message.find("SENTINEL") == std::string::npos);
        CHECK(token.error().message.find('\n') == std::string::npos);
        return token.error().message;
    }
};

std::string answer(long long expires_on) {
    return fmt::format(
        "printf '%s' '{{\"accessToken\":\"token-1\",\"expiresOn\":\"2026-11-24 "
        "12:00:00.000000\",\"expires_on\":{},\"tokenType\":\"Bearer\"}}'",
        expires_on);
}

}  // namespace

TEST_CASE("the Azure CLI is run with arguments that no shell reads") {
    FakeCli cli;
    const std::string seen = cli.folder.write("arguments", "");
    const long long ends = cli.stage.clock.now().time_since_epoch().count() + 3600;
    const auto token =
        cli.fetch("printf '%s\\n' \"$@\" > " + seen + "\ncat >> " + seen + "\n" + answer(ends));
    REQUIRE(token);
    CHECK(token->value.reveal() == "token-1");
    CHECK(token->expires == cli.stage.clock.now() + std::chrono::hours(1));
    std::ifstream file(seen);
    const std::string arguments((std::istreambuf_iterator<char>(file)), {});
    CHECK(arguments ==
          "account\nget-access-token\n--output\njson\n--scope\n"
          "https://graph.microsoft.com/.default\n--tenant\ncontoso.onmicrosoft.com\n");
    CHECK(cli.stage.http.requests().empty());
}

TEST_CASE("an Azure CLI that is not signed in or fails or says nothing is told in one line") {
    FakeCli cli;
    CHECK(cli.error("echo \"ERROR: SENTINEL. Please run 'az login' to setup account.\" >&2; exit 1",
                    Errc::sign_in) ==
          "the Azure CLI is not signed in to contoso.onmicrosoft.com; run az login --tenant "
          "contoso.onmicrosoft.com --allow-no-subscriptions");
    CHECK(cli.error("echo SENTINEL >&2; exit 3", Errc::sign_in)
              .starts_with("the Azure CLI gave no token (exit 3); "));
    CHECK(cli.error("echo '{\"SENTINEL\":1}'", Errc::service)
              .starts_with("the Azure CLI answered without a token"));
    CHECK(cli.error("echo '{\"accessToken\":\"SENTINEL\",\"expiresOn\":\"2026-11-24\"}'",
                    Errc::service)
              .starts_with("the Azure CLI does not say when its token ends"));
    CHECK(cli.error(answer(12345), Errc::sign_in)
              .starts_with("the token of the Azure CLI has ended"));
}

TEST_CASE("without an Azure CLI it is said what to install") {
    Stage stage;
    const auto token = azure_cli_source(stage.context(), contoso(), "smtpaudit-no-such-program")
                           ->fetch(k_graph, {});
    REQUIRE_FALSE(token);
    CHECK(token.error().code == Errc::usage);
    CHECK(token.error().message ==
          "smtpaudit-no-such-program: cannot be run: No such file or directory; --auth azure-cli "
          "needs the Azure CLI (az) in PATH: install it and run az login");
}

TEST_CASE("a child that hangs is ended when the time is up") {
    TemporaryFolder folder;
    const std::string program =
        folder.write("slow", "#!/bin/sh\nsleep 600 & echo $!\nwait\n", 0700);
    const SystemClock clock;
    ChildLimits limits;
    limits.time = std::chrono::seconds(1);
    const auto ran = run_child({program}, limits, clock, {});
    REQUIRE_FALSE(ran);
    CHECK(ran.error().code == Errc::service);
    CHECK(ran.error().message == program + " did not end within 1 seconds");
}

TEST_CASE("a stop ends the wait for a child at once") {
    FakeCli cli;
    std::stop_source stop;
    stop.request_stop();
    const auto token = cli.fetch("sleep 600", stop.get_token());
    REQUIRE_FALSE(token);
    CHECK(token.error().code == Errc::interrupted);
}

TEST_CASE("a child that writes without end is cut off") {
    const SystemClock clock;
    ChildLimits limits;
    limits.output = 100'000;
    const auto ran = run_child({"yes"}, limits, clock, {});
    REQUIRE_FALSE(ran);
    CHECK(ran.error().message == "yes wrote more than 100000 bytes");
}

TEST_CASE("a child's streams are told apart and its end is awaited") {
    const SystemClock clock;
    const auto ran =
        run_child({"sh", "-c", "printf out; printf err >&2; exec >&- 2>&-; sleep 0.1; exit 7"}, {},
                  clock, {});
    REQUIRE(ran);
    CHECK(ran->exit_code == 7);
    CHECK(ran->out.reveal() == "out");
    CHECK(ran->err == "err");
}
