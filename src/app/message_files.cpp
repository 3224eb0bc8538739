#include "app/message_files.hpp"

#include "base/ip.hpp"
#include "sources/message_headers.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {

Result<void> read_message_files(const CommandContext& context, Evidence& evidence) {
    for (const std::string& path : context.options.eml) {
        SA_TRY(const auto bytes, context.world.files.open(path));
        SA_CHECK(read_message_headers(*bytes, path, *evidence.ledger));
    }
    // What was read decides the run's id, not the message around it.
    for (const auto& [client, entry] : evidence.ledger->machine_names().all())
        evidence.digests.push_back(fmt::format("machine {} {}", format_ip(client), entry.name));
    std::sort(evidence.digests.begin(), evidence.digests.end());
    return {};
}

}  // namespace smtpaudit
