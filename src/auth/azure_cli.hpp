// A token borrowed from the Azure CLI, where a person has signed in (facts/graph.md 5.7).
#pragma once

#include "auth/token_endpoint.hpp"
#include "auth/token_source.hpp"

#include <memory>
#include <string>

namespace smtpaudit {

// The tokens of the CLI may also write (Application.ReadWrite.All and more): they are asked for
// anew in each run and kept in memory alone. `program` is looked up in PATH.
std::unique_ptr<TokenSource> azure_cli_source(const SignInContext& context, AppIdentity identity,
                                              std::string program = "az");

}  // namespace smtpaudit
