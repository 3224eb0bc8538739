// Fuzz targets: each takes any bytes and holds the product to what it promises. The same functions
// run under libFuzzer (preset `fuzz`) and over the corpus as ordinary tests.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

namespace smtpaudit::fuzz {

using Run = void (*)(std::string_view bytes);

struct Target {
    std::string_view name;
    Run run;
};

// The table; it is made from targets.def.
std::span<const Target> all_targets();
const Target* find_target(std::string_view name);  // nullptr: no such target

// A promise that was not kept: says which, and aborts, which is a finding.
inline void require(bool kept, std::string_view promise, std::string_view seen = {}) {
    if (kept) return;
    std::fprintf(stderr, "not kept: %.*s\n%.*s\n", static_cast<int>(promise.size()), promise.data(),
                 static_cast<int>(seen.size()), seen.data());
    std::abort();
}

// Valid UTF-8 in which nothing steers a terminal: no control characters (C0, DEL, C1) but line feeds
// where `lines`, no line or paragraph separators, no bidirectional overrides.
bool is_safe_text(std::string_view text, bool lines);

// What every message about bad input is: one line, and safe to print.
inline void require_message(std::string_view message) {
    require(!message.empty() && is_safe_text(message, false), "an error is one printable line",
            message);
}

// Takes the first byte off as a number, 0 where there is none: a choice that the fuzzer makes.
inline unsigned take_choice(std::string_view& bytes) {
    if (bytes.empty()) return 0;
    const auto choice = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    return choice;
}

}  // namespace smtpaudit::fuzz
