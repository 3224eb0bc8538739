// JSON of sign-ins: one record, or one page of a Graph answer, without building a tree of it.
#pragma once

#include "sources/json_scan.hpp"
#include "sources/sign_in_record.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit {

struct JsonPlace;

// One record: a Graph row, or a diagnostic-settings row with its fields under `properties`. Keys
// in any case. Fills `row`; an array, a text … is a problem.
std::optional<JsonProblem> parse_sign_in(std::string_view text, SignInRow& row);

// The same for the record that begins at a place, if it is whole in the block, valid, and no
// list of records (unless it lies in one itself). Its length, or 0: ask parse_sign_in().
std::size_t take_sign_in(const JsonPlace& place, bool may_hold_list, SignInRow& row);

struct SignInPage {
    std::optional<std::string> next_link;
    std::uint64_t rows = 0;
};

// A Graph list answer: on_row for each element of `value`, in order, with its number from 0.
// Problem: not JSON, not an object, no `value` array. Rows may have been given before it.
tl::expected<SignInPage, JsonProblem> parse_sign_in_page(
    std::string_view body, const std::function<void(std::uint64_t, const SignInRow&)>& on_row);

}  // namespace smtpaudit
