#include "sources/json_index.hpp"

#include <simdjson.h>

namespace smtpaudit {

// simdjson's On-Demand would walk over the same places, but leaves what it skips unread; a record
// must be valid as a whole. So only its first stage is used, which picks the processor's own code.
struct JsonIndex::State {
    std::size_t most = 0;
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

static_assert(k_json_padding >= simdjson::SIMDJSON_PADDING);

JsonIndex::JsonIndex(std::size_t most) : state_(std::make_unique<State>()) {
    state_->most = most;
    const auto failed = simdjson::get_active_implementation()->create_dom_parser_implementation(
        most, k_json_depth_limit, state_->parser);
    if (failed) state_->most = 0;  // then every block is left to the other reader
}
JsonIndex::~JsonIndex() = default;

std::span<const std::uint32_t> JsonIndex::find(std::string_view padded_block) {
    if (padded_block.empty() || padded_block.size() > state_->most) return {};
    const auto failed =
        state_->parser->stage1(reinterpret_cast<const std::uint8_t*>(padded_block.data()),
                               padded_block.size(), simdjson::stage1_mode::regular);
    if (failed) return {};
    return {state_->parser->structural_indexes.get(), state_->parser->n_structural_indexes};
}

}  // namespace smtpaudit
