// What Microsoft announced to this tenant: the message center's posts about Basic authentication
// for SMTP AUTH (facts/graph.md 4.2).
#pragma once

#include "base/time.hpp"
#include "model/announcement.hpp"
#include "sources/live_source.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

extern const LiveSource k_graph_messages;

// The text of a post without its tags.
std::string text_of_html(std::string_view html);
// The dates that a text names, as it names them: "31 December 2026" and "December 31, 2026" are
// days, "December 2026" a month, "the second half of 2027" and "2H 2027" a half; ascending, each
// once. A year alone is none.
std::vector<AnnouncedDate> dates_in(std::string_view text);

}  // namespace smtpaudit
