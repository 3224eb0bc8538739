// One program for all targets under libFuzzer, which leaves flags with two dashes to us:
// smtpaudit_fuzz --target=csv CORPUS
#include "fuzz/fuzz.hpp"

#include <cstdint>

namespace {

smtpaudit::fuzz::Run g_run = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
    constexpr std::string_view k_flag = "--target=";
    for (int i = 1; i < *count; ++i) {
        const std::string_view argument = (*arguments)[i];
        if (!argument.starts_with(k_flag)) continue;
        if (const auto* target = smtpaudit::fuzz::find_target(argument.substr(k_flag.size())))
            g_run = target->run;
    }
    if (g_run != nullptr) return 0;
    std::fputs("--target=NAME must name one of:\n", stderr);
    for (const auto& target : smtpaudit::fuzz::all_targets())
        std::fprintf(stderr, "  %s\n", std::string(target.name).c_str());
    std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    g_run({reinterpret_cast<const char*>(data), size});
    return 0;
}
