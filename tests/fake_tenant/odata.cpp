#include "fake_tenant/odata.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

namespace smtpaudit::fake {

namespace {

using Kind = FilterNode::Kind;
using Parsed = tl::expected<FilterNode, std::string>;

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '/' || c == '-' || c == ':' || c == '.' || c == '@';
}

class Parser {
public:
    Parser(std::string_view text, std::span<const FilterRule> rules) : text_(text), rules_(rules) {}

    Parsed whole() {
        auto node = either();
        if (!node) return node;
        skip();
        if (at_ != text_.size()) return bad();
        return node;
    }

private:
    static Parsed bad() { return tl::unexpected<std::string>("Invalid filter clause"); }
    void skip() {
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    }
    bool take(char c) {
        skip();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    std::string_view peek_word() {
        skip();
        std::size_t end = at_;
        while (end < text_.size() && is_word(text_[end])) ++end;
        return text_.substr(at_, end - at_);
    }
    bool take_word(std::string_view word) {
        if (peek_word() != word) return false;
        at_ += word.size();
        return true;
    }

    Parsed joined(Kind kind, std::string_view word, Parsed (Parser::*part)()) {
        auto first = (this->*part)();
        if (!first) return first;
        FilterNode node{kind, {}, {}, {}, {std::move(*first)}};
        while (take_word(word)) {
            auto next = (this->*part)();
            if (!next) return next;
            node.parts.push_back(std::move(*next));
        }
        if (node.parts.size() == 1) return FilterNode(node.parts.front());
        return node;
    }
    Parsed either() {
        if (++depth_ > 50) return bad();
        auto node = joined(Kind::or_, "or", &Parser::both);
        --depth_;
        return node;
    }
    Parsed both() { return joined(Kind::and_, "and", &Parser::single); }

    Parsed single() {
        if (take('(')) {
            auto node = either();
            if (node && !take(')')) return bad();
            return node;
        }
        if (take_word("not")) {
            auto node = single();
            if (!node) return node;
            return FilterNode{Kind::not_, {}, {}, {}, {std::move(*node)}};
        }
        const std::string word(peek_word());
        if (word.empty()) return bad();
        at_ += word.size();
        if (equals_ignoring_case(word, "startsWith")) return starts_with();
        if (word.ends_with("/any")) return any(word.substr(0, word.size() - 4));
        return comparison(word);
    }

    Parsed starts_with() {
        if (!take('(')) return bad();
        FilterNode node{Kind::starts_with, std::string(peek_word()), "startsWith", {}, {}};
        at_ += node.property.size();
        if (!take(',')) return bad();
        auto value = literal();
        if (!value || !std::holds_alternative<std::string>(*value) || !take(')')) return bad();
        node.literal = std::move(*value);
        return allowed(std::move(node));
    }

    // signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')
    Parsed any(const std::string& property) {
        if (!take('(')) return bad();
        // The colon may touch its neighbours: "t:t eq".
        const std::string_view word = peek_word();
        const std::string variable(word.substr(0, word.find(':')));
        at_ += variable.size();
        if (variable.empty() || !take(':')) return bad();
        variable_ = variable;
        auto inner = either();
        variable_.clear();
        if (!inner || !take(')')) return bad();
        return allowed(FilterNode{Kind::any, property, "any", {}, {std::move(*inner)}});
    }

    Parsed comparison(const std::string& property) {
        FilterNode node{Kind::compare, property, std::string(peek_word()), {}, {}};
        if (std::ranges::find(k_operators, node.op) == std::end(k_operators)) return bad();
        at_ += node.op.size();
        auto value = literal();
        if (!value) return tl::unexpected(value.error());
        node.literal = std::move(*value);
        if (!variable_.empty() && property == variable_) return node;
        return allowed(std::move(node));
    }

    tl::expected<Value, std::string> literal() {
        skip();
        if (at_ < text_.size() && text_[at_] == '\'') return quoted();
        const std::string_view word = peek_word();
        at_ += word.size();
        if (word == "null") return Value{};
        if (word == "true" || word == "false") return Value{word == "true"};
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
        if (!word.empty() && error == std::errc{} && end == word.data() + word.size())
            return Value{number};
        if (auto ticks = parse_ticks(word)) return Value{*ticks};
        return tl::unexpected<std::string>("Invalid filter clause");
    }
    tl::expected<Value, std::string> quoted() {
        std::string text;
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] != '\'') {
                text += text_[at_];
            } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '\'') {
                text += '\'';
                ++at_;
            } else {
                ++at_;
                return Value{text};
            }
        }
        return tl::unexpected<std::string>("Invalid filter clause");
    }

    Parsed allowed(FilterNode node) const {
        for (const FilterRule& rule : rules_) {
            if (rule.property != node.property) continue;
            // A quoted date is refused by the service (graph.md 1.5).
            if (node.property.ends_with("DateTime") && !std::holds_alternative<Ticks>(node.literal))
                return bad();
            for (const auto op : split(rule.operators, ' '))
                if (op == node.op) return node;
            return tl::unexpected(fmt::format("Filter operator '{}' is not supported on '{}'.",
                                              node.op, node.property));
        }
        return tl::unexpected(fmt::format("Could not find a property named '{}'.", node.property));
    }

    static constexpr std::string_view k_operators[] = {"eq", "ne", "gt", "ge", "lt", "le"};
    std::string_view text_;
    std::span<const FilterRule> rules_;
    std::size_t at_ = 0;
    int depth_ = 0;
    std::string variable_;
};

