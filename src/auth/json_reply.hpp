// The identity platform's answers: one flat JSON object. Hides the JSON library and its exceptions.
#pragma once

#include "base/secret.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// A field that is absent, null or of another kind is nullopt.
class JsonReply {
public:
    // nullopt: not JSON, or not an object.
    static std::optional<JsonReply> parse(std::string_view body);
    JsonReply(JsonReply&&) noexcept;
    JsonReply& operator=(JsonReply&&) noexcept;
    ~JsonReply();

    std::optional<std::string> text(std::string_view name) const;
    // Takes a non-empty text out of the answer and wipes it there.
    std::optional<Secret> take_secret(std::string_view name);
    // A whole number, also one written as a text ("3599"): both are seen (facts/graph.md 5.4).
    std::optional<long long> number(std::string_view name) const;
    // The whole numbers of an array; empty where there is none.
    std::vector<long long> numbers(std::string_view name) const;

private:
    struct State;
    explicit JsonReply(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// For HttpRequest::body_is_whole: a body that this refuses was cut on the way.
bool is_json(std::string_view body);

}  // namespace smtpaudit
