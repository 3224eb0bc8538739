#include "report/json_place.hpp"

#include <fmt/format.h>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace smtpaudit {

using nlohmann::json;

std::string Place::path() const {
    std::string out = parent_ == nullptr ? "" : parent_->path();
    if (!name_.empty()) {
        if (!out.empty()) out += '.';
        out += name_;
    }
    if (index_ != k_no_index) out += fmt::format("[{}]", index_);
    return out;
}

void Place::complain(std::string_view what) const {
    if (value_ == nullptr || !mistake_.empty()) return;
    const std::string where = path();
    mistake_ = fmt::format("{} {}", where.empty() ? "the document" : where, what);
}

Place Place::operator[](std::string_view name) const {
    if (value_ == nullptr) return {nullptr, this, name, k_no_index};
    if (!value_->is_object()) {
        complain("is not an object");
        return {nullptr, this, name, k_no_index};
    }
    const auto found = value_->find(std::string(name));
    if (found != value_->end()) return {&*found, this, name, k_no_index};
    Place(value_, this, name, k_no_index).complain("is missing");
    return {nullptr, this, name, k_no_index};
}

Place Place::maybe(std::string_view name) const {
    if (value_ == nullptr || !value_->is_object()) return {nullptr, this, name, k_no_index};
    const auto found = value_->find(std::string(name));
    if (found == value_->end() || found->is_null()) return {nullptr, this, name, k_no_index};
    return {&*found, this, name, k_no_index};
}

bool Place::is_null() const { return value_ == nullptr || value_->is_null(); }

std::string Place::text() const {
    if (value_ != nullptr && value_->is_string()) return value_->get_ref<const std::string&>();
    complain("is not a text");
    return {};
}

std::string Place::text_or_empty() const { return is_null() ? std::string() : text(); }

std::optional<std::string> Place::optional_text() const {
    if (is_null()) return std::nullopt;
    return text();
}

std::uint64_t Place::count() const {
    if (value_ != nullptr && value_->is_number_unsigned()) return value_->get<std::uint64_t>();
    complain("is not a whole number from 0");
    return 0;
}

int Place::whole() const {
    using Limits = std::numeric_limits<int>;
    // Unsigned first: a number over 2^63 would wrap as a signed one.
    if (value_ != nullptr && value_->is_number_unsigned()) {
        const auto number = value_->get<std::uint64_t>();
        if (number <= static_cast<std::uint64_t>(Limits::max())) return static_cast<int>(number);
    } else if (value_ != nullptr && value_->is_number_integer()) {
        const auto number = value_->get<std::int64_t>();
        if (number >= Limits::min()) return static_cast<int>(number);
    }
    complain("is not a whole number in range");
    return 0;
}

std::optional<int> Place::optional_whole() const {
    if (is_null()) return std::nullopt;
    return whole();
}

double Place::number() const {
    if (value_ == nullptr || !value_->is_number()) {
        complain("is not a number");
        return 0;
    }
    // All of ours are shares, points and messages a day. Far beyond, rounding ends in infinity,
    // which JSON cannot say.
    constexpr double k_most = 1e18;
    const auto number = value_->get<double>();
    if (std::abs(number) <= k_most) return number;
    complain("is not a number in range");
    return 0;
}

std::optional<double> Place::optional_number() const {
    if (is_null()) return std::nullopt;
    return number();
}

bool Place::flag() const {
    if (value_ != nullptr && value_->is_boolean()) return value_->get<bool>();
    complain("is neither true nor false");
    return false;
}

UtcTime Place::time() const {
    const std::string found = text();
    const auto read = parse_iso_instant(found);
    if (read && read->has_time && read->has_zone) return read->at;
    complain("is not a time like 2026-11-22T10:00:00Z");
    return {};
}

std::optional<UtcTime> Place::optional_time() const {
    if (is_null()) return std::nullopt;
    return time();
}

Day Place::day() const {
    const std::string found = text();
    const auto read = parse_iso_day(found);
    if (read) return *read;
    complain("is not a day like 2026-11-22");
    return {};
}

std::optional<Day> Place::optional_day() const {
    if (is_null()) return std::nullopt;
    return day();
}

std::vector<std::string> Place::texts() const {
    return list<std::string>([](const Place& element) { return element.text(); });
}

void Place::for_each(const std::function<void(const Place&)>& take) const {
    if (value_ == nullptr) return;
    if (!value_->is_array()) return complain("is not a list");
    for (std::size_t i = 0; i < value_->size() && mistake_.empty(); ++i)
        take({&(*value_)[i], this, "", i});
}

}  // namespace smtpaudit
