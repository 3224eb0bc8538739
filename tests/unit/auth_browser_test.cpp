#include "auth/browser.hpp"

#include "auth/crypto.hpp"
#include "auth/loopback.hpp"
#include "auth_support.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

using namespace smtpaudit;
using namespace smtpaudit::test;
using namespace std::chrono_literals;

namespace {

// A browser's connection; every wait is bounded.
class Visitor {
public:
    explicit Visitor(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval limit{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    Visitor(const Visitor&) = delete;
    Visitor& operator=(const Visitor&) = delete;
    ~Visitor() { ::close(socket_); }

    bool connected() const { return connected_; }
    void say(std::string_view text) const {
        [[maybe_unused]] const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    }
    // Until the other side closes.
    std::string hear() const {
        std::string text;
        char room[4096];
        for (ssize_t got = 0; (got = ::recv(socket_, room, sizeof room, 0)) > 0;)
            text.append(room, static_cast<std::size_t>(got));
        return text;
    }

private:
    int socket_;
    bool connected_;
};

std::string get(std::uint16_t port, const std::string& target) {
    const Visitor visitor(port);
    visitor.say("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return visitor.hear();
}

std::string status_of(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }

// What the address of the sign-in page says.
struct Page {
    std::string url;
    FormFields query;
    std::uint16_t port = 0;
    std::string state;
};

Page read_page(const std::string& url) {
    Page page;
    page.url = url;
    page.query = parse_form(url.substr(url.find('?') + 1)).value();
    const std::string redirect = page.query.at("redirect_uri");
    page.port = static_cast<std::uint16_t>(std::stoi(redirect.substr(redirect.rfind(':') + 1)));
    page.state = page.query.at("state");
    return page;
}

// A sign-in whose "person" is a function that runs beside it.
struct BrowserStage : Stage {
    using Person = std::function<void(const Page&)>;

    Result<Token> fetch(Person person, std::stop_token stop = {}) {
        std::vector<std::jthread> people;
        const auto source = browser_source(
            context(), contoso(), [this](const std::string& line) { told.push_back(line); },
            [&](const std::string& url) {
                page = read_page(url);
                people.emplace_back([this, person] { person(page); });
                return true;
            });
        auto token = source->fetch(k_graph, std::move(stop));
        name = source->name();
        return token;
    }
    Error failed(Person person, Errc code, std::stop_token stop = {}) {
        const auto token = fetch(std::move(person), std::move(stop));
        REQUIRE_FALSE(token);
        CHECK(token.error().code == code);
        CHECK(token.error().message.find("SENTINEL") == std::string::npos);
        return token.error();
    }

    std::string name;
    std::vector<std::string> told;
    Page page;
};

void come_back(const Page& page, const std::string& code = "SENTINEL-code") {
    get(page.port, "/?code=" + code + "&state=" + page.state);
}

}  // namespace

TEST_CASE("the browser flow redeems the code with its verifier") {
    BrowserStage stage;
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1", "refresh-1"));
    std::string answer;
    const auto token = stage.fetch([&](const Page& page) {
        answer = get(page.port, "/?code=0.A%2Fb&state=" + page.state + "&session_state=x");
    });
    REQUIRE(token);
    CHECK(token->value.reveal() == "token-1");
    CHECK(stage.name == "browser");

    auto query = stage.page.query;
    const std::string challenge = query.at("code_challenge");
    CHECK(query.at("state").size() == 43);
    query.erase("code_challenge");
    query.erase("state");
    const std::string redirect = "http://localhost:" + std::to_string(stage.page.port);
    CHECK(query == FormFields{{"client_id", k_client_id},
                              {"response_type", "code"},
                              {"redirect_uri", redirect},
                              {"response_mode", "query"},
                              {"scope", "https://graph.microsoft.com/.default offline_access"},
                              {"code_challenge_method", "S256"}});
    CHECK(stage.page.url.starts_with(
        "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/authorize?"));

    auto form = form_of(stage.http.requests().at(0));
    const std::string verifier = form.at("code_verifier");
    CHECK(verifier.size() == 43);
    CHECK(base64url(sha256_bytes(verifier)) == challenge);
    form.erase("code_verifier");
    CHECK(form == FormFields{{"client_id", k_client_id},
                             {"scope", "https://graph.microsoft.com/.default offline_access"},
                             {"code", "0.A/b"},
                             {"redirect_uri", redirect},
                             {"grant_type", "authorization_code"}});
    REQUIRE(stage.told.size() == 1);
    CHECK(stage.told[0].find(stage.page.url) != std::string::npos);
    CHECK(stage.told[0].find(verifier) == std::string::npos);

    CHECK(status_of(answer) == "HTTP/1.1 200 OK");
    CHECK(answer.find("You are signed in") != std::string::npos);
    CHECK(answer.find("default-src 'none'") != std::string::npos);
    CHECK(answer.find("0.A") == std::string::npos);
}

TEST_CASE("state and verifier are new for every sign-in") {
    BrowserStage stage;
    std::vector<std::string> states, challenges;
    for (int i = 0; i < 2; ++i) {
        stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
        REQUIRE(stage.fetch([](const Page& page) { come_back(page); }));
        states.push_back(stage.page.state);
        challenges.push_back(stage.page.query.at("code_challenge"));
    }
    CHECK(states[0] != states[1]);
    CHECK(challenges[0] != challenges[1]);
    CHECK(states[0] != challenges[0]);
}

TEST_CASE("what does not belong to the sign-in is answered and does not end it") {
    BrowserStage stage;
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
    std::vector<std::string> answers;
    const auto token = stage.fetch([&](const Page& page) {
        const std::string state = "&state=" + page.state;
        for (const std::string& target :
             {std::string("/"), std::string("/favicon.ico"), "/evil?code=SENTINEL-a" + state,
              std::string("/?code=SENTINEL-b"), std::string("/?code=SENTINEL-c&state=wrong"),
              "/?code=SENTINEL-d&state=" + page.state.substr(0, 42),
              "/?code=SENTINEL-e&state=wrong" + state, "/?code=SENTINEL-f%" + state,
              "/?code=" + state, std::string("/?error=access_denied&state=wrong")})
            answers.push_back(status_of(get(page.port, target)));
        const Visitor post(page.port);
        post.say("POST /?code=SENTINEL-g" + state + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        answers.push_back(status_of(post.hear()));
        const Visitor noise(page.port);
        noise.say("\x16\x03\x01\r\n\r\n");
        answers.push_back(status_of(noise.hear()));
        come_back(page, "good");
    });
    REQUIRE(token);
    CHECK(form_of(stage.http.requests().at(0)).at("code") == "good");
    const std::string none = "HTTP/1.1 404 Not Found";
    const std::string bad = "HTTP/1.1 400 Bad Request";
    CHECK(answers == std::vector<std::string>{none, none, none, bad, bad, bad, bad, bad, bad, bad,
                                              none, none});
}

TEST_CASE("a request that is too large is cut off and does not end the sign-in") {
    BrowserStage stage;
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
    std::string answer;
    const auto token = stage.fetch([&](const Page& page) {
        const Visitor visitor(page.port);
        visitor.say("GET /?code=x HTTP/1.1\r\nX: " + std::string(std::size_t{20} * 1024, 'a'));
        answer = visitor.hear();
        come_back(page);
    });
    REQUIRE(token);
    CHECK((answer.empty() || status_of(answer).starts_with("HTTP/1.1 431")));
}

TEST_CASE("silent and unfinished connections do not hold up the sign-in") {
    BrowserStage stage;
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
    std::string late;
    const auto token = stage.fetch([&](const Page& page) {
        std::vector<std::unique_ptr<Visitor>> silent;
        for (int i = 0; i < 12; ++i) silent.push_back(std::make_unique<Visitor>(page.port));
        const Visitor slow(page.port);
        slow.say("GET /?code=");
        get(page.port, "/x");  // after it the server has seen the slow one
        stage.clock.advance(11s);
        late = slow.hear();
        come_back(page);
    });
    REQUIRE(token);
    CHECK(late.empty());
}

TEST_CASE("a request in many pieces is put together") {
    BrowserStage stage;
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
    const auto token = stage.fetch([](const Page& page) {
        const Visitor visitor(page.port);
        for (const char c : "GET /?code=pieces&state=" + page.state + " HTTP/1.1\r\n\r\n")
            visitor.say(std::string_view(&c, 1));
        visitor.hear();
    });
    REQUIRE(token);
    CHECK(form_of(stage.http.requests().at(0)).at("code") == "pieces");
}

TEST_CASE("a declined sign-in ends at once with the reason and without the description") {
    BrowserStage stage;
    std::string answer;
    const Error error = stage.failed(
        [&](const Page& page) {
            answer = get(page.port,
                         "/?error=access_denied&error_description=AADSTS65004%3A+SENTINEL&state=" +
                             page.state);
        },
        Errc::sign_in);
    CHECK(error.message ==
          "login.microsoftonline.com refused the sign-in (access_denied, AADSTS65004): consent was "
          "declined; the permissions are needed to read the evidence");
    CHECK(answer.find("The terminal says why") != std::string::npos);
    CHECK(answer.find("SENTINEL") == std::string::npos);
}

TEST_CASE("a refused code is told without the code") {
    BrowserStage stage;
    stage.http.expect(HttpMethod::post, k_token_url, refusal("invalid_grant", 54005));
    CHECK(stage.failed([](const Page& page) { come_back(page); }, Errc::sign_in)
              .message.find("the code was used before") != std::string::npos);
}

TEST_CASE("a sign-in that nobody finishes ends after five minutes") {
    BrowserStage stage;
    const Error error = stage.failed(
        [&](const Page& page) {
            get(page.port, "/x");
            stage.clock.advance(5min);
        },
        Errc::sign_in);
    CHECK(error.message == "nobody signed in within 5 minutes; start again");
}

TEST_CASE("a stop ends the wait for the browser at once") {
    BrowserStage stage;
    std::stop_source source;
    stage.failed(
        [&](const Page& page) {
            get(page.port, "/x");
            source.request_stop();
        },
        Errc::interrupted, source.get_token());
}

TEST_CASE("the port is closed when the sign-in is over and was open on loopback alone") {
    BrowserStage stage;
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
    REQUIRE(stage.fetch([](const Page& page) { come_back(page); }));
    CHECK_FALSE(Visitor(stage.page.port).connected());
}

TEST_CASE("without a browser the address is told to be opened by hand") {
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1", "refresh-1"));
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-2"));
    std::vector<std::jthread> people;
    std::vector<std::string> told;
    const auto source = browser_source(
        stage.context(), contoso(),
        [&](const std::string& line) {
            told.push_back(line);
            people.emplace_back(
                [page = read_page(line.substr(line.find("https://")))] { come_back(page); });
        },
        {});
    REQUIRE(source->fetch(k_graph, {}));
    CHECK(told.at(0).starts_with(
        "To sign in, open this address in a browser on this machine (within 5 minutes): https://"));
    // The second resource comes from the refresh token, without a prompt.
    REQUIRE(source->fetch("https://outlook.office365.com", {}));
    CHECK(told.size() == 1);
    CHECK(form_of(stage.http.requests().at(1)).at("refresh_token") == "refresh-1");
}
