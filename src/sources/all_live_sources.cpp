#include "sources/graph_sign_ins.hpp"
#include "sources/graph_users.hpp"
#include "sources/live_source.hpp"

#include <array>

namespace smtpaudit {

// The table of live sources: a new one is one file and one line here.
std::span<const LiveSource> all_live_sources() {
    static const std::array<LiveSource, 3> sources = {
        k_graph_sign_ins,
        k_graph_users,
        k_graph_organization,
    };
    return sources;
}

const LiveSource* find_live_source(std::string_view id) {
    for (const LiveSource& source : all_live_sources())
        if (source.id == id) return &source;
    return nullptr;
}

}  // namespace smtpaudit
