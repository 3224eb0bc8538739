// The headers of a message that a device has sent: what it called itself (EHLO), and the address it
// came from. Read from files on this machine alone (--eml).
#pragma once

#include "base/files.hpp"
#include "base/result.hpp"
#include "model/observation.hpp"

#include <string>

namespace smtpaudit {

// Finds the Received line in which Exchange Online took the message from outside (RFC 5321 4.4, RFC
// 5322 3.6.7) and pushes its EHLO name and address. The body is not looked at. Errc::input in one
// line: not a message, or no such line.
Result<void> read_message_headers(ByteSource& bytes, const std::string& name, EvidenceSink& sink);

}  // namespace smtpaudit
