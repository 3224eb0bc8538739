// The settings file: TOML, $XDG_CONFIG_HOME/smtpaudit/config.toml or --config FILE.
#pragma once

#include "app/options.hpp"
#include "app/world.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// Fills the options that were not given on the command line. An unknown key, a value of the wrong
// type, or a --config file that is not there: Errc::input with name:line:column. Without --config
// an absent file is no error.
Result<Options> with_config(Options options, const World& world);

// What the file may hold, in the order of its sections.
struct ConfigKey {
    std::string_view section, name;  // name: a long option without its dashes
};
std::vector<ConfigKey> config_keys();

// The variable that holds one tenant's own secret: "AZURE_CLIENT_SECRET_NORTH_WIND" for the tenant
// "north-wind".
std::string tenant_variable(std::string_view variable, std::string_view name);

}  // namespace smtpaudit
