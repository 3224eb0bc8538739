// Reading a JSON document whose every member has a known type. The first mistake is kept with its
// path; after it every answer is a default, so that the reading code needs no branches.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// One value and where it stands. Lives no longer than the place it was taken from.
class Place {
public:
    // The whole document; an empty `mistake` becomes the first one: "accounts[3].rank is …".
    Place(const nlohmann::json& root, std::string& mistake) : value_(&root), mistake_(mistake) {}
    // A value that was taken out of its list: `accounts[3]`.
    Place(const nlohmann::json& value, std::string_view list, std::size_t index,
          std::string& mistake)
        : value_(&value), name_(list), index_(index), mistake_(mistake) {}

    // A member that must be there; null counts as there.
    Place operator[](std::string_view name) const;
    // A member that may be absent or null.
    Place maybe(std::string_view name) const;
    bool is_null() const;

    std::string text() const;
    std::string text_or_empty() const;  // null is ""
    std::optional<std::string> optional_text() const;  // null is absent, and so below
    std::uint64_t count() const;  // a whole number from 0
    int whole() const;
    std::optional<int> optional_whole() const;
    double number() const;
    std::optional<double> optional_number() const;
    bool flag() const;
    UtcTime time() const;
    std::optional<UtcTime> optional_time() const;
    Day day() const;
    std::optional<Day> optional_day() const;
    std::vector<std::string> texts() const;

    // A text that `parse` knows.
    template <typename Enum>
    Enum word(std::optional<Enum> (*parse)(std::string_view)) const {
        const std::string found = text();
        const std::optional<Enum> known = parse(found);
        if (!known) complain("is not a word that this version knows");
        return known.value_or(Enum{});
    }

    template <typename T>
    std::vector<T> list(T (*read)(const Place&)) const {
        std::vector<T> out;
        for_each([&](const Place& element) { out.push_back(read(element)); });
        return out;
    }

    // Keeps `what` with this path if it is the first mistake.
    void complain(std::string_view what) const;

private:
    static constexpr std::size_t k_no_index = static_cast<std::size_t>(-1);

    Place(const nlohmann::json* value, const Place* parent, std::string_view name,
          std::size_t index)
        : value_(value), parent_(parent), name_(name), index_(index), mistake_(parent->mistake_) {}

    void for_each(const std::function<void(const Place&)>& take) const;
    std::string path() const;

    const nlohmann::json* value_;  // nullptr: a mistake above, or absent
    const Place* parent_ = nullptr;
    std::string_view name_;
    std::size_t index_ = k_no_index;
    std::string& mistake_;
};

}  // namespace smtpaudit
