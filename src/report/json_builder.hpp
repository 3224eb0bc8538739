// Reads a run document without ever holding all of it as JSON: each account and device is handed
// over as soon as it is read, and only the small rest is kept.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// Included by .cpp files only, as nlohmann's whole header is.
class DocumentBuilder final : public nlohmann::json_sax<nlohmann::json> {
public:
    // Takes an element of a top-level list; true: taken, it is not kept.
    using TakeElement = std::function<bool(std::string_view list, const nlohmann::json& element)>;

    explicit DocumentBuilder(TakeElement take) : take_(std::move(take)) {}

    nlohmann::json root;
    std::size_t error_at = 0;  // byte of a syntax error, from 1; 0: none
    bool too_deep = false;
    bool repeated = false;  // a top-level member stands twice

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(nlohmann::json::object()); }
    bool start_array(std::size_t) override { return open(nlohmann::json::array()); }
    bool key(string_t& name) override {
        key_ = std::move(name);
        if (open_.size() != 1) return true;
        list_ = key_;
        repeated = root.contains(key_);
        return !repeated;
    }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception&) override {
        error_at = position == 0 ? 1 : position;
        return false;
    }

private:
    static constexpr std::size_t k_max_depth = 64;

    nlohmann::json* place(nlohmann::json value) {
        if (open_.empty()) {
            root = std::move(value);
            return &root;
        }
        nlohmann::json& parent = *open_.back();
        if (parent.is_object()) return &(parent[key_] = std::move(value));
        parent.push_back(std::move(value));
        return &parent.back();
    }
    bool add(nlohmann::json value) {
        place(std::move(value));
        return true;
    }
    bool open(nlohmann::json value) {
        too_deep = open_.size() >= k_max_depth;
        if (too_deep) return false;
        open_.push_back(place(std::move(value)));
        return true;
    }
    bool close() {
        const nlohmann::json& done = *open_.back();
        open_.pop_back();
        // An object in a list in the top-level object.
        if (open_.size() != 2 || !root.is_object() || !open_.back()->is_array()) return true;
        if (done.is_object() && take_(list_, done))
            open_.back()->get_ptr<nlohmann::json::array_t*>()->pop_back();
        return true;
    }

    TakeElement take_;
    std::vector<nlohmann::json*> open_;  // from the root to the value being read
    std::string key_, list_;  // the last member name; the one of the top level
};

}  // namespace smtpaudit