template <typename T>
bool compared(const T& a, std::string_view op, const T& b) {
    if (op == "eq") return a == b;
    if (op == "ne") return a != b;
    if (op == "lt") return a < b;
    if (op == "le") return a <= b;
    if (op == "gt") return b < a;
    return b <= a;
}

bool compare_values(const Value& left, std::string_view op, const Value& right) {
    if (left.index() != right.index()) return op == "ne";
    if (const auto* text = std::get_if<std::string>(&left))  // OData's own service folds case
        return compared(ascii_lower(*text), op, ascii_lower(std::get<std::string>(right)));
    if (const auto* ticks = std::get_if<Ticks>(&left))
        return compared(ticks->count, op, std::get<Ticks>(right).count);
    if (const auto* number = std::get_if<std::int64_t>(&left))
        return compared(*number, op, std::get<std::int64_t>(right));
    if (const auto* truth = std::get_if<bool>(&left))
        return compared(*truth, op, std::get<bool>(right));
    return op == "eq";
}

}  // namespace

tl::expected<Ticks, std::string> parse_ticks(std::string_view text) {
    const auto instant = parse_iso_instant(text);
    if (!instant || !instant->has_time || !instant->has_zone)
        return tl::unexpected<std::string>("Invalid filter clause");
    std::int64_t fraction = 0;
    if (const auto dot = text.find('.'); dot != std::string_view::npos) {
        std::int64_t unit = k_ticks_per_second / 10;
        for (std::size_t i = dot + 1; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
            fraction += unit * (text[i] - '0');
            unit /= 10;
        }
    }
    return Ticks{instant->at.time_since_epoch().count() * k_ticks_per_second + fraction};
}

tl::expected<FilterNode, std::string> parse_filter(std::string_view text,
                                                   std::span<const FilterRule> rules) {
    if (trim(text).empty()) return FilterNode{};
    return Parser(text, rules).whole();
}

bool passes(const FilterNode& filter, const Lookup& lookup) {
    const auto part_passes = [&](const FilterNode& part) { return passes(part, lookup); };
    switch (filter.kind) {
        case Kind::all: return true;
        case Kind::and_: return std::ranges::all_of(filter.parts, part_passes);
        case Kind::or_: return std::ranges::any_of(filter.parts, part_passes);
        case Kind::not_: return !passes(filter.parts.front(), lookup);
        case Kind::compare:
            return compare_values(lookup(filter.property), filter.op, filter.literal);
        case Kind::starts_with: {
            const Value value = lookup(filter.property);
            const auto* text = std::get_if<std::string>(&value);
            return text != nullptr && ascii_lower(*text).starts_with(
                                          ascii_lower(std::get<std::string>(filter.literal)));
        }
        case Kind::any: {
            const Value value = lookup(filter.property);
            const auto* items = std::get_if<std::vector<std::string>>(&value);
            return items != nullptr && std::ranges::any_of(*items, [&](const std::string& item) {
                       return passes(filter.parts.front(),
                                     [&](std::string_view) { return Value{item}; });
                   });
        }
    }
    return false;
}

bool mentions(const FilterNode& filter, std::string_view property) {
    return filter.property == property ||
           std::ranges::any_of(filter.parts,
                               [&](const FilterNode& part) { return mentions(part, property); });
}

TickRange bounds(const FilterNode& filter, std::string_view property) {
    TickRange range;
    if (filter.kind == Kind::and_) {
        for (const FilterNode& part : filter.parts) {
            const TickRange inner = bounds(part, property);
            range.first = std::max(range.first, inner.first);
            range.last = std::min(range.last, inner.last);
        }
    } else if (filter.kind == Kind::compare && filter.property == property) {
        if (const auto* ticks = std::get_if<Ticks>(&filter.literal)) {
            if (filter.op.starts_with('g') || filter.op == "eq") range.first = ticks->count;
            if (filter.op.starts_with('l') || filter.op == "eq") range.last = ticks->count;
        }
    }
    return range;
}

}  // namespace smtpaudit::fake
