#include "auth/json_reply.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace smtpaudit {
namespace {

const nlohmann::json* field(const nlohmann::json& object, std::string_view name) {
    const auto found = object.find(name);
    return found != object.end() ? &*found : nullptr;
}

}  // namespace

struct JsonReply::State {
    nlohmann::json object;
};

JsonReply::JsonReply(std::unique_ptr<State> state) : state_(std::move(state)) {}
JsonReply::JsonReply(JsonReply&&) noexcept = default;
JsonReply& JsonReply::operator=(JsonReply&&) noexcept = default;
JsonReply::~JsonReply() = default;

std::optional<JsonReply> JsonReply::parse(std::string_view body) {
    auto object = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) return std::nullopt;
    return JsonReply(std::make_unique<State>(State{std::move(object)}));
}

std::optional<std::string> JsonReply::text(std::string_view name) const {
    const auto* value = field(state_->object, name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return value->get<std::string>();
}

std::optional<Secret> JsonReply::take_secret(std::string_view name) {
    const auto found = state_->object.find(name);
    if (found == state_->object.end() || !found->is_string()) return std::nullopt;
    Secret secret(std::move(found->get_ref<std::string&>()));
    if (secret.empty()) return std::nullopt;
    return secret;
}

std::optional<long long> JsonReply::number(std::string_view name) const {
    const auto* value = field(state_->object, name);
    if (value == nullptr) return std::nullopt;
    // An unsigned one may be over the range of long long.
    if (value->is_number_unsigned() &&
        value->get<unsigned long long>() > static_cast<unsigned long long>(INT64_MAX))
        return std::nullopt;
    if (value->is_number_integer()) return value->get<long long>();
    if (!value->is_string()) return std::nullopt;
    const auto& digits = value->get_ref<const std::string&>();
    long long parsed = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return parsed;
}

std::vector<long long> JsonReply::numbers(std::string_view name) const {
    std::vector<long long> all;
    const auto* value = field(state_->object, name);
    if (value == nullptr || !value->is_array()) return all;
    for (const auto& entry : *value)
        if (entry.is_number_integer()) all.push_back(entry.get<long long>());
    return all;
}

bool is_json(std::string_view body) { return nlohmann::json::accept(body); }

}  // namespace smtpaudit
