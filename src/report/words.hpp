// The model's names in plain words, for people.
#pragma once

#include "model/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

std::string_view status_words(Status status);  // "sends with Basic"
std::string_view source_words(std::string_view source);  // "sign-ins"; the id if not known
// Of a list of settings, of which there are many: transport_config, cas_mailboxes …
bool is_settings_source(std::string_view source);
// "tenant_flag" is "the tenant's SMTP AUTH switch"; another name stays as it is.
std::string switch_name_words(std::string_view name);
std::string factor_words(std::string_view factor);  // "MFA"
std::string mark_words(std::string_view mark);  // a sentence; the mark itself if not known
// "1,200 Basic messages, 40 sign-ins on 60 days: report and sign-ins agree"
std::string link_words(const Link& link);

// As precise as the announcement: "1 Mar 2026", "Sep 2025", "end of Dec 2026", "2nd half of 2027".
std::string date_words(Day date, Precision precision);
std::string range_words(Day from, Day to);  // "25 Aug – 22 Nov 2026"
std::string days_words(int days_left);  // "in 38 days", "today", "448 days ago"
std::string counted(std::uint64_t count, std::string_view one);  // "1 account", "1,234 accounts"
std::string percent_words(double share);  // "4 %", "under 1 %"
std::string mean_words(double mean);  // "412", "3.4", "under 0.1"
std::string_view first_clause(std::string_view sentence);  // up to ';' or '.' or ':'

// The text as one word of a POSIX shell.
std::string shell_quoted(std::string_view text);

// "2025-09 passed 448 days ago", "default-off (end of Dec 2026) in 38 days".
std::string cutoff_words(const Cutoff& cutoff);
std::string next_words(const NextEnforcement& next);

}  // namespace smtpaudit
