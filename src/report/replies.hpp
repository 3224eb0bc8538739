// What the server answers, and which switch a sentence means (replies.json, embedded).
#pragma once

#include "report/writer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

struct ServerReply {
    std::string id;  // "tenant_disabled"
    std::string reply;  // "535 5.7.139 Authentication unsuccessful, …"
    std::vector<std::string> phrases;  // lower case
    std::string switch_name;  // "tenant_flag"; empty: no switch
    std::string means, advice, source;
};

const std::vector<ServerReply>& server_replies();
// Decided by the sentence: the longest phrase in it, whatever the case, blanks and line breaks.
// nullptr: no sentence that is known; the number alone means nothing.
const ServerReply* find_reply(std::string_view pasted);
// The reply to expect where this switch refuses Basic; nullptr: not known.
const ServerReply* reply_of_switch(std::string_view switch_name);
const ServerReply* reply_by_id(std::string_view id);

// What a pasted line means: reply, switch, what to do. Errc::usage where no sentence is known.
Result<void> write_reply_meaning(std::string_view pasted, const WriteOptions& options,
                                 ByteSink& sink);

}  // namespace smtpaudit
