#include "analysis/risk_model.hpp"

#include "support/catch.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

using namespace smtpaudit;
using nlohmann::json;

namespace {

template <typename Enum>
std::optional<Enum> choose(const std::string& text, std::initializer_list<const char*> names) {
    std::size_t at = 0;
    for (const char* name : names) {
        if (text == name) return static_cast<Enum>(at);
        ++at;
    }
    REQUIRE(text == "unknown");
    return std::nullopt;
}

template <typename T>
std::optional<T> maybe(const json& value) {
    if (value.is_null()) return std::nullopt;
    return value.get<T>();
}

RiskInput input_of(const json& s) {
    RiskInput in;
    in.status = parse_status(s.at("status").get<std::string>()).value();
    in.basic_30d = s.at("basic_30d");
    in.unknown_30d = s.at("unknown_30d");
    in.basic_window = s.at("basic_window");
    in.oauth_window = s.at("oauth_window");
    in.unknown_window = s.at("unknown_window");
    in.covered_days = s.at("covered_days");
    in.last_basic_days = maybe<int>(s.at("last_basic_days"));
    in.active_day_share = maybe<double>(s.at("active_day_share"));
    in.business = parse_business(s.at("class").get<std::string>()).value();
    in.class_sure = s.at("class_sure");
    in.basic_usable = parse_ternary(s.at("basic_usable").get<std::string>()).value();
    in.privilege = choose<Privilege>(s.at("privilege"), {"none", "admin", "global"});
    in.mfa_registered = maybe<bool>(s.at("mfa_registered"));
    in.password_years = maybe<double>(s.at("password_years"));
    in.shared_with_sign_in = maybe<bool>(s.at("shared_with_sign_in"));
    in.attack = choose<Attack>(s.at("attack"), {"none", "some", "spray", "hit"});
    in.spread =
        choose<Spread>(s.at("spread"), {"one", "few", "many", "two_countries", "many_countries"});
    in.old_tls_share = maybe<double>(s.at("old_tls_share"));
    in.compromised = s.at("compromised");
    return in;
}

template <typename Factor, typename Points>
void check_points(const json& expected, const Points& points) {
    for (std::size_t i = 0; i < points.size(); ++i) {
        const std::string name(to_string(static_cast<Factor>(i)));
        INFO(name);
        const auto rounded = points[i] ? std::optional(*points[i]) : std::nullopt;
        CHECK(rounded == maybe<double>(expected.at(name)));
    }
}

}  // namespace

TEST_CASE("every reference vector of the risk model is reproduced exactly") {
    std::ifstream file(SMTPAUDIT_SOURCE_DIR "/tests/data/risk-vectors.json");
    const json vectors = json::parse(file);
    REQUIRE(vectors.at("model") == k_risk_model);
    REQUIRE(vectors.at("cases").size() == 20);
    const Weights weights;
    for (const json& test : vectors.at("cases")) {
        const RiskInput input = input_of(test.at("input"));
        for (const auto& [days, expected] : test.at("expect").items()) {
            INFO(test.at("name") << " with " << days << " days left");
            const Assessment got = assess(input, std::stoi(days), weights);
            CHECK(got.impact == expected.at("impact"));
            CHECK(got.exposure == expected.at("exposure"));
            CHECK(got.priority == expected.at("priority"));
            CHECK(got.priority_low == expected.at("priority_range")[0]);
            CHECK(got.priority_high == expected.at("priority_range")[1]);
            CHECK(to_string(got.band) == expected.at("band"));
            CHECK(got.known_share == expected.at("known_share").get<double>());
            if (!expected.at("impact_points").empty())
                check_points<ImpactFactor>(expected.at("impact_points"),
                                           impact_points(input, 1.0 / 3, weights));
            check_points<ExposureFactor>(expected.at("exposure_points"),
                                         exposure_points(input, weights));
        }
    }
}

TEST_CASE("a device takes the exposure of its worst account and four points for each further one") {
    RiskInput input;
    input.status = Status::active_basic;
    input.basic_30d = 100;
    input.basic_window = 100;
    const Weights weights;
    const Range worst = {20, 30, 60};
    CHECK(assess_device(input, worst, 1, -1, weights).exposure == 30);
    CHECK(assess_device(input, worst, 3, -1, weights).exposure == 38);
    CHECK(assess_device(input, worst, 30, -1, weights).exposure == 42);
    CHECK(assess_device(input, {80, 95, 100}, 30, -1, weights).exposure == 100);
}

TEST_CASE("a weight is changed by its name and every name is different") {
    Weights weights;
    std::set<double*> places;
    for (const WeightName& weight : weight_names()) places.insert(weight.place(weights));
    CHECK(places.size() == weight_names().size());
    for (const WeightName& weight : weight_names())
        if (weight.name == "impact.business.scanner") *weight.place(weights) = 20;
    CHECK(weights.business[static_cast<std::size_t>(Business::scanner)] == 20);
}
