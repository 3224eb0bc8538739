#include "sources/sign_in_answer.hpp"

#include <fmt/format.h>
#include <array>
#include <unordered_set>

namespace smtpaudit {
namespace {

// 128 bits of an id: an id is 36 bytes, and there are many.
using Fingerprint = std::array<std::uint64_t, 2>;

Fingerprint fingerprint(std::string_view id) {
    // FNV-1a with two offsets. Nobody gains by making two ids collide: both are Entra's own.
    Fingerprint print = {0xcbf29ce484222325ULL, 0x84222325cbf29ce4ULL};
    for (const char c : id) {
        for (std::uint64_t& part : print) {
            part ^= static_cast<unsigned char>(c);
            part *= 0x100000001b3ULL;
        }
        print[1] ^= print[0] >> 29U;
    }
    return print;
}

struct FirstPart {
    std::size_t operator()(const Fingerprint& print) const { return print[0]; }
};

}  // namespace

tl::expected<SignInAnswer, JsonProblem> read_sign_in_answer(std::string_view body,
                                                            TimeWindow window) {
    SignInAnswer answer;
    SignInReader reader(answer.tally);
    const auto on_row = [&](std::uint64_t number, const SignInRow& row) {
        const auto read = reader.read(row);
        if (!read) {
            if (answer.unreadable++ == 0)
                answer.first_unreadable = fmt::format("$.value[{}]: {}", number, read.error());
        } else if (*read && !window.contains(*(*read)->at)) {
            ++answer.outside;
        } else if (*read) {
            answer.rows.add(**read);
        }
    };
    auto page = parse_sign_in_page(body, on_row);
    if (!page) return tl::unexpected(std::move(page).error());
    answer.next_link = std::move(page->next_link);
    return answer;
}

struct SeenIds::State {
    std::unordered_set<Fingerprint, FirstPart> present, before;
};

SeenIds::SeenIds() : state_(std::make_unique<State>()) {}
SeenIds::~SeenIds() = default;

bool SeenIds::insert(std::string_view id) {
    if (id.empty()) return true;
    const Fingerprint print = fingerprint(id);
    return !state_->before.contains(print) && state_->present.insert(print).second;
}

void SeenIds::next_window() {
    state_->before = std::move(state_->present);
    state_->present.clear();
}

}  // namespace smtpaudit
