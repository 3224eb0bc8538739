// Two runs of one tenant compared by meaning. Pure.
#pragma once

#include "model/comparison.hpp"
#include "model/report.hpp"

namespace smtpaudit {

// What is a change and what is noise (docs/history.md).
constexpr double k_loud_ratio = 2;  // louder: at least twice as many …
constexpr double k_loud_step = 30;  // … and at least 30 a month more
constexpr int k_gone_days = 30;  // the new run covers so many days before a silent row is "gone"
constexpr double k_device_finding = 30;  // a new device is a finding from so many a month

// Devices that come and go with their addresses are listed; accounts, and devices from
// k_device_finding on, are findings.
Comparison compare_reports(const Report& before, const Report& after);

// Both tell their tenant's id, and the ids differ.
bool are_of_two_tenants(const Report& a, const Report& b);

}  // namespace smtpaudit
