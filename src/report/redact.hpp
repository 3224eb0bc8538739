// A report whose names are pseudonyms: accounts, devices, owners, sites, programs, files, tenant.
// Everything else stays: counts, points, bands, dates, statuses, what to do.
#pragma once

#include "base/secret.hpp"
#include "model/report.hpp"

#include <string>
#include <vector>

namespace smtpaudit {

// `files` are the paths that this run was given, which its sentences may quote. The rows are still
// made one at a time, each redacted when it is asked for.
Report redacted(Report report, Secret key, const std::vector<std::string>& files);

}  // namespace smtpaudit
