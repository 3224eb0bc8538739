#include "base/read_ahead.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>

using namespace smtpaudit;

namespace {

// Bytes in pieces of odd sizes, then the end or an error.
class Pieces final : public ByteSource {
public:
    Pieces(std::string bytes, bool fails) : bytes_(std::move(bytes)), fails_(fails) {}
    Result<std::size_t> read(std::span<char> room) override {
        const std::size_t count = std::min({room.size(), bytes_.size() - at_, std::size_t{7919}});
        if (count == 0 && fails_) return fail(Errc::input, "x: the disk is broken");
        std::copy_n(bytes_.data() + at_, count, room.data());
        at_ += count;
        return count;
    }

private:
    std::string bytes_;
    bool fails_;
    std::size_t at_ = 0;
};

std::string numbered(std::size_t size) {
    std::string text;
    for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ',';
    text.resize(size);
    return text;
}

struct Read {
    std::string text, problem;
};

Read read_all(ByteSource& source, std::size_t step) {
    Read all;
    std::string room(step, '\0');
    for (;;) {
        const auto got = source.read(room);
        if (!got) all.problem = got.error().message;
        if (!got || *got == 0) return all;
        all.text.append(room, 0, *got);
    }
}

constexpr std::size_t k_block = 256 * 1024;

}  // namespace

TEST_CASE("what is read ahead comes whole and in order") {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, k_block - 1, k_block,
                                   k_block + 1, 4 * k_block, 9 * k_block + 17}) {
        const std::string text = numbered(size);
        for (const std::size_t step : {std::size_t{1000}, k_block, 3 * k_block}) {
            INFO(size << " bytes in steps of " << step);
            const auto source = read_ahead(std::make_unique<Pieces>(text, false));
            const Read all = read_all(*source, step);
            CHECK(all.text == text);
            CHECK(all.problem.empty());
        }
    }
}

TEST_CASE("an error while reading ahead comes after the bytes before it") {
    for (const std::size_t size : {std::size_t{0}, std::size_t{5}, k_block, 6 * k_block + 3}) {
        INFO(size);
        const std::string text = numbered(size);
        const auto source = read_ahead(std::make_unique<Pieces>(text, true));
        const Read all = read_all(*source, 4096);
        CHECK(all.text == text);
        CHECK(all.problem == "x: the disk is broken");
    }
}

TEST_CASE("reading ahead can be given up in the middle") {
    const auto source = read_ahead(std::make_unique<Pieces>(numbered(20 * k_block), false));
    std::string room(2 * k_block, '\0');
    REQUIRE(source->read(room).value() > 0);
    REQUIRE(source->read(room).value() > 0);
}
