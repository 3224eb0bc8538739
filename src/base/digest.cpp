#include "base/digest.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <new>
#include <stdexcept>

namespace smtpaudit {
namespace {

// Made once at random for this project; a change would change every run_id.
constexpr std::array<unsigned char, 16> k_namespace = {
    0x3e, 0x1c, 0x9a, 0x52, 0x7b, 0x04, 0x4f, 0x6d, 0x8e, 0x21, 0xd5, 0x60, 0xb9, 0x7f, 0x13, 0xa8};

// The algorithms are OpenSSL's own: only memory, or an OpenSSL that was told to lack them, fails.
[[noreturn]] void fail_digest() {
    if (ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE) throw std::bad_alloc();
    throw std::runtime_error("digest failed");
}

void require(int ok) {
    if (ok != 1) fail_digest();
}

}  // namespace

struct Sha256::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                    &EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    require(EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr));
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
    require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

std::string Sha256::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    require(EVP_DigestFinal_ex(state_->context.get(), digest.data(), &length));
    return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + length, ""));
}

std::string keyed_digest(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(),
             digest.data(), &length) == nullptr)
        fail_digest();
    return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + length, ""));
}

std::string name_uuid(std::string_view name) {
    std::string input(k_namespace.begin(), k_namespace.end());
    input += name;
    std::array<unsigned char, EVP_MAX_MD_SIZE> b{};
    require(EVP_Digest(input.data(), input.size(), b.data(), nullptr, EVP_sha1(), nullptr));
    b[6] = static_cast<unsigned char>((b[6] & 0x0f) | 0x50);
    b[8] = static_cast<unsigned char>((b[8] & 0x3f) | 0x80);
    const auto hex = [&](int from, int to) {
        return fmt::format("{:02x}", fmt::join(b.begin() + from, b.begin() + to, ""));
    };
    return fmt::format("{}-{}-{}-{}-{}", hex(0, 4), hex(4, 6), hex(6, 8), hex(8, 10), hex(10, 16));
}

}  // namespace smtpaudit
