#include "sources/all_sources.hpp"

#include "sources/graph_settings_file.hpp"
#include "sources/settings_file.hpp"
#include "sources/sign_in_file.hpp"
#include "sources/sign_in_portal_csv.hpp"
#include "sources/smtp_auth_report.hpp"
#include "sources/smtp_auth_table.hpp"

#include <array>

namespace smtpaudit {
namespace {

// The run document of cli.md: no evidence, but a file that `rank`, `explain` and `diff` take.
const KindEntry k_run_document = {
    .kind = {.id = "run_document",
             .title = "run document",
             .has_dates = true,
             .has_record_ids = false,
             .is_evidence = false},
    .is_json =
        [](const JsonOpening& opening) {
            return !opening.is_array && opening.keys.contains("schema_version") &&
                   opening.keys.contains("risk_model");
        },
};

constexpr std::array k_kinds = {
    &k_smtp_auth_report,        &k_smtp_auth_table,         &k_sign_in_json_kind,
    &k_sign_in_portal_csv_kind, &k_settings_file_kinds[0],  &k_settings_file_kinds[1],
    &k_settings_file_kinds[2],  &k_settings_file_kinds[3],  &k_settings_file_kinds[4],
    &k_settings_file_kinds[5],  &k_settings_file_kinds[6],  &k_settings_file_kinds[7],
    &k_graph_settings_kinds[0], &k_graph_settings_kinds[1], &k_graph_settings_kinds[2],
    &k_graph_settings_kinds[3], &k_graph_settings_kinds[4], &k_run_document,
};

}  // namespace

std::span<const KindEntry* const> all_file_kinds() { return k_kinds; }

}  // namespace smtpaudit
