// Digests of public data (file contents, run ids), and the keyed digest behind pseudonyms. Keys
// that sign in and signatures belong to auth/.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace smtpaudit {

class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    void update(std::string_view bytes);
    // Lower-case hex. The object is done after it.
    std::string finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

// HMAC-SHA-256 (RFC 2104) in lower-case hex.
std::string keyed_digest(std::string_view key, std::string_view text);

// RFC 9562 UUIDv5 of `name` in the project's own name space.
std::string name_uuid(std::string_view name);

}  // namespace smtpaudit
