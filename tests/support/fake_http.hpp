// A scripted network: each expectation answers one request; what was not expected, or expected and
// not asked for, fails the test when the fake goes.
#pragma once

#include "net/http.hpp"
#include "support/catch.hpp"

#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace smtpaudit::test {

inline HttpResponse reply(int status, std::string body = {}, std::vector<HttpHeader> headers = {}) {
    return {status, std::move(headers), std::move(body)};
}

class FakeHttp final : public HttpClient {
public:
    using Answer = std::function<HttpResult(const HttpRequest&)>;

    // One request with this method and URL. A URL that ends in '*' stands for all that begin so.
    // Expectations are tried in the order they were given; each is used once.
    void expect(HttpMethod method, std::string url, Answer answer) {
        const std::lock_guard lock(mutex_);
        stubs_.push_back({method, std::move(url), std::move(answer), false});
    }
    void expect(HttpMethod method, std::string url, HttpResponse response) {
        expect(method, std::move(url),
               [response = std::move(response)](const HttpRequest&) { return response; });
    }
    void expect(HttpMethod method, std::string url, HttpFailureKind kind,
                std::string message = "contoso.example: scripted failure") {
        expect(method, std::move(url), [kind, message = std::move(message)](const HttpRequest&) {
            return HttpResult(http_fail(kind, message));
        });
    }

    HttpResult send(const HttpRequest& request, std::stop_token stop) override {
        if (stop.stop_requested()) return http_fail(HttpFailureKind::interrupted, "interrupted");
        Answer answer;
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
            for (Stub& stub : stubs_) {
                if (stub.used || stub.method != request.method || !fits(stub.url, request.url))
                    continue;
                stub.used = true;
                answer = stub.answer;
                break;
            }
            if (!answer) unexpected_.push_back(request.url);
        }
        if (!answer)
            return http_fail(HttpFailureKind::refused, "no expectation for " + request.url);
        HttpResult result = answer(request);
        if (!result) return result;
        return check_body(request, std::move(*result), "fake");
    }

    // Every request so far, in the order they came.
    std::vector<HttpRequest> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    FakeHttp() = default;
    FakeHttp(const FakeHttp&) = delete;
    FakeHttp& operator=(const FakeHttp&) = delete;
    ~FakeHttp() override {
        if (std::uncaught_exceptions() > 0) return;
        for (const std::string& complaint : complaints()) FAIL_CHECK(complaint);
    }

    // What the destructor will complain of. `forgive` is for the fake's own test.
    std::vector<std::string> complaints() const {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> all;
        for (const std::string& url : unexpected_) all.push_back("unexpected request: " + url);
        for (const Stub& stub : stubs_)
            if (!stub.used) all.push_back("expected request never came: " + stub.url);
        return all;
    }
    void forgive() {
        const std::lock_guard lock(mutex_);
        unexpected_.clear();
        stubs_.clear();
    }

private:
    struct Stub {
        HttpMethod method;
        std::string url;
        Answer answer;
        bool used;
    };
    static bool fits(const std::string& pattern, const std::string& url) {
        if (!pattern.ends_with('*')) return pattern == url;
        return url.starts_with(pattern.substr(0, pattern.size() - 1));
    }

    mutable std::mutex mutex_;
    std::vector<Stub> stubs_;
    std::vector<HttpRequest> requests_;
    std::vector<std::string> unexpected_;
};

// The value of a request's header, "" if it has none.
inline std::string header_of(const HttpRequest& request, std::string_view name) {
    HttpResponse as_response;
    as_response.headers = request.headers;
    return std::string(as_response.header(name).value_or(""));
}

}  // namespace smtpaudit::test
