#include "sources/sign_in_buffer.hpp"

namespace smtpaudit {
namespace {

// The texts a sign-in has, in one order.
template <typename Seen>
auto texts_of(Seen& seen) {
    return std::array{&seen.account, &seen.user_id, &seen.user_agent,
                      &seen.app,     &seen.country, &seen.record_id};
}

}  // namespace

void SignInBuffer::add(const Observation& seen) {
    Kept kept{*seen.at, seen.client, seen.error_code, seen.risk, texts_.size(), {}};
    const auto texts = texts_of(seen);
    for (std::size_t i = 0; i < k_texts; ++i) {
        texts_ += *texts[i];
        kept.sizes[i] = static_cast<std::uint32_t>(texts[i]->size());
    }
    kept_.push_back(kept);
}

Observation SignInBuffer::at(std::size_t index) const {
    const Kept& kept = kept_[index];
    Observation seen;
    seen.at = kept.at;
    seen.has_time = true;
    seen.protocol = Protocol::basic;
    seen.outcome = kept.error_code == 0 ? Outcome::success : Outcome::failure;
    seen.error_code = kept.error_code;
    seen.risk = kept.risk;
    seen.client = kept.client;
    seen.sign_ins = 1;
    std::string_view rest = std::string_view(texts_).substr(kept.begin);
    const auto texts = texts_of(seen);
    for (std::size_t i = 0; i < k_texts; ++i) {
        *texts[i] = rest.substr(0, kept.sizes[i]);
        rest.remove_prefix(kept.sizes[i]);
    }
    return seen;
}

}  // namespace smtpaudit
