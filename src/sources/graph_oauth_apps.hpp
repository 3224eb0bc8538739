// Who may submit by SMTP with OAuth: applications with SMTP.SendAsApp or SMTP.Send.
#pragma once

#include "sources/live_source.hpp"

namespace smtpaudit {

extern const LiveSource k_graph_oauth_apps;
// What those applications did: their sign-ins to Exchange Online, of which SMTP may be a part.
extern const LiveSource k_graph_oauth_sign_ins;

}  // namespace smtpaudit
