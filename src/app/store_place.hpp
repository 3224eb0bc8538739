// Where the history is, and why there may be none.
#pragma once

#include "app/commands.hpp"

#include <optional>
#include <string>

namespace smtpaudit {

struct StorePlace {
    std::string path;  // empty: none
    bool is_default = false;  // not chosen with --store
    std::string why_none;  // where the path is empty
};

// --store FILE|none, else $XDG_STATE_HOME/smtpaudit/history.sqlite, else below
// $HOME/.local/state. A home that is no folder is none (daemons have one).
StorePlace store_place(const CommandContext& context);

}  // namespace smtpaudit
