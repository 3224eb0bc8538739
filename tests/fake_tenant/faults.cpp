#include "fake_tenant/faults.hpp"

#include "fake_tenant/codec.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>

namespace smtpaudit::fake {

namespace {

using nlohmann::json;

template <typename T>
struct Named {
    std::string_view name;
    T value;
};

constexpr Named<Action> k_actions[] = {{"none", Action::none},
                                       {"status", Action::status},
                                       {"redirect", Action::redirect},
                                       {"html", Action::html},
                                       {"not_http", Action::not_http},
                                       {"empty_reply", Action::empty_reply},
                                       {"reset", Action::reset},
                                       {"big_body", Action::big_body},
                                       {"gzip_bomb", Action::gzip_bomb},
                                       {"reset_midway", Action::reset_midway},
                                       {"cut_length", Action::cut_length},
                                       {"cut_chunked", Action::cut_chunked},
                                       {"cut_close", Action::cut_close},
                                       {"slow_body", Action::slow_body},
                                       {"stall", Action::stall},
                                       {"bad_utf8", Action::bad_utf8},
                                       {"deep_nesting", Action::deep_nesting},
                                       {"duplicate_keys", Action::duplicate_keys},
                                       {"null_field", Action::null_field},
                                       {"body", Action::body},
                                       {"next_link", Action::next_link},
                                       {"same_page", Action::same_page},
                                       {"overlap", Action::overlap},
                                       {"empty_page", Action::empty_page},
                                       {"short_page", Action::short_page},
                                       {"tls", Action::tls}};
constexpr Named<LinkTrick> k_links[] = {{"other_host", LinkTrick::other_host},
                                        {"plain_http", LinkTrick::plain_http},
                                        {"user_info", LinkTrick::user_info},
                                        {"user_name", LinkTrick::user_name},
                                        {"look_alike", LinkTrick::look_alike},
                                        {"other_port", LinkTrick::other_port},
                                        {"other_version", LinkTrick::other_version},
                                        {"relative", LinkTrick::relative},
                                        {"itself", LinkTrick::itself},
                                        {"cycle", LinkTrick::cycle},
                                        {"endless", LinkTrick::endless}};
constexpr Named<TlsMode> k_modes[] = {{"good", TlsMode::good},
                                      {"unknown_ca", TlsMode::unknown_ca},
                                      {"wrong_name", TlsMode::wrong_name},
                                      {"expired", TlsMode::expired},
                                      {"tls_1_0", TlsMode::tls_1_0},
                                      {"tls_1_1", TlsMode::tls_1_1},
                                      {"no_handshake", TlsMode::no_handshake}};

struct BadPlan {
    std::string what;
};

template <typename T>
T named(std::span<const Named<T>> table, const json& value) {
    const auto name = value.get<std::string>();
    for (const auto& entry : table)
        if (entry.name == name) return entry.value;
    throw BadPlan{"unknown name \"" + name + "\""};
}

Fault read_fault(const json& item) {
    Fault fault;
    const auto into = [](auto& target) {
        return [&target](const json& value) { value.get_to(target); };
    };
    const std::map<std::string, std::function<void(const json&)>> fields{
        {"host", into(fault.host)},
        {"path", into(fault.path)},
        {"method", into(fault.method)},
        {"every", into(fault.every)},
        {"probability", into(fault.probability)},
        {"seed", into(fault.seed)},
        {"times", into(fault.times)},
        {"max_in_a_row", into(fault.max_in_a_row)},
        {"status", into(fault.status)},
        {"retry_after", into(fault.retry_after)},
        {"code", into(fault.code)},
        {"message", into(fault.message)},
        {"aadsts", into(fault.aadsts)},
        {"body", into(fault.body)},
        {"revoke", into(fault.revoke)},
        {"target", into(fault.target)},
        {"bytes", into(fault.bytes)},
        {"rows", into(fault.rows)},
        {"field", into(fault.field)},
        {"nth",
         [&](const json& value) {
             if (value.is_array())
                 value.get_to(fault.nth);
             else
                 fault.nth = {value.get<unsigned>()};
         }},
        {"delay",
         [&](const json& value) { fault.delay = milliseconds(value.get<std::int64_t>()); }},
        {"action", [&](const json& value) { fault.action = named<Action>(k_actions, value); }},
        {"link", [&](const json& value) { fault.link = named<LinkTrick>(k_links, value); }},
        {"tls", [&](const json& value) { fault.tls = named<TlsMode>(k_modes, value); }}};
    for (const auto& [key, value] : item.items()) {
        const auto field = fields.find(key);
        if (field == fields.end()) throw BadPlan{"unknown field \"" + key + "\""};
        field->second(value);
    }
    return fault;
}

bool matches(const Fault& fault, const Record& request) {
    if (fault.action == Action::tls) return false;
    if (request.method == "CONNECT" && fault.method != "CONNECT") return false;
    if (!fault.method.empty() && fault.method != request.method) return false;
    const auto has = [](const std::string& text, const std::string& part) {
        return part.empty() || text.find(part) != std::string::npos;
    };
    return has(request.host, fault.host) && has(request.path + "?" + request.query, fault.path);
}

}  // namespace

std::string_view action_name(Action action) {
    for (const auto& entry : k_actions)
        if (entry.value == action) return entry.name;
    return "";
}

Result<FaultPlan> parse_faults(std::string_view text) {
    const json document = json::parse(text, nullptr, false);
    if (!document.is_array()) return fail(Errc::input, "the fault plan is not a JSON array");
    FaultPlan plan;
    for (const json& item : document) {
        try {
            if (!item.is_object()) throw BadPlan{"not an object"};
            plan.push_back(read_fault(item));
        } catch (const BadPlan& bad) {
            return fail(Errc::input, fmt::format("fault {}: {}", plan.size() + 1, bad.what));
        } catch (const json::exception&) {
            return fail(Errc::input, fmt::format("fault {}: a wrong type", plan.size() + 1));
        }
    }
    return plan;
}

void FaultBook::set(FaultPlan plan) {
    const std::lock_guard lock(mutex_);
    rules_.clear();
    for (Fault& fault : plan) rules_.push_back(Rule{std::move(fault), 0, 0, {}});
}

bool FaultBook::fires(Rule& rule, const std::string& url) {
    const Fault& fault = rule.fault;
    ++rule.seen;
    bool now = fault.nth.empty() && fault.every == 0 && fault.probability == 0;
    now = now || std::ranges::find(fault.nth, rule.seen) != fault.nth.end();
    now = now || (fault.every > 0 && rule.seen % fault.every == 0);
    if (fault.probability > 0) {
        const auto chance = static_cast<double>(scramble(fault.seed, rule.seen) >> 11U);
        now = now || chance * 0x1p-53 < fault.probability;
    }
    now = now && (fault.times == 0 || rule.fired < fault.times);
    if (fault.max_in_a_row > 0) {
        unsigned& row = rule.in_a_row[url];
        now = now && row < fault.max_in_a_row;
        row = now ? row + 1 : 0;
    }
    if (now) ++rule.fired;
    return now;
}

FaultBook::Decision FaultBook::decide(const Record& request) {
    const std::lock_guard lock(mutex_);
    Decision decision;
    const std::string url = request.host + request.path + "?" + request.query;
    for (Rule& rule : rules_) {
        if (!matches(rule.fault, request) || !fires(rule, url)) continue;
        decision.delay += rule.fault.delay;
        if (!decision.fault && rule.fault.action != Action::none) decision.fault = rule.fault;
    }
    return decision;
}

TlsMode FaultBook::decide_tls(const std::string& host) {
    const std::lock_guard lock(mutex_);
    for (Rule& rule : rules_) {
        if (rule.fault.action != Action::tls) continue;
        if (host.find(rule.fault.host) == std::string::npos) continue;
        if (fires(rule, host)) return rule.fault.tls;
    }
    return TlsMode::good;
}

}  // namespace smtpaudit::fake
